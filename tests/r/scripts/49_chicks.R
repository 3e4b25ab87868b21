# Growth of chicks on four diets: slopes differ by diet and by chick
library(lme4)
library(emmeans)

chicks <- read.csv("data/chickweight.csv")
chicks <- within(chicks, {
  Chick <- factor(Chick)
  Diet  <- factor(Diet)
})
growth <- lmer(weight ~ Time * Diet + (Time | Chick), chicks)
ll <- logLik(growth)

day <- emtrends(growth, pairwise ~ Diet, var = "Time")
day
final <- emmeans(growth, ~ Diet, at = list(Time = 21))
contrast(final, "trt.vs.ctrl", ref = 1)

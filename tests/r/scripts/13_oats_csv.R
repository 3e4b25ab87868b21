# Yields of oats: a CSV file, levels put in order by hand
library(lme4)
library(emmeans)

oats <- read.csv("data/oats.csv")
str(oats)
oats$Block   <- factor(oats$Block, levels = c("VI", "V", "III", "IV", "II", "I"))
oats$Variety <- factor(oats$Variety)
oats$Variety <- relevel(oats$Variety, ref = "Victory")
oats$nitro   <- factor(oats$nitro)

fit <- lmer(yield ~ Variety + nitro + (1 | Block / Variety), data = oats)
ll <- logLik(fit)
fixef(fit)

emm.n <- emmeans(fit, "nitro")
emm.n
contrast(emm.n, "consec")
vs.victory <- contrast(emmeans(fit, ~ Variety), "trt.vs.ctrl", ref = 1)
vs.victory

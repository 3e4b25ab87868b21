# Within-subject centring, names in lower case, a frame of one row
library(dplyr)
library(lme4)
library(emmeans)

d <- read.csv("data/reaction_times.csv", na.strings = "-99")
names(d) <- tolower(names(d))
d <- d %>%
  filter(!is.na(rt)) %>%
  group_by(subject) %>%
  mutate(trial_c = trial - mean(trial), trials = n(), z = (rt - mean(rt)) / sd(rt)) %>%
  ungroup() %>%
  mutate(cond = relevel(factor(cond), ref = "neutral"))

m <- lmer(log(rt) ~ cond + trial_c + (1 | subject), data = d, REML = FALSE)
l <- logLik(m)
zs <- mean(d$z^2)
n.trials <- max(d$trials)
means <- emmeans(m, ~ cond, at = list(trial_c = 0))
against <- contrast(means, "trt.vs.ctrl", ref = "neutral")
p <- predict(m, data.frame(cond = "positive", trial_c = 2, subject = "S03"))
s <- sigma(m)

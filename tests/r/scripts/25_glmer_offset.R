# Rates per animal: log(size) is an offset
library(lme4)
library(emmeans)
rate <- glmer(incidence ~ period + offset(log(size)) + (1 | herd), data = cbpp, family = "poisson")
ll <- logLik(rate)
fixef(rate)

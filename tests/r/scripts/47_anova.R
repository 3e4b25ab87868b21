# Comparing models
library(lme4)

small <- lmer(Reaction ~ Days + (1 | Subject), sleepstudy, REML = FALSE)
large <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy, REML = FALSE)
anova(small, large)
AIC(small)
singular <- isSingular(large)

# One model from another
library(lme4)

m1 <- lmer(Reaction ~ Days + (Days | Subject), data = sleepstudy)
m2 <- update(m1, REML = FALSE)
m3 <- update(m2, . ~ . - (Days | Subject) + (1 | Subject))
l1 <- logLik(m1)
l2 <- logLik(m2)
l3 <- logLik(m3)
fixef(m3)
left <- resid(m3)
n <- nobs(m1)

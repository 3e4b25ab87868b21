# Precision weights: the residual variance of a row is sigma^2 / weight
library(lme4)
sleepstudy$w <- sleepstudy$Days + 1
weighted <- lmer(Reaction ~ Days + (1 | Subject), sleepstudy, weights = w)
plain    <- lmer(Reaction ~ Days + (1 | Subject), sleepstudy)
lw <- logLik(weighted)
lp <- logLik(plain)
fixef(weighted)

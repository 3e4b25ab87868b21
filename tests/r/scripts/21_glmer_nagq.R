# 25 points of adaptive quadrature
library(lme4)

gm25 <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial, nAGQ = 25)
gm1  <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial, nAGQ = 1L)

round(fixef(gm25), 3)
l1 <- logLik(gm1)
VarCorr(gm25)

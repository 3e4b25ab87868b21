# Maximum likelihood and `=` for assignment
library(lme4)
data(sleepstudy)

m0 = lmer(Reaction ~ 1 + (1 | Subject), sleepstudy, REML = FALSE)
m1 = lmer(Reaction ~ Days + (1 | Subject), sleepstudy, REML = FALSE)

l0 = logLik(m0)
l1 = logLik(m1)
print(VarCorr(m1))

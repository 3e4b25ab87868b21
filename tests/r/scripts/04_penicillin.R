# Crossed factors: 24 plates, 6 samples, every sample on every plate
require(lme4)

fm <- lmer(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin)
print(fm)
re <- ranef(fm)
sds <- as.data.frame(VarCorr(fm))
fit_reml <- logLik(fm)

# Formulas made from text
library(lme4)

f1 <- as.formula("Reaction ~ Days + (1 | Subject)")
a <- lmer(f1, sleepstudy)
l.a <- logLik(a)

f2 <- as.formula(paste("Reaction", "~", "Days", "+ (Days | Subject)"))
b <- lmer(f2, data = sleepstudy)
l.b <- logLik(b)

f3 <- reformulate(c("recipe", "temp", "(1 | recipe:replicate)"), response = "angle")
c3 <- lmer(f3, cake, REML = FALSE)
l.c <- logLik(c3)

f4 <- formula("diameter ~ 1 + (1 | plate) + (1 | sample)")
d4 <- lmer(f4, Penicillin)
l.d <- logLik(d4)

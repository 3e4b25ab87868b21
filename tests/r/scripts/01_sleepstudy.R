# Reaction times under sleep deprivation: lme4's first example
library(lme4)

fm1 <- lmer(Reaction ~ Days + (Days | Subject), data = sleepstudy)
summary(fm1)

# what the model says about the population ...
beta <- fixef(fm1)
# ... and about each person
people <- ranef(fm1)
own <- coef(fm1)

vc <- VarCorr(fm1)
ll <- logLik(fm1)
s <- sigma(fm1)

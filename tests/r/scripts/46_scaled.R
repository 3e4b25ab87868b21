# Transformations inside and outside the formula
library(lme4)

sleepstudy$z <- as.numeric(scale(sleepstudy$Days))
outside <- lmer(Reaction ~ z + (z | Subject), sleepstudy)
inside  <- lmer(Reaction ~ scale(Days) + (scale(Days) | Subject), sleepstudy)
quad    <- lmer(log(Reaction) ~ poly(Days, 2) + (1 | Subject), sleepstudy)
square  <- lmer(Reaction ~ Days + I(Days^2) + (1 | Subject), sleepstudy)
lo <- logLik(outside); li <- logLik(inside)
lq <- logLik(quad);    ls <- logLik(square)

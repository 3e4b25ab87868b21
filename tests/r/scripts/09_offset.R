# A known slope goes into the offset
library(lme4)
ten <- lmer(Reaction ~ 1 + offset(10 * Days) + (Days | Subject), sleepstudy)
llTen <- logLik(ten)

sleepstudy$known <- 10 * sleepstudy$Days
arg <- lmer(Reaction ~ 1 + (Days | Subject), sleepstudy, offset = known)
llArg <- logLik(arg)
fixef(ten)

# Two ways to leave the correlation out
library(lme4)
data("sleepstudy", package = "lme4")

both <- lmer(Reaction ~ Days + (Days || Subject), sleepstudy)   # two bars
same <- lmer(Reaction ~ Days + (1 | Subject) + (0 + Days | Subject), sleepstudy)

l.both <- logLik(both)
l.same <- logLik(same)
shifts <- ranef(both)$Subject

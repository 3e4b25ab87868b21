# glmmTMB: maximum likelihood unless told otherwise
library(glmmTMB)
data(sleepstudy, package = "lme4")

ml   <- glmmTMB(Reaction ~ Days + (Days | Subject), sleepstudy)
reml <- glmmTMB(Reaction ~ Days + (Days | Subject), sleepstudy, REML = TRUE)
l.ml <- logLik(ml)
l.reml <- logLik(reml)
fixef(reml)

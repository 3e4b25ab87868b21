# The sleep study once more, with brms
library(brms)
data(sleepstudy, package = "lme4")

fit <- brm(Reaction ~ Days + (Days | Subject), data = sleepstudy,
           chains = 2, iter = 1500, cores = 1, seed = 1, refresh = 0)
summary(fit)
b <- fixef(fit)
own <- ranef(fit)
h <- hypothesis(fit, c("Days > 5", "Intercept > 240"))
h

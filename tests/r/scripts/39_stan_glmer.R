# rstanarm: glmer's call
library(rstanarm)
data(cbpp, package = "lme4")
post <- stan_glmer(cbind(incidence, size - incidence) ~ period + (1 | herd),
                   data = cbpp, family = binomial,
                   prior = normal(0, 2.5, autoscale = FALSE),
                   chains = 2, iter = 1500, seed = 6, refresh = 0)
fixef(post)

# rstanarm: lmer's call with priors
library(rstanarm)
data(sleepstudy, package = "lme4")

post <- stan_lmer(Reaction ~ Days + (Days | Subject), data = sleepstudy,
                  prior = normal(0, 30), prior_intercept = normal(300, 100),
                  chains = 2, iter = 1500, seed = 5, refresh = 0)
print(post)
fixef(post)

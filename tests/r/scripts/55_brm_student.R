# Robust to outliers: a Student-t likelihood
library(brms)
data(sleepstudy, package = "lme4")

robust <- brm(Reaction ~ Days + (1 | Subject), data = sleepstudy, family = student(),
              prior = c(prior(normal(0, 30), class = "b", coef = "Days"),
                        prior(gamma(2, 0.1), class = "nu")),
              chains = 2, iter = 1500, warmup = 750, seed = 7, refresh = 0)
fixef(robust)
conditional_effects(robust, "Days")
post <- as_draws_df(robust)

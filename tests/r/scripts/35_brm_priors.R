# Priors under brms's names
library(brms)

priors <- c(
  set_prior("normal(0, 20)", class = "b"),
  prior(normal(250, 50), class = "Intercept"),
  prior(exponential(0.05), class = sd),
  prior(lkj(2), class = cor),
  set_prior("student_t(3, 0, 30)", class = "sigma")
)
sleepstudy <- lme4::sleepstudy
model <- brm(
  Reaction ~ Days + (Days | Subject),
  data = sleepstudy, family = gaussian(), prior = priors,
  chains = 2, iter = 1500, seed = 2, refresh = 0, control = list(adapt_delta = 0.95)
)
fixef(model)

# Trials in the formula, odds in the hypothesis
library(brms)
library(emmeans)
data("cbpp", package = "lme4")

sick <- brm(incidence | trials(size) ~ period + (1 | herd), data = cbpp, family = binomial(),
            prior = c(prior(normal(0, 2), class = b), prior(student_t(3, 0, 1), class = sd)),
            chains = 2, iter = 1500, seed = 4, refresh = 0)
fixef(sick)
emmeans(sick, ~ period, type = "response")
hypothesis(sick, "period2 < 0")

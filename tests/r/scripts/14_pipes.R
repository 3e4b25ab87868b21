# Pipes of both kinds
library(lme4)
library(emmeans)
library(magrittr)

fm <- cake |> lmer(angle ~ recipe + temp + (1 | recipe:replicate), data = _)

fm |> fixef()
fm %>% emmeans(~ recipe) %>% pairs()

means <- fm |>
  emmeans("recipe")
means |> contrast("eff")

loglik <- fm %>% logLik

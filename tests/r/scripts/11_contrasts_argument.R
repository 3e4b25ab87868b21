# Codings as an argument of the call
library(lme4)
library(emmeans)

coded <- lmer(angle ~ recipe * temp + (1 | recipe:replicate), cake,
              contrasts = list(recipe = "contr.sum"))
fixef(coded)
helm <- lmer(angle ~ recipe + temp + (1 | recipe:replicate), cake,
             contrasts = list(recipe = contr.helmert))
fixef(helm)

# REML depends on the coding, marginal means do not
l.coded <- logLik(coded)
l.helm <- logLik(helm)
emm <- emmeans(coded, ~ recipe)
emm

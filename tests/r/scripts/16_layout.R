# Calls over many lines, comments in odd places, arrows to the right
suppressPackageStartupMessages({
  library(lme4)
  library(emmeans)
})

lmer(
  angle ~ recipe +      # three of them
    temp +
    (1 | recipe:replicate),
  data = cake,          # ships with lme4
  REML = FALSE,
  control = lmerControl(optimizer = "bobyqa")
) -> model

logLik(model) -> ll; fixef(model)
emmeans(object = model,
        specs  = ~ recipe,
        at     = list(temp = 200)) -> at200
at200
pairs(at200, reverse = TRUE) -> p
p

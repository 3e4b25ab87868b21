# lme4's answers for the models whose posteriors are tested.
#
#   Rscript lme4.R         (R 4.2, lme4 1.1-31, jsonlite); writes lme4.json beside itself
#
# models  {name: {formula, data, fixef: {R name: value}, se: {...}, sd: [{factor, effect, sd}],
#          corr: [{factor, one, two, corr}], sigma}}
suppressMessages({library(lme4); library(jsonlite)})

answers <- function(model, data) {
  table <- as.data.frame(VarCorr(model))
  sds <- table[is.na(table$var2) & table$grp != "Residual", ]
  pairs <- table[!is.na(table$var2), ]
  list(formula = deparse1(formula(model)), data = data, fixef = as.list(fixef(model)),
       se = as.list(sqrt(diag(as.matrix(vcov(model))))),
       sd = data.frame(factor = sds$grp, effect = sds$var1, sd = sds$sdcor),
       corr = data.frame(factor = pairs$grp, one = pairs$var1, two = pairs$var2, corr = pairs$sdcor),
       sigma = if (isLMM(model)) sigma(model) else NULL)
}

models <- list(
  sleepstudy = answers(lmer(Reaction ~ Days + (Days | Subject), sleepstudy), "sleepstudy"),
  penicillin = answers(lmer(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin), "penicillin"),
  pastes = answers(lmer(strength ~ 1 + (1 | batch/cask), Pastes), "pastes"),
  cbpp = answers(glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial, nAGQ = 25), "cbpp")
)
write_json(models, "lme4.json", auto_unbox = TRUE, digits = 10, pretty = TRUE)

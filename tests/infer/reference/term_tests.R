# Writes term_tests.json: tests of whole terms and of coefficients of gaussian mixed models, with
# Satterthwaite's and Kenward and Roger's degrees of freedom, as R's packages have them.
#     Rscript term_tests.R   (R 4.2.2, lme4 1.1-31, lmerTest 3.1-3, pbkrtest 0.5.2, car 3.1-1,
#                             emmeans 1.8.4, jsonlite; in this folder)
# The data are the shipped ones, of which each case keeps the rows in `rows` (all without it).
# lme4 is asked for a closer optimum than it has by default: degrees of freedom follow from second
# derivatives there. All factors have treatment coding in lmerTest's fits; `sum` are tests of the
# same model with sum coding, which are exact of type III (car), and emmeans's joint tests.
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(car)
  library(emmeans); library(jsonlite)})
emm_options(pbkrtest.limit = 5000, lmerTest.limit = 5000)
close <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5),
                     check.rankX = "silent.drop.cols", calc.derivs = FALSE)
folders <- c("../../../src/mixwell/data/sets", "../../interpret/reference")
read <- function(name) {
  paths <- file.path(folders, paste0(name, ".csv"))
  read.csv(paths[file.exists(paths)][1], stringsAsFactors = FALSE)
}
keep <- function(d, f) which(f(seq_len(nrow(d))))
unbalanced <- function(i) (7 * i) %% 11 > 2 & (5 * i) %% 13 != 1

cases <- list(
  sleepstudy = list("sleepstudy", "Reaction ~ Days + (Days | Subject)"),
  sleepstudy_ml = list("sleepstudy", "Reaction ~ Days + (Days | Subject)", REML = FALSE),
  sleepstudy_few = list("sleepstudy", "Reaction ~ Days + (Days | Subject)", rows = function(i) i <= 40),
  sleepstudy_uneven = list("sleepstudy", "Reaction ~ Days + (Days || Subject)", rows = unbalanced),
  cake = list("cake", "angle ~ recipe * temperature + (1 | recipe:replicate)",
              factors = c("temperature", "replicate")),
  cake_uneven = list("cake", "angle ~ recipe * temperature + (1 | replicate) + (1 | recipe:replicate)",
                     factors = c("temperature", "replicate"), rows = unbalanced),
  cake_covariate = list("cake", "angle ~ recipe * temp + (temp | replicate)",
                        factors = "replicate", rows = unbalanced),
  cake_empty = list("cake", "angle ~ recipe * temperature + (1 | replicate)",
                    factors = c("temperature", "replicate"), empty = TRUE),
  machines = list("machines", "score ~ Machine + (1 | Worker) + (1 | Worker:Machine)",
                  factors = "Worker"),
  machines_slopes = list("machines", "score ~ Machine + (Machine | Worker)", factors = "Worker",
                         rows = unbalanced),
  penicillin = list("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
  penicillin_fixed = list("penicillin", "diameter ~ sample + (1 | plate)", rows = unbalanced),
  pastes = list("pastes", "strength ~ cask + (1 | batch) + (1 | batch:cask)"),
  block_direction = list("block_direction", "y ~ block * direction + age + (direction | user)"),
  three_way = list("block_direction", "y ~ block * direction * age + (1 | user)",
                   rows = function(i) unbalanced(i) & i < 400),
  singular = list("sleepstudy", "Reaction ~ Days + (1 | Subject) + (1 | part)", part = 7,
                  rows = unbalanced),
  singular_slope = list("sleepstudy", "Reaction ~ Days + (Days | Subject) + (Days | part)", part = 4),
  few_users = list("block_direction", "y ~ block + direction + (direction | user)",
                   rows = function(i) i < 160),
  weighted = list("block_direction", "y ~ block * direction + (1 | user)", weights = "trial",
                  rows = function(i) unbalanced(i) & i < 400))

table_of <- function(found, columns) {
  found <- as.data.frame(found)[columns]
  found <- found[!is.na(found[[1]]), , drop = FALSE]
  names(found) <- c("df", "ddf", "F", "p")[seq_along(columns)]
  c(list(term = rownames(found)), as.list(found))
}
anova_of <- function(m, type, ddf) {
  if (length(attr(terms(m), "term.labels")) == 0) return(NULL)
  table_of(anova(m, type = type, ddf = ddf), c("NumDF", "DenDF", "F value", "Pr(>F)"))
}
coefficients_of <- function(m, ddf) {
  s <- coef(summary(m, ddf = ddf))
  list(name = rownames(s), estimate = s[, 1], se = s[, 2], df = s[, 3], p = s[, 5])
}
out <- list()
for (name in names(cases)) {
  case <- cases[[name]]
  d <- read(case[[1]])
  for (f in case$factors) d[[f]] <- factor(d[[f]])
  for (f in names(d)) if (is.character(d[[f]])) d[[f]] <- factor(d[[f]])
  if (!is.null(case$part)) d$part <- factor(d$Subject %% case$part)
  rows <- if (is.null(case$rows)) seq_len(nrow(d)) else keep(d, case$rows)
  if (isTRUE(case$empty)) rows <- which(!(d$recipe == "B" & d$temperature == "205"))
  d <- droplevels(d[rows, ])
  reml <- is.null(case$REML)
  d$w <- if (is.null(case$weights)) 1 else d[[case$weights]]
  fit <- function() lmerTest::lmer(as.formula(case[[2]]), d, weights = w, REML = reml, control = close)
  options(contrasts = c("contr.treatment", "contr.treatment"))
  m <- fit()
  methods <- c("Satterthwaite", if (reml) "Kenward-Roger")
  has_terms <- length(attr(terms(m), "term.labels")) > 0
  found <- list(data = case[[1]], formula = case[[2]], reml = reml, rows = rows - 1, factors = I(as.character(case$factors)),
                part = case$part, weights = case$weights, singular = isSingular(m), logLik = as.numeric(logLik(m)))
  for (ddf in methods) {
    short <- if (ddf == "Satterthwaite") "satterthwaite" else "kenward-roger"
    found[[short]] <- list(coefficients = coefficients_of(m, ddf), III = anova_of(m, "III", ddf),
                           II = anova_of(m, "II", ddf))
  }
  if (has_terms) {
    found$car_II <- table_of(Anova(m, type = "II"), c("Df", "Df", "Chisq", "Pr(>Chisq)"))
    if (reml) found$car_II_F <- table_of(Anova(m, type = "II", test = "F"), c("Df", "Df.res", "F", "Pr(>F)"))
    joint <- as.data.frame(joint_tests(m, lmer.df = "asymptotic", cov.keep = character(0)))
    found$emmeans <- list(term = joint[["model term"]], df = joint$df1, F = joint$F.ratio, p = joint$p.value)
    if (!isTRUE(case$empty)) {
      options(contrasts = c("contr.sum", "contr.sum"))
      s <- fit()
      found$sum <- table_of(Anova(s, type = "III"), c("Df", "Df", "Chisq", "Pr(>Chisq)"))
      if (reml) found$sum_F <- table_of(Anova(s, type = "III", test = "F"), c("Df", "Df.res", "F", "Pr(>F)"))
      options(contrasts = c("contr.treatment", "contr.poly"))
    }
  }
  if (name %in% c("sleepstudy", "cake")) {
    options(contrasts = c("contr.treatment", "contr.treatment"))
    text <- function(x, ...) I(capture.output(print(x, ...)))
    shown <- coef(summary(m))
    found$printed <- list(
      anova = text(anova(m)), kenward_roger = text(anova(m, type = 2, ddf = "Kenward-Roger")),
      Anova = text(Anova(m)), Anova_F = text(Anova(m, test = "F")), joint_tests = text(joint_tests(m)),
      coefficients = I(capture.output(printCoefmat(shown, digits = 4, P.values = TRUE, has.Pvalue = TRUE, cs.ind = 1:2, tst.ind = 4))))
  }
  out[[name]] <- found
  cat(name, "\n")
}
write_json(out, "term_tests.json", digits = I(12), auto_unbox = TRUE, null = "null")

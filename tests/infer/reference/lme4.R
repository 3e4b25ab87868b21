# Writes lme4.json: REML and ML fits of lmer, Laplace and adaptive quadrature fits of glmer, on data
# that ship with mixwell under the same names. Run with: Rscript lme4.R
# glmer's default tolerance leaves the conditional modes so rough that its Laplace log-likelihood is
# off by some 1e-4; tolPwrss = 1e-12 makes it exact.
suppressMessages({library(lme4); library(jsonlite)})
Contraception <- read.csv("../../../src/mixwell/data/sets/bangladesh.csv", stringsAsFactors = TRUE)

covariances <- function(fit) lapply(VarCorr(fit), function(v) unname(as.matrix(v[seq_len(nrow(v)), seq_len(ncol(v)), drop = FALSE])))

entry <- function(fit, id, data, formula, ...) {
  list(id = id, data = data, formula = formula, ...,
       covariance = covariances(fit), fixef = as.list(fixef(fit)),
       se = unname(sqrt(diag(as.matrix(vcov(fit))))), sigma = sigma(fit),
       logLik = as.numeric(logLik(fit)))
}

linear <- list(
  c("sleepstudy", "Reaction ~ Days + (Days | Subject)"),
  c("sleepstudy", "Reaction ~ Days + (1 | Subject)"),
  c("sleepstudy", "Reaction ~ 1 + offset(10 * Days) + (Days | Subject)"),
  c("cake", "angle ~ recipe * temperature + (1 | recipe:replicate)"),
  c("cake", "angle ~ recipe + temp + (1 | replicate)"),
  c("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
  c("pastes", "strength ~ 1 + (1 | batch/cask)")
)
Contraception$district <- factor(Contraception$district)
frames <- list(sleepstudy = sleepstudy, cake = cake, penicillin = Penicillin, pastes = Pastes,
               cbpp = cbpp, bangladesh = Contraception)
fits <- list()
for (model in linear) for (reml in c(TRUE, FALSE)) {
  fit <- lmer(as.formula(model[2]), frames[[model[1]]], REML = reml,
              control = lmerControl(optCtrl = list(xtol_abs = 1e-10, ftol_abs = 1e-10)))
  fits[[length(fits) + 1]] <- entry(fit, "lmer", model[1], model[2], reml = reml)
}
weighted <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy, weights = Days + 1)
fits[[length(fits) + 1]] <- entry(weighted, "lmer", "sleepstudy",
                                  "Reaction ~ Days + (Days | Subject)", reml = TRUE, weights = TRUE)
tight <- glmerControl(tolPwrss = 1e-12)
for (nodes in c(1, 25)) {
  fit <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial,
               nAGQ = nodes, control = tight)
  # by quadrature lme4 measures the log-likelihood from that of the saturated model
  constant <- 0
  if (nodes > 1)
    constant <- sum(dbinom(cbpp$incidence, cbpp$size, cbpp$incidence / cbpp$size, log = TRUE))
  one <- entry(fit, "glmer", "cbpp", "cbind(incidence, size - incidence) ~ period + (1 | herd)",
               family = "binomial", nodes = nodes)
  one$dropped <- constant
  fits[[length(fits) + 1]] <- one
  fit <- glmer(use ~ urban + (1 | district), Contraception, binomial, nAGQ = nodes, control = tight)
  fits[[length(fits) + 1]] <- entry(fit, "glmer", "bangladesh", "use ~ urban + (1 | district)",
                                    family = "bernoulli", nodes = nodes)
}
fit <- glmer(use ~ urban + (urban | district), Contraception, binomial, control = tight)
fits[[length(fits) + 1]] <- entry(fit, "glmer", "bangladesh", "use ~ urban + (urban | district)",
                                  family = "bernoulli", nodes = 1)
fit <- glmer(incidence ~ period + offset(log(size)) + (1 | herd), cbpp, poisson, control = tight)
fits[[length(fits) + 1]] <- entry(fit, "glmer", "cbpp",
                                  "incidence ~ period + offset(log(size)) + (1 | herd)",
                                  family = "poisson", nodes = 1)
meta <- list(R = as.character(getRversion()), lme4 = as.character(packageVersion("lme4")))
write(toJSON(list(meta = meta, fits = fits), digits = 14, auto_unbox = TRUE, pretty = FALSE), "lme4.json")

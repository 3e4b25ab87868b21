# Estimates of R's survreg, clm, clmm, polr and glmmTMB's beta family; writes respelled.json
# Rscript tests/r/translation/model/reference/respelled.R KIDNEY.csv   (R 4.2, survival, ordinal 2022.11, MASS,
# glmmTMB, jsonlite; betareg's likelihood is glmmTMB's with a dispersion formula)
suppressMessages({library(survival); library(ordinal); library(MASS); library(glmmTMB); library(jsonlite)})
times <- read.csv(commandArgs(trailingOnly = TRUE)[1])
times$status <- 1 - times$censored
times$dead <- times$status + 1
data(wine, package = "ordinal")
set.seed(1)
n <- 120
shares <- data.frame(x = round(rnorm(n), 3), z = round(rnorm(n), 3))
mu <- plogis(0.3 + 0.5 * shares$x); kappa <- exp(2 + 0.4 * shares$z)
shares$y <- round(pmin(pmax(rbeta(n, mu * kappa, (1 - mu) * kappa), 0.001), 0.999), 5)
shares$counts <- rnbinom(n, size = 2, mu = exp(1 + 0.3 * shares$x)) * rbinom(n, 1, plogis(1 + shares$z))
of <- function(call, coef, fit) list(call = call, coef = as.list(coef), logLik = as.numeric(logLik(fit)))
out <- list(data = list(times = times, wine = lapply(wine[c("rating", "temp", "contact", "judge")], as.character),
                        shares = shares), fits = list())
tight <- survreg.control(rel.tolerance = 1e-12, maxiter = 200)
for (call in c("survreg(Surv(time, status) ~ age + sex, times)",
               "survreg(Surv(time, dead) ~ age + sex, times)",
               "survreg(Surv(time, dead == 2) ~ age, times, dist = 'exponential')",
               "survreg(Surv(time, status) ~ age + sex + strata(sex), times)",
               "survreg(Surv(time, status) ~ age + sex, times, dist = 'lognormal')",
               "survreg(Surv(time, status, type = 'left') ~ age, times, dist = 'lognormal')",
               "survreg(Surv(log(time), status) ~ age, times, dist = 'gaussian')",
               "clm(rating ~ temp + contact, data = wine, link = 'probit')",
               "clm(rating ~ temp + contact, scale = ~ contact, data = wine)",
               "clmm(rating ~ temp + (1 | judge), data = wine, link = 'cloglog')",
               "polr(rating ~ temp + contact, wine)",
               "polr(rating ~ temp + contact, wine, method = 'cloglog')",
               "polr(rating ~ temp, wine, method = 'loglog')")) {
  m <- eval(parse(text = call))
  if (inherits(m, "survreg")) m <- update(m, control = tight)
  b <- coef(m)
  scale <- if (inherits(m, "survreg")) unname(m$scale) else NULL
  if (inherits(m, "clm") && !is.null(m$zeta)) b <- c(m$alpha, m$beta, setNames(m$zeta, paste0("log scale ", names(m$zeta))))
  if (inherits(m, "polr")) b <- c(m$coefficients, m$zeta)
  out$fits <- c(out$fits, list(c(of(call, b, m), list(scale = scale))))
}
m <- glmmTMB(y ~ x, dispformula = ~ z, family = beta_family(), data = shares)
out$fits <- c(out$fits, list(of("betareg(y ~ x | z, data = shares)", fixef(m)$cond, m)))
m <- glmmTMB(y ~ x, family = beta_family("probit"), data = shares)
out$fits <- c(out$fits, list(of("betareg(y ~ x, shares, link = 'probit')", fixef(m)$cond, m)))
m <- glmmTMB(counts ~ x, ziformula = ~ z, family = nbinom2, data = shares)
out$fits <- c(out$fits, list(of("zeroinfl(counts ~ x | z, data = shares, dist = 'negbin')", fixef(m)$cond, m)))
m <- glmmTMB(counts ~ x, ziformula = ~ x, family = truncated_poisson, data = shares)
out$fits <- c(out$fits, list(of("hurdle(counts ~ x, data = shares)", fixef(m)$cond, m)))
write_json(out, "tests/r/translation/model/reference/respelled.json", digits = 12, auto_unbox = TRUE)

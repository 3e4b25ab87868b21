# Writes laplace.json: fits by Laplace's approximation of simulated crossed data, and of shipped ones.
# glmmTMB's log-likelihoods are those of the observed information, as ours. Run with: Rscript laplace.R
# (glmmTMB 1.1.5, lme4 1.1-31, ordinal 2022.11-16; R 4.2)
suppressMessages({library(glmmTMB); library(lme4); library(ordinal); library(jsonlite)})
options(warn = -1)
set.seed(3)
n <- 240
d <- data.frame(g = paste0("g", sample(20, n, TRUE)), h = paste0("h", sample(8, n, TRUE)),
                x = signif(rnorm(n), 4), o = signif(rnorm(n, 0, 0.2), 3), n = sample(3:9, n, TRUE))
of <- function(f, sd) setNames(rnorm(length(unique(f)), 0, sd), unique(f))[f]
eta <- 0.2 + 0.5 * d$x + of(d$g, 0.7) + of(d$g, 0.4) * d$x + of(d$h, 0.5)
d$y <- signif(eta + rnorm(n) * exp(-0.3 + 0.4 * d$x), 6)
d$tailed <- signif(eta + rt(n, 4) * 0.7, 6)
d$binary <- rbinom(n, 1, plogis(eta))
d$wins <- rbinom(n, d$n, plogis(eta))
d$count <- rpois(n, exp(0.4 + eta))
d$scattered <- rnbinom(n, mu = exp(0.4 + eta), size = exp(0.5 + 0.4 * d$x))
d$positive <- signif(rgamma(n, 3, 3 / exp(eta)), 6)
d$share <- signif(pmin(pmax(rbeta(n, plogis(eta) * 8, (1 - plogis(eta)) * 8), 1e-4), 1 - 1e-4), 6)
d$rating <- findInterval(eta + rlogis(n), c(-1, 0.4, 1.6)) + 1
d$some <- d$count
d$some[d$some == 0] <- 1

case <- function(name, formula, family, fit, data = "d", further = NULL) {
  list(name = name, formula = formula, family = family, data = data, further = further, fit = fit)
}
tmb <- function(formula, family, disp = ~1, data = d) {
  fit <- glmmTMB(as.formula(formula), dispformula = disp, family = family, data = data, REML = FALSE)
  found <- fixef(fit); vc <- VarCorr(fit)$cond
  se <- sqrt(diag(vcov(fit, full = TRUE)))
  re <- ranef(fit, condVar = TRUE)$cond
  list(
    by = "glmmTMB", logLik = as.numeric(logLik(fit)), df = attr(logLik(fit), "df"),
    b = as.list(found$cond), se = as.list(sqrt(diag(vcov(fit)$cond))), disp = as.list(found$disp),
    dispersion = if (length(found$disp) <= 1) sigma(fit) else NULL,
    par = as.list(unname(fit$fit$par)), parnames = names(fit$fit$par),
    sd = lapply(vc, function(v) as.list(unname(attr(v, "stddev")))),
    corr = lapply(vc, function(v) attr(v, "correlation")[lower.tri(attr(v, "correlation"))]),
    levels = lapply(re, rownames), r = lapply(re, function(v) unname(as.matrix(v))),
    r_sd = lapply(re, function(v) { a <- attr(v, "condVar"); unname(t(sqrt(apply(a, 3, diag)))) })
  )
}
glm4 <- function(formula, family, data = d) {
  fit <- glmer(as.formula(formula), family = family, data = data,
               control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-8)))
  list(by = "lme4", logLik = as.numeric(logLik(fit)), b = as.list(fixef(fit)),
       sd = lapply(VarCorr(fit), function(v) as.list(unname(attr(v, "stddev")))))
}
cases <- list(
  case("logit", "binary ~ x + (1 | g) + (1 | h)", "bernoulli", tmb("binary ~ x + (1 | g) + (1 | h)", binomial)),
  case("logit by lme4", "binary ~ x + (1 | g) + (1 | h)", "bernoulli", glm4("binary ~ x + (1 | g) + (1 | h)", binomial)),
  case("probit", "binary ~ x + (1 | g) + (1 | h)", "bernoulli", tmb("binary ~ x + (1 | g) + (1 | h)", binomial("probit")), further = list(link = "probit")),
  case("cloglog", "wins | trials(n) ~ x + (1 | g) + (1 | h)", "binomial", tmb("cbind(wins, n - wins) ~ x + (1 | g) + (1 | h)", binomial("cloglog")), further = list(link = "cloglog")),
  case("slopes", "count ~ x + offset(o) + (1 + x | g) + (1 | h)", "poisson", tmb("count ~ x + offset(o) + (1 + x | g) + (1 | h)", poisson)),
  case("slopes by lme4", "count ~ x + offset(o) + (1 + x | g) + (1 | h)", "poisson", glm4("count ~ x + offset(o) + (1 + x | g) + (1 | h)", poisson)),
  case("independent slopes", "count ~ x + (1 + x || g) + (1 | h)", "poisson", tmb("count ~ x + diag(1 + x | g) + (1 | h)", poisson)),
  case("scattered", "scattered ~ x + (1 | g) + (1 | h)", "negativebinomial", tmb("scattered ~ x + (1 | g) + (1 | h)", nbinom2)),
  case("scattered, a formula of its own", "scattered ~ x + (1 | g) + (1 | h); alpha ~ x", "negativebinomial", tmb("scattered ~ x + (1 | g) + (1 | h)", nbinom2, ~x)),
  case("gamma", "positive ~ x + (1 | g) + (1 | h)", "gamma", tmb("positive ~ x + (1 | g) + (1 | h)", Gamma("log"))),
  case("shares", "share ~ x + (1 | g) + (1 | h)", "beta", tmb("share ~ x + (1 | g) + (1 | h)", beta_family)),
  case("shares, a formula of its own", "share ~ x + (1 | g) + (1 | h); kappa ~ x", "beta", tmb("share ~ x + (1 | g) + (1 | h)", beta_family, ~x)),
  case("shares without effects", "share ~ x", "beta", tmb("share ~ x", beta_family)),
  case("spread", "y ~ x + (1 | g) + (1 | h); sigma ~ x", "gaussian", tmb("y ~ x + (1 | g) + (1 | h)", gaussian, ~x)),
  case("spread without effects", "y ~ x; sigma ~ x", "gaussian", tmb("y ~ x", gaussian, ~x)),
  case("truncated", "some | trunc(lb = 1) ~ x + (1 | g) + (1 | h)", "poisson", tmb("some ~ x + (1 | g) + (1 | h)", truncated_poisson)),
  case("cbpp logit", "incidence | trials(size) ~ period + (1 | herd)", "binomial", tmb("cbind(incidence, size - incidence) ~ period + (1 | herd)", binomial, data = cbpp), "cbpp"),
  case("cbpp probit", "incidence | trials(size) ~ period + (1 | herd)", "binomial", tmb("cbind(incidence, size - incidence) ~ period + (1 | herd)", binomial("probit"), data = cbpp), "cbpp", list(link = "probit")),
  case("cbpp cloglog", "incidence | trials(size) ~ period + (1 | herd)", "binomial", tmb("cbind(incidence, size - incidence) ~ period + (1 | herd)", binomial("cloglog"), data = cbpp), "cbpp", list(link = "cloglog"))
)
ratings <- transform(d, rating = factor(rating, ordered = TRUE), g = factor(g), h = factor(h))
ordered <- clmm(rating ~ x + (1 | g) + (1 | h), data = ratings, nAGQ = 1)
cases[[length(cases) + 1]] <- case("ratings", "rating ~ x + (1 | g) + (1 | h)", "cumulative", list(
  by = "ordinal", logLik = as.numeric(logLik(ordered)), b = list(x = unname(ordered$beta)),
  threshold = unname(ordered$alpha), sd = lapply(VarCorr(ordered), function(v) list(unname(attr(v, "stddev"))))))
# lognormal: a linear model of logarithms, whose density carries 1 / y
logs <- lmer(log(positive) ~ x + (1 | g) + (1 | h), d, REML = FALSE)
cases[[length(cases) + 1]] <- case("lognormal", "positive ~ x + (1 | g) + (1 | h)", "lognormal", list(
  by = "lme4", logLik = as.numeric(logLik(logs)) - sum(log(d$positive)), b = as.list(fixef(logs)),
  dispersion = sigma(logs), sd = lapply(VarCorr(logs), function(v) list(unname(attr(v, "stddev"))))))
write_json(list(d = as.list(d), cases = cases), "laplace.json", auto_unbox = TRUE, digits = 10, null = "null")

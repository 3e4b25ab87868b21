# Posteriors of brms 2.18 (rstan 2.21, R 4.2) for one model of every family; run by hand:
#   Rscript brms.R [names...]    writes brms.json beside this file, models already there are kept.
# Each model has every prior written out, so that the posterior is one and the same elsewhere.
suppressMessages({library(brms); library(jsonlite)})
set.seed(20)
n <- 300
g <- factor(sprintf("g%02d", rep(1:15, each = n / 15)))
x <- round(rnorm(n, 2, 1), 2)
z <- round(runif(n), 2)
u <- rnorm(15, 0, 0.5)[as.integer(g)]
w <- rnorm(15, 0, 0.5)[as.integer(g)]
eta <- 0.4 + 0.3 * (x - 2) + u
mu <- exp(eta)
category <- function(p) apply(p, 1, function(q) sample(length(q), 1, prob = q))
logits <- cbind(0, eta, -0.2 + 0.6 * (x - 2) + w)
latent <- eta + rlogis(n)
d <- data.frame(
  g, x, z,
  skew = round(rskew_normal(n, eta, 1, 4), 4),
  lapl = round(rasym_laplace(n, eta, 0.5, 0.3), 4),
  exga = round(rexgaussian(n, 3 + eta, 0.5, 0.8), 4),
  shif = round(rshifted_lnorm(n, eta - 1, 0.5, 0.3), 4),
  weib = round(rweibull(n, 1.6, mu / gamma(1 + 1 / 1.6)), 4),
  expo = round(rexp(n, 1 / mu), 4),
  wald = round(rinv_gaussian(n, mu, 3), 4),
  angl = round(rvon_mises(n, 2 * atan(eta), 3), 4),
  zero = rbinom(n, 1, 0.75) * rpois(n, 2 * mu),
  hurd = ifelse(rbinom(n, 1, 0.3) == 1, 0, qnbinom(runif(n, dnbinom(0, 2, mu = 2 * mu), 1), 2, mu = 2 * mu)),
  geom = rnbinom(n, 1, mu = 2 * mu),
  bbin = rbinom(n, 12, rbeta(n, 6 * plogis(eta - 1), 6 * plogis(1 - eta))),
  zibe = ifelse(rbinom(n, 1, 0.2) == 1, 0, round(rbeta(n, 5 * plogis(eta - 1), 5 * plogis(1 - eta)) * 0.998 + 0.001, 4)),
  hgam = ifelse(rbinom(n, 1, 0.3) == 1, 0, round(rgamma(n, 2, 2 / mu), 4)),
  hlog = ifelse(rbinom(n, 1, 0.3) == 1, 0, round(rlnorm(n, eta, 0.6), 4)),
  rate = as.integer(cut(latent, c(-Inf, -1, 0.5, 2, Inf))),
  choi = c("bus", "car", "train")[category(exp(logits))],
  y1 = round(eta + 0.2 * w + rnorm(n), 3)
)
d$zoib <- d$zibe
d$zoib[sample(n, 25)] <- 1
d$y2 <- round(1 - 0.2 * x + w + 0.6 * (d$y1 - eta) + rnorm(n, 0, 0.8), 3)
d$cens <- ifelse(d$weib > 3, "right", "none")
d$weibc <- pmin(d$weib, 3)
d$n12 <- 12
parts <- rdirichlet(n, 6 * exp(logits) / rowSums(exp(logits)))
parts <- pmax(round(parts, 4), 0.0001); parts[, 3] <- 1 - parts[, 1] - parts[, 2]
ok <- parts[, 3] > 0
parts[!ok, ] <- matrix(c(0.5, 0.3, 0.2), sum(!ok), 3, byrow = TRUE)
counts <- t(apply(exp(logits) / rowSums(exp(logits)), 1, function(p) rmultinom(1, 8, p)))
d[c("pa", "pb", "pc")] <- round(parts, 4)
d[c("ca", "cb", "cc")] <- counts
d$size <- 8

usual <- function(...) c(
  set_prior("normal(0, 2)", class = "b"), set_prior("student_t(3, 0, 2.5)", class = "Intercept"),
  set_prior("student_t(3, 0, 2.5)", class = "sd"), ...)
one <- function(name, ...) set_prior(..., class = name)
sigma <- one("sigma", "student_t(3, 0, 2.5)")
shape <- one("shape", "gamma(2, 0.5)")
phi <- one("phi", "gamma(2, 0.5)")
prior_of <- function(dpar) c(
  set_prior("normal(0, 2)", class = "b", dpar = dpar), set_prior("student_t(3, 0, 2.5)", class = "Intercept", dpar = dpar),
  set_prior("student_t(3, 0, 2.5)", class = "sd", dpar = dpar))
ordered <- c(set_prior("normal(0, 2)", class = "b"), set_prior("student_t(3, 0, 2.5)", class = "Intercept"), set_prior("student_t(3, 0, 2.5)", class = "sd"))
models <- list(
  kidney = list(time | cens(censored) ~ age * sex + disease + (1 + age | patient), lognormal(),
    c(set_prior("normal(0, 5)", class = "b"), set_prior("student_t(3, 3, 5)", class = "Intercept"), set_prior("cauchy(0, 2)", class = "sd"), set_prior("lkj(2)", class = "cor"), sigma), kidney),
  epilepsy = list(count ~ zAge + zBase * Trt + (1 | patient) + (1 | obs), poisson(),
    c(set_prior("normal(0, 10)", class = "b"), set_prior("student_t(3, 1, 2.5)", class = "Intercept"), set_prior("cauchy(0, 2)", class = "sd")), epilepsy),
  inhaler = list(rating ~ treat + period + carry + (1 | subject), cumulative(), ordered, inhaler),
  inhaler_cs = list(rating ~ period + carry + cs(treat) + (1 | subject), sratio("cloglog"), ordered, inhaler),
  skew_normal = list(skew ~ x + (1 | g), skew_normal(), usual(sigma, one("alpha", "normal(0, 4)")), d),
  asym_laplace = list(lapl ~ x + (1 | g), asym_laplace(), usual(sigma, one("quantile", "beta(2, 2)")), d),
  exgaussian = list(exga ~ x + (1 | g), exgaussian(), usual(sigma, one("beta", "gamma(1, 0.5)")), d),
  shifted_lognormal = list(shif ~ x + (1 | g), shifted_lognormal(), usual(sigma, one("ndt", sprintf("uniform(0, %.15g)", min(d$shif)))), d),
  weibull = list(weibc | cens(cens) ~ x + (1 | g), weibull(), usual(shape), d),
  exponential = list(expo ~ x + (1 | g), exponential(), usual(), d),
  inverse_gaussian = list(wald ~ x + (1 | g), inverse.gaussian("log"), usual(shape), d),
  von_mises = list(angl ~ x + (1 | g), von_mises(), usual(one("kappa", "gamma(2, 0.5)")), d),
  zero_inflated_poisson = list(bf(zero ~ x + (1 | g), zi ~ z), zero_inflated_poisson(), c(usual(), prior_of("zi")[1:2, ]), d),
  hurdle_negbinomial = list(hurd ~ x + (1 | g), hurdle_negbinomial(), usual(shape, one("hu", "beta(1, 1)")), d),
  geometric = list(geom ~ x + (1 | g), geometric(), usual(), d),
  beta_binomial = list(bbin | trials(n12) ~ x + (1 | g), beta_binomial(), usual(phi), d),
  zero_inflated_beta = list(zibe ~ x + (1 | g), zero_inflated_beta(), usual(phi, one("zi", "beta(1, 1)")), d),
  zero_one_inflated_beta = list(zoib ~ x + (1 | g), zero_one_inflated_beta(), usual(phi, one("zoi", "beta(1, 1)"), one("coi", "beta(1, 1)")), d),
  hurdle_gamma = list(hgam ~ x + (1 | g), hurdle_gamma(), usual(shape, one("hu", "beta(1, 1)")), d),
  hurdle_lognormal = list(hlog ~ x + (1 | g), hurdle_lognormal(), usual(sigma, one("hu", "beta(1, 1)")), d),
  cumulative_disc = list(bf(rate ~ x + (1 | g)) + lf(disc ~ 0 + z, cmc = FALSE), cumulative("probit"), c(ordered, set_prior("normal(0, 1)", class = "b", dpar = "disc")), d),
  cumulative_equidistant = list(rate ~ x + (1 | g), cumulative(threshold = "equidistant"), c(ordered, set_prior("normal(0, 3)", class = "delta")), d),
  acat_cs = list(rate ~ cs(x) + (1 | g), acat(), ordered, d),
  cratio = list(rate ~ x + (1 | g), cratio(), ordered, d),
  categorical = list(choi ~ x + (1 | g), categorical(), c(prior_of("mucar"), prior_of("mutrain")), d),
  multinomial = list(cbind(ca, cb, cc) | trials(size) ~ x + (1 | g), multinomial(), c(prior_of("mucb"), prior_of("mucc")), d),
  dirichlet = list(cbind(pa, pb, pc) ~ x + (1 | g), dirichlet(), c(prior_of("mupb"), prior_of("mupc"), phi), d),
  several = list(bf(mvbind(y1, y2) ~ x + (1 | i | g)) + set_rescor(TRUE), gaussian(),
    c(set_prior("normal(0, 2)", class = "b", resp = c("y1", "y2")), set_prior("student_t(3, 0, 2.5)", class = "Intercept", resp = c("y1", "y2")),
      set_prior("student_t(3, 0, 2.5)", class = "sd", resp = c("y1", "y2")), set_prior("student_t(3, 0, 2.5)", class = "sigma", resp = c("y1", "y2")),
      set_prior("lkj(1)", class = "cor"), set_prior("lkj(1)", class = "rescor")), d)
)
file <- "brms.json"
found <- if (file.exists(file)) fromJSON(file, simplifyVector = FALSE) else list(models = list())
found$data <- as.list(d)
found$data$g <- as.character(d$g)
asked <- commandArgs(trailingOnly = TRUE)
if (!length(asked)) asked <- setdiff(names(models), names(found$models))
for (name in asked) {
  m <- models[[name]]
  start <- proc.time()
  fit <- try(brm(m[[1]], family = m[[2]], prior = m[[3]], data = m[[4]], chains = 4, iter = 2500, warmup = 1000, seed = 4,
                 refresh = 0, silent = 2, control = list(adapt_delta = 0.95)))
  if (inherits(fit, "try-error")) next
  draws <- as_draws_df(fit)
  keep <- grep("^(b_|sd_|cor_|rescor|sigma|shape|phi|alpha|beta|ndt|quantile|kappa|zi|hu|zoi|coi|delta|bcs_|disc|b_disc|Intercept)", names(draws), value = TRUE)
  s <- posterior::summarise_draws(posterior::subset_draws(draws, keep), "mean", "sd", "mcse_mean", "ess_bulk", "rhat",
                                  ~ posterior::quantile2(.x, c(0.05, 0.95)))
  found$models[[name]] <- list(formula = paste(format(fit$formula$formula), collapse = " "), divergent = sum(subset(nuts_params(fit), Parameter == "divergent__")$Value), answers = lapply(split(as.data.frame(s), s$variable), as.list))
  write_json(found, file, digits = 8, auto_unbox = TRUE)
  cat(name, (proc.time() - start)[["elapsed"]], "s, worst R-hat", max(s$rhat, na.rm = TRUE), "\n")
}

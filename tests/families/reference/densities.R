# Log densities and distribution functions of families, by R's packages (run by hand).
# brms 2.18, VGAM 1.1-7, mgcv, stats. Writes densities.json beside this file:
# a list of {family, given: {response and parameters}, log, below, above}, elementwise arrays.
suppressMessages({library(brms); library(jsonlite)})
own <- function(name) get(name, asNamespace("brms"))
reals <- c(-3.5, -1, -0.2, 0, 0.4, 1.3, 2, 5.5)
positive <- c(0.02, 0.3, 0.9, 1, 1.7, 3.2, 8, 25)
counts <- c(0, 1, 2, 3, 5, 9, 20, 60)
shares <- c(0.001, 0.05, 0.3, 0.5, 0.62, 0.9, 0.98, 0.9995)
rows <- list()
add <- function(family, given, log, below = NULL, above = NULL) {
  n <- length(given$y)
  given <- lapply(given, function(v) rep_len(v, n))
  stopifnot(all(is.finite(log)), length(log) == n)
  rows[[length(rows) + 1]] <<- list(family = family, given = given, log = log, below = below, above = above)
}

for (a in c(-4, 0.7, 3)) for (s in c(0.6, 2)) {
  g <- list(y = reals, mu = 0.3, sigma = s, alpha = a)
  add("skew_normal", g, dskew_normal(reals, 0.3, s, a, log = TRUE),
      sapply(reals, function(q) integrate(dskew_normal, -Inf, q, mu = 0.3, sigma = s, alpha = a, rel.tol = 1e-11)$value))
}
for (q in c(0.1, 0.5, 0.83)) {
  g <- list(y = reals, mu = 0.3, sigma = 0.8, quantile = q)
  add("asym_laplace", g, dasym_laplace(reals, 0.3, 0.8, q, log = TRUE), pasym_laplace(reals, 0.3, 0.8, q))
}
for (b in c(0.2, 1, 2.5)) {  # mu is the mean of the whole response
  g <- list(y = positive, mu = 1.4, sigma = 0.7, beta = b)
  add("exgaussian", g, dexgaussian(positive, 1.4, 0.7, b, log = TRUE), pexgaussian(positive, 1.4, 0.7, b))
}
for (d in c(0, 0.015)) {
  g <- list(y = positive, mu = 0.5, sigma = 0.9, ndt = d)
  add("shifted_lognormal", g, dshifted_lnorm(positive, 0.5, 0.9, d, log = TRUE), pshifted_lnorm(positive, 0.5, 0.9, d))
}
for (k in c(0.6, 1, 3.1)) {
  mu <- 1.9  # the mean, as brms has it
  g <- list(y = positive, mu = mu, shape = k)
  scale <- mu / gamma(1 + 1 / k)
  add("weibull", g, dweibull(positive, k, scale, log = TRUE), pweibull(positive, k, scale),
      pweibull(positive, k, scale, lower.tail = FALSE))
  add("inverse.gaussian", g, dinv_gaussian(positive, mu, k, log = TRUE), pinv_gaussian(positive, mu, k))
  add("gamma", g, dgamma(positive, k, k / mu, log = TRUE), pgamma(positive, k, k / mu))
}
add("exponential", list(y = positive, mu = 1.9), dexp(positive, 1 / 1.9, log = TRUE), pexp(positive, 1 / 1.9))
angles <- c(-3, -1.4, -0.1, 0, 0.8, 2, 3.1)
for (k in c(0.4, 3, 40)) add("von_mises", list(y = angles, mu = 0.6, kappa = k), dvon_mises(angles, 0.6, k, log = TRUE))

for (a in c(0.4, 2, 30)) {
  mu <- 3.2
  add("negbinomial", list(y = counts, mu = mu, shape = a), dnbinom(counts, a, mu = mu, log = TRUE), pnbinom(counts, a, mu = mu))
  # glmmTMB's nbinom1: variance mu (1 + phi)
  add("nbinom1", list(y = counts, mu = mu, phi = a), dnbinom(counts, mu / a, mu = mu, log = TRUE), pnbinom(counts, mu / a, mu = mu))
  g <- list(y = counts, mu = mu, shape = a, zi = 0.2)
  add("zero_inflated_negbinomial", g, dzero_inflated_negbinomial(counts, mu, a, 0.2, log = TRUE))
  g <- list(y = counts, mu = mu, shape = a, hu = 0.35)
  add("hurdle_negbinomial", g, dhurdle_negbinomial(counts, mu, a, 0.35, log = TRUE))
  trials <- c(1, 2, 5, 9, 12, 20, 40, 90)
  g <- list(y = pmin(counts, trials), trials = trials, mu = 0.3, phi = a)
  add("beta_binomial", g, dbeta_binomial(g$y, trials, 0.3, a, log = TRUE))
  add("beta", list(y = shares, mu = 0.3, phi = a), dbeta(shares, 0.3 * a, 0.7 * a, log = TRUE), pbeta(shares, 0.3 * a, 0.7 * a))
  y <- c(0, shares)
  add("zero_inflated_beta", list(y = y, mu = 0.3, phi = a, zi = 0.2), dzero_inflated_beta(y, 0.3 * a, 0.7 * a, 0.2, log = TRUE))
  z <- c(0, positive)
  add("hurdle_gamma", list(y = z, mu = mu, shape = a, hu = 0.35), dhurdle_gamma(z, a, mu / a, 0.35, log = TRUE))
}
add("geometric", list(y = counts, mu = 3.2), dnbinom(counts, 1, mu = 3.2, log = TRUE), pnbinom(counts, 1, mu = 3.2))
add("zero_inflated_poisson", list(y = counts, mu = 3.2, zi = 0.2), dzero_inflated_poisson(counts, 3.2, 0.2, log = TRUE))
add("hurdle_poisson", list(y = counts, mu = 3.2, hu = 0.35), dhurdle_poisson(counts, 3.2, 0.35, log = TRUE))
add("zero_inflated_binomial", list(y = pmin(counts, 60), trials = 60, mu = 0.1, zi = 0.2),
    dzero_inflated_binomial(pmin(counts, 60), 60, 0.1, 0.2, log = TRUE))
z <- c(0, positive)
add("hurdle_lognormal", list(y = z, mu = 0.5, sigma = 0.9, hu = 0.35), dhurdle_lognormal(z, 0.5, 0.9, 0.35, log = TRUE))
# VGAM's genpoisson2: variance mu (1 + mu disp)^2; genpoisson1: variance mu disp, as glmmTMB's genpois
for (d in c(1.3, 2.5)) {
  y <- counts[counts < 30]
  add("genpois", list(y = y, mu = 3.2, phi = d), VGAM::dgenpois1(y, meanpar = 3.2, dispind = d, log = TRUE))
}
for (p in c(1.2, 1.5, 1.85)) {
  z <- c(0, positive)
  add("tweedie", list(y = z, mu = 1.9, phi = 0.8, power = p), mgcv::ldTweedie(z, 1.9, p, 0.8)[, 1])
}

thresholds <- c(-1.1, 0.2, 1.4)
for (link in c("logit", "probit", "cloglog", "cauchit")) for (disc in c(1, 1.3)) for (name in c("cumulative", "sratio", "cratio", "acat")) {
  if (name == "acat" && link != "logit") next
  eta <- c(-0.8, 0, 1.3)
  d <- own(paste0("d", name))(1:4, eta = eta, thres = matrix(thresholds, 3, 3, byrow = TRUE), disc = rep(disc, 3), link = link)
  g <- list(y = rep(0:3, each = 3), eta = rep(eta, 4), disc = disc)
  add(paste(name, link), g, log(as.vector(d)))
}
eta <- rbind(c(0, 0.4, -1.2), c(0, -0.3, 2))
d <- own("dcategorical")(1:3, eta)
add("categorical", list(y = rep(0:2, each = 2), eta1 = rep(eta[, 2], 3), eta2 = rep(eta[, 3], 3)), log(as.vector(d)))
write_json(list(thresholds = thresholds, rows = rows), "densities.json", digits = 15, null = "null", auto_unbox = TRUE)

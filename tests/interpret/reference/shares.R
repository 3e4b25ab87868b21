# Writes shares.json: shares of variance on the latent scale of Gamma, negative binomial and beta
# models without predictors, fitted by glmmTMB 1.1.5, as in Nakagawa, Johnson and Schielzeth 2017,
# tables 1 and 2: log(1 + 1 / shape), log(1 + 1 / mean + 1 / theta), and for a logit link the delta
# method. Means are of all groups. Also what performance 0.10.2 with insight 0.19.0 has: of Gamma
# 1 / shape, of counts the mean of a typical group, of beta another residual (.69, not .39).
# Needs lme4, glmmTMB, performance, jsonlite.
suppressPackageStartupMessages({library(lme4); library(glmmTMB); library(performance)})
number <- function(x) unname(as.numeric(x))
mean_of <- function(b, sd, inverse) {
  integrate(function(z) inverse(b + sd * z) * dnorm(z), -12, 12, rel.tol = 1e-12)$value
}
of <- function(m, inverse, residual) {
  b <- number(fixef(m)$cond); sd <- number(attr(VarCorr(m)$cond[[1]], "stddev"))
  mu <- mean_of(b, sd, inverse); left <- residual(mu, sigma(m))
  list(b = b, sd = sd, sigma = sigma(m), mean = mu, adjusted = sd^2 / (sd^2 + left),
    performance = number(suppressWarnings(icc(m))$ICC_adjusted))
}
sleep <- transform(sleepstudy, p = Reaction / 1000)
found <- list(
  gamma = of(glmmTMB(Reaction ~ 1 + (1 | Subject), sleep, family = Gamma("log")), exp,
    function(mu, sigma) log1p(sigma^2)),
  negative_binomial = of(glmmTMB(TICKS ~ 1 + (1 | BROOD), grouseticks, family = nbinom2), exp,
    function(mu, theta) log1p(1 / mu + 1 / theta)),
  beta = of(glmmTMB(p ~ 1 + (1 | Subject), sleep, family = beta_family()), plogis,
    function(mu, phi) 1 / (mu * (1 - mu) * (1 + phi)))
)
jsonlite::write_json(found, "shares.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)

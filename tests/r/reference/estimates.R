# Writes estimates.json: fits of lme4 and glmmTMB to one simulated data set, with what each model is
# called here. They show where R maximizes the likelihood that mode(flat=True) does, and where
# something else. Run with: Rscript estimates.R
suppressMessages({library(lme4); library(glmmTMB); library(jsonlite)})
options(warn = -1)
set.seed(3)
n <- 240
g <- factor(rep(1:12, each = 20))
x <- signif(rnorm(n), 5)
w <- sample(1:3, n, TRUE)
eta <- 0.3 + 0.5 * x + 0.6 * rnorm(12)[g]
d <- data.frame(g = paste0("g", g), x, w, gam = signif(rgamma(n, 3, 3 / exp(eta)), 5),
                nb = rnbinom(n, size = 2, mu = exp(eta)), p = rpois(n, exp(eta)),
                b = rbinom(n, 1, plogis(eta)), y = signif(eta + rnorm(n), 5),
                lg = signif(pmax(exp(0.5 * eta) + 0.3 * rnorm(n), 0.02), 5))
tight <- glmerControl(tolPwrss = 1e-12)
entry <- function(call, fit, family, link, formula, ...)
  list(call = call, family = family, link = link, formula = formula, ...,
       logLik = as.numeric(logLik(fit)))
fits <- list(
  entry("glmer", glmer(gam ~ x + (1 | g), d, Gamma("log"), control = tight), "gamma", "log", "gam ~ x + (1 | g)"),
  entry("glmer", glmer(lg ~ x + (1 | g), d, gaussian("log"), control = tight), "gaussian", "log", "lg ~ x + (1 | g)"),
  entry("glmer", glmer(p ~ x + (1 | g), d, poisson, control = tight), "poisson", "log", "p ~ x + (1 | g)"),
  entry("glmer", glmer(p ~ x + (1 | g), d, poisson, weights = w, control = tight), "poisson", "log", "p ~ x + (1 | g)", weights = "w"),
  entry("glmer", glmer(p ~ x + (1 | g), d, poisson, nAGQ = 0), "poisson", "log", "p ~ x + (1 | g)", nodes = 0),
  entry("glmer", glmer(b ~ x + (1 | g), d, binomial("probit"), control = tight), "bernoulli", "probit", "b ~ x + (1 | g)"),
  entry("glmer", glmer(b ~ x + (1 | g), d, binomial("cloglog"), control = tight), "bernoulli", "cloglog", "b ~ x + (1 | g)"),
  entry("glmer.nb", glmer.nb(nb ~ x + (1 | g), d, control = tight), "negativebinomial", "log", "nb ~ x + (1 | g)"),
  entry("glmmTMB", glmmTMB(nb ~ x + (1 | g), d, family = nbinom2), "negativebinomial", "log", "nb ~ x + (1 | g)"),
  entry("glmmTMB", glmmTMB(p ~ x + (1 | g), d, family = poisson), "poisson", "log", "p ~ x + (1 | g)"),
  entry("glmmTMB", glmmTMB(p ~ x + (1 | g), d, family = poisson, REML = TRUE), "poisson", "log", "p ~ x + (1 | g)", reml = TRUE),
  entry("glmmTMB", glmmTMB(b ~ x + (1 | g), d, family = binomial("probit")), "bernoulli", "probit", "b ~ x + (1 | g)"),
  entry("glmmTMB", glmmTMB(y ~ x + (1 | g), d, REML = TRUE), "gaussian", "identity", "y ~ x + (1 | g)", reml = TRUE),
  entry("glmmTMB", glmmTMB(y ~ x + (1 | g), d, weights = w), "gaussian", "identity", "y ~ x + (1 | g)", weights = "w", reml = FALSE),
  entry("lmer", lmer(y ~ x + (1 | g), d, weights = w), "gaussian", "identity", "y ~ x + (1 | g)", weights = "w", reml = TRUE)
)
write_json(list(data = as.list(d), fits = fits), "estimates.json", auto_unbox = TRUE, digits = 10)

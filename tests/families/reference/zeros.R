# Maximum-likelihood fits of counts and of responses with zeros, by glmmTMB.
# Packages: glmmTMB, jsonlite. Run from the root of the repository:
#     Rscript tests/families/reference/zeros.R
suppressMessages({library(glmmTMB); library(jsonlite)})

estimates <- function(fit) {
  found <- fixef(fit)
  sds <- unlist(lapply(VarCorr(fit)$cond, function(v) attr(v, "stddev")))
  list(
    log_likelihood = as.numeric(logLik(fit)),
    mean = as.list(found$cond), zi = as.list(found$zi), dispersion = as.list(found$disp),
    sigma = sigma(fit), sds = as.numeric(sds)
  )
}

data(Salamanders)
data(Owls)
counts <- count ~ mined + spp + (1 | site)
calls <- SiblingNegotiation ~ FoodTreatment + offset(log(BroodSize)) + (1 | Nest)
fit <- function(...) estimates(glmmTMB(...))
salamanders <- list(
  zero_inflated_poisson = fit(counts, zi = ~1, Salamanders, family = poisson),
  zero_inflated_poisson_zi = fit(counts, zi = ~mined, Salamanders, family = poisson),
  zero_inflated_nbinom2 = fit(counts, zi = ~mined, Salamanders, family = nbinom2),
  zero_inflated_nbinom1 = fit(counts, zi = ~1, Salamanders, family = nbinom1),
  hurdle_poisson = fit(counts, zi = ~mined, Salamanders, family = truncated_poisson),
  hurdle_nbinom2 = fit(counts, zi = ~mined, Salamanders, family = truncated_nbinom2),
  hurdle_nbinom1 = fit(counts, zi = ~1, Salamanders, family = truncated_nbinom1),
  nbinom1 = fit(counts, Salamanders, family = nbinom1),
  nbinom2_dispersion = fit(counts, disp = ~DOY, Salamanders, family = nbinom2),
  nbinom1_dispersion = fit(counts, disp = ~DOY, Salamanders, family = nbinom1),
  genpois = fit(counts, Salamanders, family = genpois),
  compois = fit(counts, Salamanders, family = compois)
)
positive <- subset(Salamanders, count > 0)
positives <- list(
  truncated_poisson = fit(counts, positive, family = truncated_poisson),
  truncated_nbinom2 = fit(counts, positive, family = truncated_nbinom2),
  truncated_nbinom1 = fit(counts, positive, family = truncated_nbinom1)
)
owls <- list(
  zero_inflated_poisson = fit(calls, zi = ~1, Owls, family = poisson),
  zero_inflated_nbinom1 = fit(calls, zi = ~1, Owls, family = nbinom1),
  zero_inflated_nbinom2 = fit(calls, zi = ~1, Owls, family = nbinom2)
)

set.seed(1)
n <- 300
simulated <- data.frame(g = factor(rep(1:15, each = n / 15)), x = round(rnorm(n), 2))
eta <- 0.3 + 0.5 * simulated$x + rnorm(15, sd = 0.6)[simulated$g]
simulated$amount <- signif(ifelse(runif(n) < 0.3, 0, rgamma(n, 2, 2 / exp(eta))), 6)
simulated$share <- signif(ifelse(runif(n) < 0.2, 0, rbeta(n, 4 * plogis(eta), 4 * plogis(-eta))), 6)
simulated$trials <- sample(3:12, n, TRUE)
simulated$hits <- rbinom(n, simulated$trials, rbeta(n, 3 * plogis(eta), 3 * plogis(-eta)))
simulated$fewer <- ifelse(runif(n) < 0.25, 0, simulated$hits)
both <- cbind(hits, trials - hits) ~ x + (1 | g)
fewer <- cbind(fewer, trials - fewer) ~ x + (1 | g)
simulation <- list(
  hurdle_gamma = fit(amount ~ x + (1 | g), zi = ~x, simulated, family = ziGamma(link = "log")),
  zero_inflated_beta = fit(share ~ x + (1 | g), zi = ~1, simulated, family = beta_family),
  beta_binomial = fit(both, simulated, family = betabinomial),
  zero_inflated_binomial = fit(fewer, zi = ~1, simulated, family = binomial),
  zero_inflated_beta_binomial = fit(fewer, zi = ~1, simulated, family = betabinomial),
  tweedie = fit(amount ~ x + (1 | g), simulated, family = tweedie)
)
simulation$tweedie$power <- as.numeric(family_params(glmmTMB(amount ~ x + (1 | g), simulated, family = tweedie)))
write_json(
  list(
    salamanders = salamanders, positives = positives, owls = owls, simulation = simulation,
    data = list(salamanders = Salamanders, owls = Owls, simulated = simulated)
  ),
  "tests/families/reference/zeros.json",
  digits = 12, auto_unbox = TRUE, dataframe = "columns"
)

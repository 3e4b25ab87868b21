# Survival curves of R's survival package. Needs R with survival and jsonlite.
# Rscript tests/interpret/reference/survival.R, from the root of the repository.
suppressMessages(library(survival))
kidney <- read.csv("src/mixwell/data/sets/kidney.csv")
kidney$sex <- factor(kidney$sex, levels = c("male", "female"))
kidney$event <- 1 - kidney$censored

curve <- function(fit) list(time = fit$time, surv = fit$surv, n.event = fit$n.event)

# survreg: coefficients, scale, log likelihood, quantiles and survival at new rows
new <- data.frame(age = c(30, 50), sex = factor(c("male", "female"), levels = c("male", "female")))
at <- c(30, 100, 300)
models <- lapply(c("weibull", "exponential", "lognormal", "loglogistic"), function(dist) {
  fit <- survreg(Surv(time, event) ~ age + sex, kidney, dist = dist)
  eta <- predict(fit, new, type = "lp")
  list(
    dist = dist, coef = unname(coef(fit)), scale = fit$scale, loglik = fit$loglik[2],
    quantiles = predict(fit, new, type = "quantile", p = c(0.25, 0.5, 0.75)),
    survival = t(sapply(eta, function(m) 1 - psurvreg(at, m, fit$scale, dist)))
  )
})

# delayed entry
set.seed(1)
entry <- round(runif(60, 0, 5), 2)
stop <- round(entry + rexp(60, 0.2) + 0.01, 2)
event <- rbinom(60, 1, 0.7)
delayed <- survfit(Surv(entry, stop, event) ~ 1, timefix = FALSE)

# times bounded from the left, the right or both sides
low <- c(1, 2, NA, 4, 3, 5, 2, 6, NA, 1, 7, 3)
high <- c(3, 2, 2, NA, 6, 8, 5, NA, 4, 1, 9, 3)
bounded <- survfit(Surv(low, high, type = "interval2") ~ 1)

# weights
weighted <- survfit(Surv(time, event) ~ 1, kidney, weights = rep(c(1, 2), 38))

jsonlite::write_json(
  list(
    models = models, at = at,
    male = curve(survfit(Surv(time, event) ~ 1, kidney[kidney$sex == "male", ])),
    weighted = curve(weighted),
    delayed = c(curve(delayed), list(entry = entry, stop = stop, event = event)),
    bounded = c(curve(bounded), list(low = low, high = high))
  ),
  "tests/interpret/reference/survival.json", auto_unbox = TRUE, digits = 12, na = "null"
)

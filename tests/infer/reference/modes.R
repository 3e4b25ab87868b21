# Writes modes.json: small simulated data sets whose likelihood is hard to climb (full covariances of
# three and four effects, many of them singular), each with the highest REML log-likelihood that any
# of three of lme4's optimizers finds. Run with: Rscript modes.R
suppressMessages({library(lme4); library(jsonlite)})
options(warn = -1)

simulated <- function(seed, groups, rows, scale) {
  set.seed(seed)
  n <- groups * rows
  g <- rep(seq_len(groups), each = rows)
  x <- runif(n, 0, scale)
  z <- (x - mean(x)) / sd(x)
  f <- sample(c("a", "b", "c"), n, TRUE)
  sds <- exp(runif(3, -3, 1))
  y <- 2 + z + sds[1] * rnorm(groups)[g] + sds[2] * rnorm(groups)[g] * z +
    sds[3] * rnorm(groups)[g] * z^2 + 0.3 * rnorm(groups)[g] * (f == "b") + rnorm(n)
  data.frame(y = signif(y, 6), x = signif(x, 6), f = f, g = paste0("g", g))
}

highest <- function(formula, data) {
  fits <- lapply(c("bobyqa", "nloptwrap", "Nelder_Mead"), function(optimizer)
    try(lmer(as.formula(formula), data, control = lmerControl(optimizer = optimizer)), silent = TRUE))
  fits <- Filter(function(fit) !inherits(fit, "try-error"), fits)
  found <- sapply(fits, function(fit) as.numeric(logLik(fit)))
  best <- fits[[which.max(found)]]
  list(logLik = max(found), default = found[[2]], singular = isSingular(best))
}

cases <- list()
for (seed in c(1, 4, 5, 7, 17, 20, 32)) for (formula in c("y ~ poly(x, 2) + (poly(x, 2) | g)", "y ~ f * x + (f + x | g)")) {
  data <- simulated(seed, sample(c(8, 12), 1), sample(c(8, 12), 1), sample(c(1, 1000), 1))
  cases[[length(cases) + 1]] <- c(list(formula = formula, seed = seed, data = as.list(data)),
                                  highest(formula, data))
}
write_json(cases, "modes.json", auto_unbox = TRUE, digits = 10)

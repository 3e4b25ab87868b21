# Fits one case with rstanarm: its own priors, 4 chains of 1,000 draws after as many of warmup.
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "common.R"))
suppressPackageStartupMessages(library(rstanarm))
imported <- now()
family <- if (asked$family == "gaussian") gaussian() else binomial()
fit <- stan_glmer(as.formula(asked$formula), frame_asked(), family = family, chains = 4,
                  iter = 2000, cores = min(4L, cores), seed = 1, refresh = 0)
print(summary(fit))
printed <- now()
draws <- as.array(fit)
names <- dimnames(draws)[[3]]
draws <- draws[, , !grepl("^b\\[|mean_PPD|log-posterior", names), drop = FALSE]
# Covariances as correlations; a variance has the ranks of its standard deviation.
names <- dimnames(draws)[[3]]
for (name in grep("^Sigma", names, value = TRUE)) {
  parts <- regmatches(name, regexec("^Sigma\\[(.*):(.*),(.*)\\]$", name))[[1]]
  if (parts[3] != parts[4]) {
    variance <- function(effect) draws[, , sprintf("Sigma[%s:%s,%s]", parts[2], effect, effect)]
    draws[, , name] <- draws[, , name] / sqrt(variance(parts[3]) * variance(parts[4]))
  }
}
report(imported, printed, draws)

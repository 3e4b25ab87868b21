# Fits one case with brms: its own priors, 4 chains of 1,000 draws after as many of warmup. The time
# includes the compilation of the model.
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "common.R"))
suppressPackageStartupMessages(library(brms))
# Debian's BH has no headers of its own; Boost's are the system's.
if (!nzchar(system.file("include", package = "BH"))) rstan::rstan_options(boost_lib = "/usr/include")
imported <- now()
family <- switch(asked$family, gaussian = gaussian(), bernoulli = bernoulli(), binomial())
fit <- brm(as.formula(asked$formula), frame_asked(), family = family, chains = 4,
           cores = min(4L, cores), seed = 1, refresh = 0, silent = 2)
print(summary(fit))
printed <- now()
# as.array() has the dimensions draw, chain, parameter.
draws <- as.array(fit, variable = "^(b|sd|cor)_|^sigma$", regex = TRUE)
varies <- apply(draws, 3, function(one) diff(range(one)) > 0)
report(imported, printed, unclass(draws)[, , varies, drop = FALSE])

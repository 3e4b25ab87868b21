# Fits one case with glmmTMB: a point estimate, no posterior.
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "common.R"))
suppressPackageStartupMessages(library(glmmTMB))
imported <- now()
family <- switch(asked$family, gaussian = gaussian(), poisson = poisson(), binomial())
dispersion <- if (length(asked$further)) as.formula(sub("^[^~]*", "", asked$further)) else ~1
fit <- glmmTMB(as.formula(asked$formula), frame_asked(), family = family, dispformula = dispersion)
print(summary(fit))
report(imported, now())

# Fits one case with lme4: a point estimate, no posterior.
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "common.R"))
suppressPackageStartupMessages(library(lme4))
imported <- now()
if (asked$family == "gaussian") {
  fit <- lmer(as.formula(asked$formula), frame_asked())
} else {
  fit <- glmer(as.formula(asked$formula), frame_asked(),
               family = switch(asked$family, poisson = poisson(), binomial()))
}
print(summary(fit), correlation = FALSE)
report(imported, now())

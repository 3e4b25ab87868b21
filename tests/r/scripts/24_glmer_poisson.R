# Seizures: counts in four periods
library(lme4)
library(emmeans)

epil <- read.csv("data/epil.csv", stringsAsFactors = TRUE)
epil$subject <- as.factor(epil$subject)

pm <- glmer(y ~ lbase * trt + V4 + (1 | subject), epil, family = poisson)
ll <- logLik(pm)
rates <- emmeans(pm, ~ trt, type = "response")
rates
ratios <- pairs(rates)
ratios

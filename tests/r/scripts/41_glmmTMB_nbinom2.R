# Negative binomial with the variance mu + mu^2 / theta
library(glmmTMB)
library(emmeans)

epil <- read.csv("data/epil.csv", stringsAsFactors = TRUE)
nb2 <- glmmTMB(y ~ lbase + trt + (1 | subject), data = epil, family = nbinom2)
ll <- logLik(nb2)
emmeans(nb2, "trt", type = "response")

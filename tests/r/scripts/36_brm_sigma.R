# A formula for the residual standard deviation
library(brms)

teeth <- read.csv("data/toothgrowth.csv", stringsAsFactors = TRUE)
form <- bf(len ~ supp + dose, sigma ~ supp)
fit <- brm(form, data = teeth, family = gaussian(),
           prior = prior(normal(0, 10), class = "b"),
           chains = 2, iter = 1500, seed = 3, refresh = 0)
summary(fit)

# Slopes and probabilities in a logistic model
library(lme4)
library(emmeans)

women <- read.csv("data/contraception.csv", stringsAsFactors = TRUE)
women$district <- factor(women$district)
women$children <- factor(women$livch, levels = c("0", "1", "2", "3+"))

m <- glmer(use ~ urban * age + children + (1 | district), data = women, family = binomial("logit"),
           control = glmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 2e5)))
ll <- logLik(m)

by.age <- emmeans(m, ~ urban | age, at = list(age = c(-10, 0, 10)), type = "response")
by.age
pairs(by.age)
slopes <- emtrends(m, ~ urban, var = "age")
slopes
pairs(slopes)
kids <- emmeans(m, ~ children)
contrast(kids, "consec")
contrast(kids, "trt.vs.ctrl", ref = "0", type = "response")
differences <- pairs(regrid(emmeans(m, ~ urban)))
differences

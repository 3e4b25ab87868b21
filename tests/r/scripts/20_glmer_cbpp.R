# Cases of pleuropneumonia: binomial counts, Laplace approximation
library(lme4)
library(emmeans)

gm1 <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd),
             data = cbpp, family = binomial)
summary(gm1)
ll <- logLik(gm1)

prob <- emmeans(gm1, ~ period, type = "response")
prob
odds <- pairs(prob)
odds
logits <- emmeans(gm1, ~ period)
logits
against.first <- contrast(logits, "trt.vs.ctrl1")
against.first

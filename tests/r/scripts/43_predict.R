# Predictions for old and new rows
library(lme4)

fm <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy)

typical <- data.frame(Days = c(0, 3, 9))
population <- predict(fm, newdata = typical, re.form = NA)

known <- data.frame(Days = c(0, 9), Subject = c("308", "372"))
theirs <- predict(fm, newdata = known)
everyone <- predict(fm)

gm <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial)
chances <- predict(gm, newdata = data.frame(period = factor(1:4)), re.form = ~0, type = "response")

# Means at chosen values of a number
library(emmeans)

m <- lm(len ~ supp * dose, ToothGrowth)
mean.dose <- emmeans(m, ~ supp)
mean.dose
at <- emmeans(m, ~ supp | dose, at = list(dose = c(0.5, 1, 2)))
at
p <- pairs(at)
p

tr <- emtrends(m, "supp", var = "dose")
tr
pairs(tr)

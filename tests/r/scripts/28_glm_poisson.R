# A generalised linear model without groups
library(emmeans)
counts <- glm(breaks ~ wool + tension, family = poisson(), data = warpbreaks)
coef(counts)
emmeans(counts, ~ tension, type = "response")

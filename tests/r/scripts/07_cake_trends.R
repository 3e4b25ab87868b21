# Slopes of a number within levels of a factor
library(lme4); library(emmeans)

cake.lmer <- lmer(angle ~ recipe * temp + (1 | recipe:replicate), data = cake)

slopes <- emtrends(cake.lmer, ~ recipe, var = "temp")
slopes
pairs(slopes)

hot <- emmeans(cake.lmer, ~ recipe | temp, at = list(temp = c(180, 220)))
hot

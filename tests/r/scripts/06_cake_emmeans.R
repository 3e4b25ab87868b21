# A split plot: recipes in mixes, temperatures within
library(lme4)
library(emmeans)

fm <- lmer(angle ~ recipe * temperature + (1 | recipe:replicate), cake)

emm <- emmeans(fm, ~ recipe)
emm
pairs(emm)

by.temperature <- emmeans(fm, ~ recipe | temperature)
by.temperature
within <- pairs(by.temperature)
temps <- emmeans(fm, "temperature")
contrast(temps, "poly")

# Within what: by, simple, and vectors of names
library(lme4)
library(emmeans)

m <- lmer(angle ~ recipe * temperature + (1 | recipe:replicate), data = cake)

a <- emmeans(m, "recipe", by = "temperature")
b <- emmeans(m, c("recipe", "temperature"))
pairs(a)
pairs(b, by = "recipe")
pairs(b, simple = "recipe")
contrast(b, "poly", by = "recipe")
contrast(b, interaction = c("pairwise", "poly"))
overall <- emmeans(m, ~ 1)
overall

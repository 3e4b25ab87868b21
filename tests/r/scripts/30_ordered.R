# Ordered factors are coded by polynomials
library(lme4)
library(emmeans)

oats <- read.csv("data/oats.csv", stringsAsFactors = TRUE)
oats$dose <- ordered(oats$nitro)
m <- lmer(yield ~ dose + (1 | Block), oats)
fixef(m)
ll <- logLik(m)

doses <- emmeans(m, ~ dose)
doses
contrast(doses, "poly")

# without the order
oats$plain <- factor(oats$dose, ordered = FALSE)
m2 <- lmer(yield ~ plain + (1 | Block), oats)
fixef(m2)

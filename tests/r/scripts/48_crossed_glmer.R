# Ticks on grouse chicks: three factors with a log link
library(lme4)

ticks <- read.csv("data/grouseticks.csv")
ticks$YEAR <- factor(ticks$YEAR)
gm <- glmer(TICKS ~ YEAR + cHEIGHT + (1 | BROOD) + (1 | INDEX) +
              (1 | LOCATION),
            data = ticks, family = "poisson",
            control = glmerControl(optimizer = "bobyqa"))
fixef(gm)

# Größe der Zähne über dem Alter: naïve Kurve für jedes Kind (Latin-1)
library(lme4)
orthodont <- read.csv("data/orthodont.csv", stringsAsFactors = TRUE)
# "Männer" und "Frauen" heißen hier Male und Female
fm <- lmer(distance ~ age * Sex + (age | Subject), data = orthodont)
größe <- fixef(fm)
ll <- logLik(fm)

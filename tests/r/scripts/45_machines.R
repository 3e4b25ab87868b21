# Three machines, six workers; a file with semicolons and decimal commas
library(lme4)
library(emmeans)

machines <- read.csv2("data/machines_semicolon.csv", stringsAsFactors = TRUE)
machines$Worker <- factor(machines$Worker)
levels(machines$Machine) <- c("old", "new", "newest")

m1 <- lmer(score ~ Machine + (1 | Worker) + (1 | Worker:Machine), machines)
m2 <- lmer(score ~ Machine + (0 + Machine | Worker), machines)
l1 <- logLik(m1)
l2 <- logLik(m2)
emmeans(m1, pairwise ~ Machine)

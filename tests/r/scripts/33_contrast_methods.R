# Families of contrasts
library(emmeans)

pigs <- read.csv("data/pigs.csv")
pigs$source <- factor(pigs$source, levels = c("fish", "soy", "skim"))
m <- lm(log(conc) ~ source + factor(percent), data = pigs)

src <- emmeans(m, ~ source)
contrast(src, "pairwise")
contrast(src, "revpairwise")
contrast(src, method = "trt.vs.ctrl", ref = 3)
contrast(src, "trt.vs.ctrlk")
contrast(src, list(plants = c(-1, 2, -1) / 2, "fish - skim" = c(1, 0, -1)))

pct <- emmeans(m, "percent")
contrast(pct, "consec")
contrast(pct, "mean_chg")
contrast(pct, "poly")

# Overdispersed counts
library(lme4)
epil <- read.csv("data/epil.csv")
epil$trt <- factor(epil$trt, levels = c("placebo", "progabide"))

nb <- glmer.nb(y ~ lbase + trt + (1 | subject), data = epil)
fixef(nb)

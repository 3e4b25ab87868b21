# Use of contraception in districts of Bangladesh
library(lme4)
library(emmeans)

women <- read.csv("data/contraception.csv", stringsAsFactors = TRUE)
women$district <- factor(women$district)

m <- glmer(use ~ urban + (1 | district), family = binomial, data = women)
ll <- logLik(m)

town <- emmeans(m, "urban", type = "response")
town
ratio <- contrast(emmeans(m, "urban"), "revpairwise", type = "response")
ratio

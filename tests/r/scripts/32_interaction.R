# Block by direction: the question that started it all
library(lme4)
library(emmeans)

d <- read.csv("data/block_direction.csv", stringsAsFactors = TRUE)
m <- lmer(y ~ block * direction + (1 + direction | user), data = d)
ll <- logLik(m)

# the effect of direction in each block
simple <- emmeans(m, ~ direction | block)
pairs(simple, reverse = TRUE)

# does it grow from block to block?
dd <- contrast(emmeans(m, ~ block * direction), interaction = c("consec", "consec"))
dd
joint <- emmeans(m, ~ block)
contrast(joint, "eff")
contrast(joint, "del.eff")

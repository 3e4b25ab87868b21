# Unbalanced cells: what the averages weigh
library(emmeans)

cars <- read.csv("data/mtcars.csv")
cars$cyl <- factor(cars$cyl)
cars$am <- factor(cars$am, labels = c("automatic", "manual"))
m <- lm(mpg ~ cyl * wt + am, cars)

emmeans(m, ~ cyl)
emmeans(m, ~ cyl, weights = "proportional")
emmeans(m, ~ am | cyl, at = list(wt = 3))
two <- emmeans(m, pairwise ~ cyl)
two

# Missing values: "-" and empty cells
library(lme4)

teeth <- read.csv("data/orthodont_gaps.csv", na.strings = c("", "-", "NA"))
teeth$Sex <- factor(teeth$Sex, levels = c("Male", "Female"))
teeth$age11 <- teeth$age - 11

dropped <- lmer(distance ~ age11 * Sex + (1 | Subject), data = teeth)
l1 <- logLik(dropped)

whole <- na.omit(teeth)
same <- lmer(distance ~ age11 * Sex + (1 | Subject), data = whole, na.action = na.fail)
l2 <- logLik(same)

girls <- teeth[complete.cases(teeth) & teeth$Sex == "Female", ]
g <- lmer(distance ~ age11 + (1 | Subject), girls)
l3 <- logLik(g)
n <- nrow(girls)

# A CSV file with classes, renamed columns, gaps and cut ages
d <- read.csv("data/reaction_times.csv", na.strings = "-99", header = TRUE,
              colClasses = c(Subject = "factor", cond = "character"))
colnames(d)[colnames(d) == "cond"] <- "Condition"
names(d)[4] <- "Trial"
d$Condition <- factor(d$Condition, levels = c("neutral", "negative", "positive"), ordered = TRUE)
d <- d[complete.cases(d), ]
d <- subset(d, RT < 2000 & Trial %in% 1:8, select = c(Subject, Condition, RT, Trial, acc, Age))
d$old <- ifelse(d$Age > median(d$Age), "old", "young")
d$ageg <- cut(d$Age, breaks = c(0, 35, 50, Inf), labels = c("y", "m", "o"))
d$ageh <- cut(d$Age, c(0, 40, 100))
d$lRT <- log(d$RT)
library(lme4); library(splines)
m <- lmer(lRT ~ Condition + old + (1 + Condition | Subject), d, REML = FALSE)
ll <- logLik(m)
mm <- lmer(lRT ~ ageg + Condition + poly(Trial, 2) + (1 | Subject), data = d)
mm2 <- lmer(lRT ~ ageh + Condition + ns(Trial, df = 3) + (1 | Subject), data = d)
ll2 <- logLik(mm)
ll3 <- logLik(mm2)
m1 <- mean(d$RT)
q <- quantile(d$RT, c(.1, .9))
library(emmeans)
e1 <- emmeans(mm, ~ ageg)
e2 <- emmeans(mm, ~ Condition | ageg, at = list(ageg = c("y", "o"), Trial = 4))

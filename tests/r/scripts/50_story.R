# A whole analysis in one file, as they are found in folders
# author: nobody; date: 2019-03-01

rm(list = ls())
options(digits = 4)
set.seed(42)
suppressMessages(library("lme4"))
suppressMessages(library("emmeans"))

# ---- data ----
d <- read.csv(file = "data/block_direction.csv", header = TRUE, sep = ",")
head(d)
d$user      <- as.factor(d$user)
d$block     <- factor(d$block, levels = c("b1", "b2", "b3"))
d$direction <- factor(d$direction)
d$direction <- relevel(d$direction, "right")   # "right" is the base now
d$ageC      <- d$age - mean(d$age)
d           <- d[!is.na(d$y), ]

# ---- model ----
full <- lmer(y ~ block * direction + ageC + (1 + direction | user),
             data = d, REML = FALSE)
null <- lmer(y ~ block + direction + ageC + (1 + direction | user),
             data = d, REML = FALSE)
l.full <- logLik(full)
l.null <- logLik(null)

# ---- questions ----
emm <- emmeans(full, ~ direction | block)
diff.dir <- contrast(emm, method = "revpairwise")
diff.dir
emm.age <- emmeans(full, ~ block, at = list(ageC = 0))
emm.age
plot(emm)

# What has no counterpart stays as a comment, and the rest runs
library(lme4)

centre <- function(x) x - mean(x)
sleepstudy$c <- sleepstudy$Days - mean(sleepstudy$Days)
m <- lmer(Reaction ~ c + (1 | Subject), sleepstudy)
ll <- logLik(m)

for (i in 1:3) {
  cat("round", i, "\n")
}
slopes <- sapply(split(sleepstudy, sleepstudy$Subject), function(d) coef(lm(Reaction ~ Days, d))[2])
if (interactive()) plot(m)
drop1(m)
x <- sqrt(2) / 3
fixef(m)

# emmeans' modes of a clm on the ratings of cumulative.R; writes tests/families/ordered/reference/modes.json
# Rscript tests/families/ordered/reference/modes.R   (R 4.2, ordinal 2022.11, emmeans 1.8.4, jsonlite)
suppressMessages({library(ordinal); library(emmeans); library(jsonlite)})
known <- fromJSON("tests/families/ordered/reference/cumulative.json")
d <- as.data.frame(known$data)
d$rating <- factor(d$rating, c("bad", "poor", "ok", "good"), ordered = TRUE)
m <- clm(rating ~ x + a, data = d)
frame <- function(e) { s <- as.data.frame(summary(e)); s[sapply(s, is.factor)] <- lapply(s[sapply(s, is.factor)], as.character); s }
out <- list(
  prob = frame(emmeans(m, ~ rating | a, mode = "prob")),
  cum.prob = frame(emmeans(m, ~ cut | a, mode = "cum.prob")),
  exc.prob = frame(emmeans(m, ~ cut | a, mode = "exc.prob")),
  mean.class = frame(emmeans(m, "a", mode = "mean.class")),
  pairs = frame(pairs(emmeans(m, "a", mode = "mean.class"))),
  averaged = frame(emmeans(m, ~ 1, mode = "mean.class")))
write_json(out, "tests/families/ordered/reference/modes.json", digits = 12, auto_unbox = TRUE)

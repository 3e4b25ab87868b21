# Answers of R's ordinal and emmeans on simulated ratings; writes tests/families/ordered/reference/cumulative.json
# Rscript tests/families/ordered/reference/cumulative.R   (R 4.2, ordinal 2022.11, emmeans 1.8.4, jsonlite)
suppressMessages({library(ordinal); library(emmeans); library(jsonlite)})
set.seed(11)
n <- 240
g <- factor(sprintf("g%02d", rep(1:12, each = 20)))
x <- round(rnorm(n, 5), 3)
a <- factor(rep(c("a1", "a2"), n / 2))
latent <- 0.8 * x + 0.6 * (a == "a2") + rnorm(12, 0, 0.7)[as.integer(g)] + rlogis(n)
rating <- cut(latent, c(-Inf, 3, 4.2, 5.5, Inf), labels = c("bad", "poor", "ok", "good"), ordered_result = TRUE)
d <- data.frame(rating, x, a, g)
m <- clm(rating ~ x + a, data = d)
mm <- clmm(rating ~ x + a + (1 | g), data = d, nAGQ = 15)
frame <- function(e) { s <- as.data.frame(summary(e)); s[sapply(s, is.factor)] <- lapply(s[sapply(s, is.factor)], as.character); s }
out <- list(
  data = list(rating = as.character(rating), x = x, a = as.character(a), g = as.character(g)),
  clm = list(beta = as.list(m$beta), alpha = as.list(m$alpha), logLik = as.numeric(logLik(m)),
             fitted = as.numeric(fitted(m)), se = as.list(sqrt(diag(vcov(m)))),
             prob = frame(emmeans(m, ~ rating | a, mode = "prob")), latent = frame(emmeans(m, "a"))),
  clmm = list(beta = as.list(mm$beta), alpha = as.list(mm$alpha), sd = unname(sqrt(unlist(VarCorr(mm)))),
              se = as.list(sqrt(diag(vcov(mm))))))
write_json(out, "tests/families/ordered/reference/cumulative.json", digits = 12, auto_unbox = TRUE)

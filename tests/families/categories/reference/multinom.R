# Answers of R's nnet and emmeans on simulated choices; writes tests/families/categories/reference/multinom.json
# Rscript tests/families/categories/reference/multinom.R   (R 4.2, nnet 7.3, emmeans 1.8.4, jsonlite)
suppressMessages({library(nnet); library(emmeans); library(jsonlite)})
set.seed(5)
n <- 200
x <- round(rnorm(n, 3), 3)
a <- factor(rep(c("a1", "a2"), n / 2))
eta <- cbind(0, -1 + 0.5 * x + 0.6 * (a == "a2"), 1 - 0.4 * x)
p <- exp(eta) / rowSums(exp(eta))
choice <- factor(apply(p, 1, function(q) sample(c("bus", "car", "train"), 1, prob = q)))
m <- multinom(choice ~ x + a, trace = FALSE, reltol = 1e-14, maxit = 1000)
counts <- t(apply(p[1:40, ], 1, function(q) rmultinom(1, 12, q)))
colnames(counts) <- c("bus", "car", "train")
xc <- x[1:40]
mc <- multinom(counts ~ xc, trace = FALSE, reltol = 1e-14, maxit = 1000)
frame <- function(e) { s <- as.data.frame(summary(e)); s[sapply(s, is.factor)] <- lapply(s[sapply(s, is.factor)], as.character); s }
out <- list(
  data = list(choice = as.character(choice), x = x, a = as.character(a)),
  coef = coef(m), se = summary(m)$standard.errors, logLik = as.numeric(logLik(m)),
  fitted = fitted(m), prob = frame(emmeans(m, ~ choice | a, mode = "prob")),
  counts = counts, counts_coef = coef(mc), counts_se = summary(mc)$standard.errors,
  counts_logLik = sum(sapply(1:40, function(i) dmultinom(counts[i, ], prob = fitted(mc)[i, ], log = TRUE))))
write_json(out, "tests/families/categories/reference/multinom.json", digits = 12, auto_unbox = TRUE)

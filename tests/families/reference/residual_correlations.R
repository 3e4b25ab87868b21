# A posterior of three gaussian responses with residual correlations; writes residual_correlations.json
# Rscript tests/families/reference/residual_correlations.R   (R 4.2, brms 2.18, rstan 2.21, posterior, jsonlite)
suppressMessages({library(brms); library(jsonlite)})
set.seed(11)
n <- 80
x <- round(rnorm(n), 3)
corr <- matrix(c(1, .6, -.4, .6, 1, .3, -.4, .3, 1), 3)
sds <- c(1, 1.5, .5)
e <- matrix(rnorm(3 * n), n) %*% chol(corr * outer(sds, sds))
d <- data.frame(x = x, y1 = round(1 + .5 * x + e[, 1], 4), y2 = round(-1 + x + e[, 2], 4), y3 = round(2 - .2 * x + e[, 3], 4))
own <- do.call(c, lapply(c("y1", "y2", "y3"), function(y) c(
  set_prior("normal(0, 2)", class = "b", resp = y), set_prior("student_t(3, 0, 2.5)", class = "Intercept", resp = y),
  set_prior("student_t(3, 0, 2.5)", class = "sigma", resp = y))))
m <- brm(bf(mvbind(y1, y2, y3) ~ x) + set_rescor(TRUE), data = d, prior = c(own, set_prior("lkj(1)", class = "rescor")),
         chains = 4, iter = 3000, warmup = 1000, seed = 5, refresh = 0, cores = 1)
s <- posterior::summarise_draws(m, "mean", "sd", "mcse_mean")
s <- s[grepl("^(b_|sigma|rescor)", s$variable), ]
write_json(list(data = d, answers = setNames(lapply(seq_len(nrow(s)), function(i) as.list(s[i, -1])), s$variable)),
           "tests/families/reference/residual_correlations.json", digits = 8, auto_unbox = TRUE)

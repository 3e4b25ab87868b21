# Writes parameters.json: emmeans of the components of a glmmTMB model, with the coefficients that they are made of.
#     Rscript parameters.R        (R 4.2.2, glmmTMB 1.1.5, emmeans 1.8.4, jsonlite; in this folder)
suppressMessages({library(emmeans); library(glmmTMB); library(jsonlite)})
set.seed(11)
n <- 800
d <- data.frame(f = factor(sample(c("p", "q", "r"), n, TRUE, c(.5, .3, .2))), h = factor(sample(c("u", "v"), n, TRUE)),
                x = round(rnorm(n, 1), 2))
eta <- 1.8 + 0.4 * (d$f == "q") - 0.2 * d$x
size <- exp(0.5 + 0.7 * (d$h == "v") - 0.3 * (d$f == "q"))
zero <- plogis(-1 + 0.9 * (d$f == "q") + 0.5 * d$x)
d$y <- rnbinom(n, mu = exp(eta), size = size) * rbinom(n, 1, 1 - zero)
m <- glmmTMB(y ~ f + x, ziformula = ~ f * x + h, dispformula = ~ f * h, family = nbinom2, data = d)
take <- function(e) {
  s <- suppressMessages(as.data.frame(summary(e, infer = c(FALSE, FALSE))))
  column <- intersect(c("emmean", "estimate", "response", "ratio", "odds.ratio", grep("\\.trend$", names(s), value = TRUE)),
                      names(s))[1]
  s[[column]]
}
zi <- function(...) suppressMessages(suppressWarnings(emmeans(m, ..., component = "zi")))
disp <- function(...) suppressMessages(suppressWarnings(emmeans(m, ..., component = "disp")))
tables <- list(
  zi_link = take(zi(~ f)), zi_response = take(zi(~ f, type = "response")), zi_by = take(zi(~ f | h, type = "response")),
  zi_at = take(zi(~ f, at = list(x = c(0, 2)))), zi_proportional = take(zi(~ f, weights = "proportional")),
  zi_odds = take(pairs(zi(~ f), type = "response")), zi_differences = take(pairs(regrid(zi(~ f)))),
  zi_averaged = take(zi(~ f, regrid = "response")),
  zi_trend = take(suppressMessages(suppressWarnings(emtrends(m, ~ f, var = "x", component = "zi")))),
  disp_link = take(disp(~ h)), disp_response = take(disp(~ f * h, type = "response")),
  disp_ratios = take(pairs(disp(~ h | f), type = "response")), disp_cells = take(disp(~ h, weights = "cells")),
  disp_interaction = take(contrast(disp(~ f * h), interaction = "pairwise")))
write_json(list(data = lapply(d, function(c) if (is.factor(c)) as.character(c) else c),
                coef = lapply(fixef(m)[c("cond", "zi", "disp")], unname), names = names(fixef(m)$zi), tables = tables),
           "parameters.json", digits = 12, auto_unbox = TRUE)

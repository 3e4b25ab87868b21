# Writes extended.json.gz: what emmeans says beyond emmeans.json, on the same data sets.
#     Rscript extend.R        (R 4.2.2, emmeans 1.8.4, jsonlite; in this folder)
# emmeans.json.gz is the project's own reference, made with the same versions.
suppressMessages({library(emmeans); library(jsonlite)})
known <- fromJSON("levels.json", simplifyVector = TRUE)
read <- function(name) {
  d <- read.csv(paste0(name, ".csv"), stringsAsFactors = FALSE)
  for (v in names(known[[name]]))
    d[[v]] <- factor(as.character(d[[v]]), known[[name]][[v]]$levels, ordered = known[[name]][[v]]$ordered)
  d
}
take <- function(e, ...) {
  s <- as.data.frame(summary(e, infer = c(FALSE, FALSE), ...))
  column <- intersect(c("emmean", "estimate", "prob", "rate", "response", "ratio", "odds.ratio",
                        grep("\\.trend$", names(s), value = TRUE)), names(s))[1]
  s[[column]]
}
coefs <- function(m) unname(coef(m)[!is.na(coef(m))])
out <- list()
add <- function(name, m, ...) out[[name]] <<- list(coef = coefs(m), tables = list(...))

pigs <- read("pigs")
m <- lm(log(conc) ~ source + factor(percent), pigs)
add("pigs", m, source = take(emmeans(m, ~source)), percent = take(emmeans(m, ~percent)),
    poly = take(contrast(emmeans(m, ~percent), "poly")),
    mean_chg = take(contrast(emmeans(m, ~percent), "mean_chg")),
    del_eff = take(contrast(emmeans(m, ~percent), "del.eff")),
    ctrlk = take(contrast(emmeans(m, ~percent), "trt.vs.ctrlk")),
    proportional = take(emmeans(m, ~source, weights = "proportional")),
    outer = take(emmeans(m, ~source, weights = "outer")),
    cells = take(emmeans(m, ~source, weights = "cells")))
m <- lm(conc ~ source * log(percent), pigs)
add("pigs_log", m, source = take(emmeans(m, ~source)),
    at = take(emmeans(m, ~source | percent, at = list(percent = c(10, 15)))),
    averaged = take(emmeans(m, ~source, at = list(percent = c(10, 15, 18)))),
    slopes_at = take(emtrends(m, ~source | percent, var = "percent", delta.var = 1e-3,
                              at = list(percent = c(10, 15)))))

# empty cells: B x C has combinations that no row has
ubds <- read("ubds")
empty <- subset(ubds, !(B == "1" & C == "3") & !(B == "3" & C == "2"))
m <- lm(y ~ A + B * C, empty)
add("ubds_empty", m, cells = take(emmeans(m, ~ B * C)), B = take(emmeans(m, ~B)),
    C = take(emmeans(m, ~C)), A = take(emmeans(m, ~A)),
    A_pairs = take(pairs(emmeans(m, ~A))),
    pairs_by_C = take(pairs(emmeans(m, ~ B | C))),
    A_cells = take(emmeans(m, ~A, weights = "cells")),
    A_by_B_cells = take(emmeans(m, ~ A | B, weights = "cells")))
m <- lm(y ~ A * x + B + C, ubds)
add("ubds_unbalanced", m, A = take(emmeans(m, ~A)),
    proportional = take(emmeans(m, ~A, weights = "proportional")),
    outer = take(emmeans(m, ~A, weights = "outer")),
    cells = take(emmeans(m, ~A, weights = "cells")),
    AB_cells = take(emmeans(m, ~ A * B, weights = "cells")),
    AB_proportional = take(emmeans(m, ~ A * B, weights = "proportional")),
    trend = take(emtrends(m, ~A, var = "x")))

neuralgia <- read("neuralgia")
m <- glm(Pain ~ Treatment * Sex + Age, binomial, neuralgia)
add("neuralgia", m, link = take(emmeans(m, ~Treatment)),
    response = take(emmeans(m, ~Treatment), type = "response"),
    averaged_responses = take(emmeans(regrid(ref_grid(m)), ~Treatment)),
    averaged_by_sex = take(emmeans(regrid(ref_grid(m)), ~ Treatment | Sex)),
    proportional = take(emmeans(m, ~Treatment, weights = "proportional"), type = "response"),
    odds = take(pairs(emmeans(m, ~ Treatment | Sex)), type = "response"),
    differences = take(pairs(regrid(emmeans(m, ~Treatment)))),
    ratios_of_odds = take(contrast(emmeans(m, ~ Treatment * Sex), interaction = "consec"),
                          type = "response"),
    slope = take(emtrends(m, ~Sex, var = "Age")))
m <- glm(Pain ~ Treatment + Sex, binomial(link = "probit"), neuralgia)
add("neuralgia_probit", m, response = take(emmeans(m, ~Treatment), type = "response"),
    differences = take(pairs(regrid(emmeans(m, ~Treatment)))))

# an offset stands at its own mean, the mean of the logarithms
oranges <- read("oranges")
m <- lm(sales1 ~ price1 + price2 + day + store + offset(log(price1)), oranges)
add("oranges_offset", m, day = take(emmeans(m, ~day)),
    response = take(emmeans(m, ~day)))
mt <- read("mtcars")
m <- glm(round(mpg) ~ factor(cyl) + wt + I(wt^2), poisson, mt)
add("mtcars_poisson", m, response = take(emmeans(m, ~cyl), type = "response"),
    ratio = take(pairs(emmeans(m, ~cyl), reverse = TRUE), type = "response"),
    differences = take(pairs(regrid(emmeans(m, ~cyl)))),
    slope_response = take(emtrends(m, ~cyl, var = "wt", regrid = "response", delta.var = 1e-5)))
# a number of two values is shown, and averaged over, at both (cov.keep = "2")
m <- lm(mpg ~ am * wt + factor(cyl), mt)
add("mtcars_two_values", m, cyl = take(emmeans(m, ~cyl)), am = take(emmeans(m, ~am)),
    at_mean = take(emmeans(m, ~cyl, cov.keep = 1)),
    proportional = take(emmeans(m, ~cyl, weights = "proportional")),
    trend = take(emtrends(m, ~am, var = "wt")), trend_averaged = take(emtrends(m, ~1, var = "wt")))
fiber <- read("fiber")
m <- lm(strength ~ machine * diameter, fiber)
add("fiber", m, machine = take(emmeans(m, ~machine)),
    quartiles = take(emmeans(m, ~ machine | diameter,
                             at = list(diameter = unname(quantile(fiber$diameter, c(.25, .5, .75)))))),
    trend_pairs = take(pairs(emtrends(m, ~machine, var = "diameter"))))

con <- gzfile("extended.json.gz", "w")
writeLines(toJSON(out, digits = 14, na = "null", auto_unbox = FALSE), con)
close(con)

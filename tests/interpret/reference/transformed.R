# Writes transformed.json.gz: what emmeans makes of means of transformed responses.
#     Rscript transformed.R        (R 4.2.2, emmeans 1.8.4, jsonlite; in this folder)
suppressMessages({library(emmeans); library(jsonlite)})
pigs <- read.csv("pigs.csv", stringsAsFactors = FALSE)
pigs$source <- factor(pigs$source, c("fish", "soy", "skim"))
pigs$share <- pigs$conc / 100
out <- list()
values <- function(e, name) { s <- as.data.frame(summary(e, type = "response")); s[[name]] }
add <- function(response) {
  formula <- as.formula(paste(response, "~ source + factor(percent)"), globalenv())
  m <- do.call("lm", list(formula, quote(pigs)), envir = globalenv())
  e <- emmeans(m, ~source)
  pairs <- as.data.frame(pairs(e, type = "response"))
  out[[response]] <<- list(
    coef = unname(coef(m)), sigma = sigma(m), link = as.data.frame(e)$emmean,
    response = values(e, "response"), differences = as.data.frame(pairs(regrid(e)))$estimate,
    ratios = if ("ratio" %in% names(pairs)) pairs$ratio else NULL)
}
for (r in c("log(conc)", "log10(conc)", "log2(conc)", "log1p(conc)", "sqrt(conc)", "log(conc + 1)",
            "log(conc + 5)", "scale(conc)", "2 * sqrt(conc)", "asin(sqrt(share))",
            "asinh(sqrt(conc))", "log(conc/10)")) add(r)
# emmeans takes these back when it is told how: make.tran
add_told <- function(response, tran) {
  m <- with(tran, lm(linkfun(conc) ~ source + factor(percent), pigs))
  e <- emmeans(m, ~source)
  e <- update(e, tran = tran)
  out[[response]] <<- list(coef = unname(coef(m)), sigma = sigma(m), link = predict(e, type = "link"),
    response = predict(e, type = "response"), differences = as.data.frame(pairs(regrid(e)))$estimate)
}
add_told("I(conc^2)", make.tran("power", 2))
add_told("1/conc", make.tran("power", -1))
add_told("BoxCox(conc, 0.25)", make.tran("boxcox", 0.25))
write_json(out, gzfile("transformed.json.gz"), digits = 12, auto_unbox = FALSE, pretty = TRUE)

# Writes simple.json.gz: by emmeans, means with weights = "flat", simple contrasts, and the factors
# of simultaneous intervals (adjust = "mvt").
#     Rscript simple.R        (R 4.2.2, emmeans 1.8.4, mvtnorm, jsonlite; in this folder)
suppressMessages({library(emmeans); library(jsonlite)})
set.seed(11)
emm_options(msg.nesting = FALSE, msg.interaction = FALSE)

ubds <- read.csv("ubds.csv", stringsAsFactors = FALSE)
for (name in c("A", "B", "C")) ubds[[name]] <- factor(ubds[[name]])
gaps <- droplevels(subset(ubds, !((B == "1" & C == "3") | (B == "3" & C == "2"))))

out <- list()
estimates <- function(e) {
  s <- as.data.frame(summary(e, infer = c(FALSE, FALSE)))
  s[[intersect(c("emmean", "estimate"), names(s))[1]]]
}
add <- function(name, model, rows, ...) {
  assign("data", rows, globalenv())  # emmeans looks for the data by its name
  m <- do.call("lm", list(model, data = quote(data)))
  b <- coef(m)
  out[[name]] <<- list(formula = deparse1(model), data = lapply(as.list(rows), as.vector),
                       coef = as.list(b[!is.na(b)]), tables = lapply(list(...), function(ask) ask(m)))
}
flat <- function(specs) function(m) estimates(emmeans(m, specs, weights = "flat"))
# every factor's contrasts within each level of the others, a factor at a time
simple <- function(specs, method = "pairwise") function(m) {
  e <- emmeans(m, specs)
  factors <- names(e@levels)
  made <- lapply(factors, function(f) {
    s <- as.data.frame(summary(contrast(e, method, simple = f), infer = c(FALSE, FALSE)))
    list(contrast = as.character(s$contrast), estimate = s$estimate,
         within = do.call(paste, lapply(s[setdiff(factors, f)], as.character)))
  })
  setNames(made, factors)
}

add("additive", y ~ A + B + C, ubds, flat_A = flat(~A), flat_AB = flat(~ A * B),
    flat_all = flat(~1))
add("gaps", y ~ A + B + C, gaps, flat_B = flat(~B), flat_C = flat(~C), flat_A = flat(~A),
    flat_all = flat(~1))
add("crossed", y ~ A * B * C, ubds, flat_B = flat(~B), simple = simple(~ A * B * C),
    two = simple(~ A * B, "consec"))

d <- expand.grid(f = c("a", "b", "c"), h = c("h1", "h2", "h3"))
d <- subset(d, !(f == "c" & h == "h3"))
d <- d[rep(seq_len(nrow(d)), c(1, 4, 2, 3, 1, 2, 5, 2)), ]
d$y <- round(5 + rnorm(nrow(d)) + as.integer(d$f), 2)
add("nested", y ~ f / h, d, flat_f = flat(~f), flat_all = flat(~1))
g <- expand.grid(f = c("a", "b", "c"), h = c("h1", "h2", "h3"), g = c("g1", "g2"))
g <- subset(g, !(f == "c" & h == "h3") & !(f == "a" & g == "g2"))
g <- g[rep(seq_len(nrow(g)), rep_len(c(1, 4, 2, 3, 1, 2, 5, 2), nrow(g))), ]
g$y <- round(5 + rnorm(nrow(g)) + as.integer(g$f) + as.integer(g$g), 2)
add("nested_and_crossed", y ~ f / h + g, g, flat_f = flat(~f), flat_g = flat(~g), flat_all = flat(~1))

# how many standard errors wide intervals of all pairs together are, by the joint distribution
factors <- lapply(c(pigs = "source", percent = "percent"), function(by) {
  m <- lm(log(conc) ~ source + factor(percent), data = pigs)
  e <- pairs(emmeans(m, by))
  set.seed(1)
  ci <- confint(e, adjust = "mvt", level = 0.89, abseps = 1e-5, maxpts = 1e6)
  s <- as.data.frame(ci)
  list(correlation = unname(cov2cor(vcov(e))), df = m$df.residual,
       factor = mean((s$upper.CL - s$lower.CL) / 2 / s$SE))
})
out$mvt <- factors
connection <- gzfile("simple.json.gz", "wb")
writeLines(toJSON(out, auto_unbox = TRUE, digits = 12, na = "null"), connection)
close(connection)

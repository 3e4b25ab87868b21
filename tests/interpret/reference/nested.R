# Writes nested.json.gz: means of nested factors by emmeans, with data and coefficients.
#     Rscript nested.R        (R 4.2.2, emmeans 1.8.4, jsonlite; in this folder)
suppressMessages({library(emmeans); library(jsonlite)})
set.seed(7)
emm_options(msg.nesting = FALSE, msg.interaction = FALSE)

# a row of the grid that emmeans shows: the factors' levels, joined by a space, and the estimate
take <- function(e, ...) {
  s <- as.data.frame(summary(e, infer = c(FALSE, FALSE), ...))
  column <- intersect(c("emmean", "estimate", "rate", "response", "ratio", "x.trend"), names(s))[1]
  factors <- s[seq_len(match(column, names(s)) - 1)]
  label <- if (length(factors)) do.call(paste, lapply(factors, as.character)) else "overall"
  list(label = I(label), estimate = I(s[[column]]))
}
out <- list()
add <- function(name, model, rows, ..., family = "gaussian") {
  assign("data", rows, globalenv())  # emmeans looks for the data by its name
  m <- do.call("glm", list(model, data = quote(data), family = family))
  b <- coef(m)
  tables <- lapply(list(...), function(ask) ask(m))
  out[[name]] <<- list(formula = deparse1(model), family = family, data = as.list(rows),
                       coef = as.list(b[!is.na(b)]), tables = tables)
}
rows <- function(..., keep = TRUE, times = 3) {
  d <- expand.grid(..., stringsAsFactors = FALSE)
  d <- d[rep_len(eval(substitute(keep), d), nrow(d)), , drop = FALSE]
  d <- d[rep(seq_len(nrow(d)), sample(times, nrow(d), TRUE) + 1), , drop = FALSE]
  rownames(d) <- NULL
  d$x <- round(rnorm(nrow(d), 3), 2)
  d$y <- round(5 + rnorm(nrow(d)) + match(d$f, unique(d$f)), 2)
  d$n <- rpois(nrow(d), 4)
  d
}
f <- c("a", "b", "c"); h <- c("1", "2", "3"); h <- paste0("h", h)

one <- rows(f = f, h = h, keep = !(f == "c" & h == "h3"))
add("empty", y ~ f / h, one,
    f = function(m) take(emmeans(m, ~f)), h = function(m) take(emmeans(m, ~h)),
    both = function(m) take(emmeans(m, ~ f * h)), h_by_f = function(m) take(emmeans(m, ~ h | f)),
    all = function(m) take(emmeans(m, ~1)),
    f_pairs = function(m) take(pairs(emmeans(m, ~f))),
    h_pairs = function(m) take(pairs(emmeans(m, ~h))),
    f_proportional = function(m) take(emmeans(m, ~f, weights = "proportional")),
    f_outer = function(m) take(emmeans(m, ~f, weights = "outer")),
    f_cells = function(m) take(emmeans(m, ~f, weights = "cells")),
    f_at = function(m) take(emmeans(m, ~f, at = list(h = c("h2", "h3")))))
add("empty_with_x", y ~ f / h + x, one, f = function(m) take(emmeans(m, ~f)),
    all = function(m) take(emmeans(m, ~1)), f_at = function(m) take(emmeans(m, ~f, at = list(x = 5))))
add("slopes_differ", y ~ f / h + f:x, one,
    f = function(m) take(emmeans(m, ~f)),
    trends = function(m) take(emtrends(m, ~f, var = "x", data = data)))
add("counts", n ~ f / h, one, family = "poisson",
    f = function(m) take(emmeans(m, ~f), type = "response"),
    h = function(m) take(emmeans(m, ~h), type = "response"),
    regrid = function(m) take(emmeans(m, ~f, regrid = "response")))

full <- rows(f = f, h = h)
add("full", y ~ f / h, full, f = function(m) take(emmeans(m, ~f)),
    h = function(m) take(emmeans(m, ~h)), all = function(m) take(emmeans(m, ~1)))

own <- transform(rows(f = f, h = paste0("h", 1:7),
  keep = (f == "a" & h %in% c("h1", "h2")) | (f == "b" & h %in% c("h3", "h4", "h5")) |
    (f == "c" & h %in% c("h6", "h7"))))
for (name in c("sum", "slash", "h_first"))
  add(paste0("own_", name), list(sum = y ~ f + h, slash = y ~ f / h, h_first = y ~ h + f)[[name]], own,
      f = function(m) take(emmeans(m, ~f)), h = function(m) take(emmeans(m, ~h)),
      all = function(m) take(emmeans(m, ~1)),
      f_proportional = function(m) take(emmeans(m, ~f, weights = "proportional")))

three <- rows(f = f, h = h, k = c("k1", "k2", "k3"),
              keep = !(f == "c" & h == "h3") & !(f == "a" & h == "h1" & k == "k3"))
add("three", y ~ f / h / k, three, f = function(m) take(emmeans(m, ~f)),
    h = function(m) take(emmeans(m, ~h)), k = function(m) take(emmeans(m, ~k)))

crossed <- rows(f = f, h = h, g = c("g1", "g2"), keep = !(f == "c" & h == "h3"))
add("additive", y ~ f / h + g, crossed, f = function(m) take(emmeans(m, ~f)),
    g = function(m) take(emmeans(m, ~g)), h = function(m) take(emmeans(m, ~h)),
    f_by_g = function(m) take(emmeans(m, ~ f | g)), g_pairs = function(m) take(pairs(emmeans(m, ~g))),
    all = function(m) take(emmeans(m, ~1)))
add("crossed", y ~ f * g + f:h, crossed, f = function(m) take(emmeans(m, ~f)),
    g = function(m) take(emmeans(m, ~g)), f_by_g = function(m) take(emmeans(m, ~ f | g)),
    h = function(m) take(emmeans(m, ~h)))
gone <- subset(crossed, !(f == "a" & h == "h1" & g == "g2"))
add("in_both", y ~ f * g / h, gone, f = function(m) take(emmeans(m, ~f)),
    g = function(m) take(emmeans(m, ~g)), both = function(m) take(emmeans(m, ~ f * g)),
    all = function(m) take(emmeans(m, ~1)))
add("in_sum", y ~ (f + g) / h, gone, f = function(m) take(emmeans(m, ~f)),
    g = function(m) take(emmeans(m, ~g)))

two <- rows(f = f, h = h, k = c("k1", "k2"), keep = !(f == "c" & h == "h3") & !(f == "b" & k == "k2"))
add("two_in_one", y ~ f / (h + k), two, f = function(m) take(emmeans(m, ~f)),
    h = function(m) take(emmeans(m, ~h)), k = function(m) take(emmeans(m, ~k)))

# no nesting: neither factor stands inside the other
add("cells", y ~ f:h, one, f = function(m) take(emmeans(m, ~f)),
    both = function(m) take(emmeans(m, ~ f * h)))
add("interaction", y ~ f * h, one, f = function(m) take(emmeans(m, ~f)),
    both = function(m) take(emmeans(m, ~ f * h)))

coded <- transform(own, t = as.numeric(f == "b"))
add("number", y ~ h + t, coded, h = function(m) take(emmeans(m, ~h)),
    all = function(m) take(emmeans(m, ~1)), t = function(m) take(emmeans(m, ~t)))

writeLines(toJSON(out, digits = 12, na = "string", auto_unbox = TRUE), con <- gzfile("nested.json.gz"))
close(con)

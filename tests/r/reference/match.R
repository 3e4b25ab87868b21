# How R matches arguments to parameters: Rscript match.R > match.json
#
# Each case is a function's parameters and a call of it; the answer names what every parameter
# takes, with "..." for what is left; null where R refuses the call.

library(jsonlite)

parameters <- list(
  lmer = c("formula", "data", "REML", "control", "start", "verbose", "subset", "weights"),
  emmeans = c("object", "specs", "by", "fac.reduce", "contr", "options", "weights", "...", "tran"),
  factor = c("x", "levels", "labels", "exclude", "ordered", "nmax"),
  rest = c("...", "collapse", "sep"),
  middle = c("x", "...", "na.rm"),
  none = character()
)
calls <- c(
  "lmer(f, d)", "lmer(data = d, f)", "lmer(d, formula = f)", "lmer(dat = d, form = f, RE = FALSE)",
  "lmer(f, d, FALSE, s = 1)", "lmer(f, d, sub = a, st = b)", "lmer(f, , FALSE)", "lmer(f, w = 1, d)",
  "lmer(f, d, start = 1, 2, 3)", "lmer()", "lmer(f, d, other = 1)", "lmer(f, f, f, f, f, f, f, f)",
  "lmer(f, f, f, f, f, f, f, f, f)", "lmer(formula = f, formula = g)", "lmer(f = f, form = g)",
  "lmer(\"formula\" = f, `data` = d)",
  "emmeans(fm, ~ a | b)", "emmeans(fm, pairwise ~ a, by = \"b\", type = \"response\")",
  "emmeans(fm, ~ a, at = list(x = 1), tr = 2)", "emmeans(fm, ~ a, tran = 2, w = \"equal\")",
  "emmeans(fm, spec = a, 1, 2, 3, 4, 5, 6, 7)", "emmeans(object = fm, \"a\", contr = \"pairwise\", adjust = \"none\")",
  "factor(x, c(1, 2), c(\"a\", \"b\"))", "factor(x, lab = 1, lev = 2)", "factor(l = 1)", "factor(labels = 1, x, 2)",
  "factor(x, ord = TRUE)", "factor(x, , , NULL)", "factor(1, e = , 2)",
  "rest(a, b, sep = 1)", "rest(a, b, se = 1)", "rest(collapse = 2, 3)", "rest(x = 1, 2)", "rest()",
  "middle(1, 2, 3)", "middle(1, na = 2)", "middle(1, na.rm = TRUE, 2)", "middle(y = 1, 2, x = 3)", "middle(y = 1, 2)",
  "none()", "none(1)"
)

answer <- function(code) {
  call <- str2lang(code)
  name <- as.character(call[[1]])
  taken <- parameters[[name]]
  formals <- as.pairlist(setNames(rep(list(quote(expr = )), length(taken)), taken))
  definition <- eval(call("function", if (length(taken)) formals, NULL))
  matched <- tryCatch(match.call(definition, call, expand.dots = FALSE), error = function(e) NULL)
  if (is.null(matched)) return(list(code = unbox(code), parameters = taken, matched = NULL))
  items <- as.list(matched)[-1]
  rest <- as.list(items[["..."]])
  labels <- if (is.null(names(rest))) rep("", length(rest)) else names(rest)
  plain <- items[setdiff(names(items), "...")]
  plain <- plain[!vapply(plain, identical, TRUE, quote(expr = ))]
  list(
    code = unbox(code),
    parameters = taken,
    matched = lapply(plain, function(value) unbox(deparse(value))),
    rest = paste0(labels, ifelse(nzchar(labels), " = ", ""), vapply(rest, deparse, ""), recycle0 = TRUE)
  )
}

cat(toJSON(lapply(calls, answer), null = "null", auto_unbox = FALSE, pretty = TRUE), "\n")

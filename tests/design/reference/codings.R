# Contrast codings of R, for tests/design/test_coding.py.
#
#   Rscript codings.R        (R 4.2, MASS, jsonlite; writes codings.json beside itself)
#
# Each case: coding, levels, base or scores where given, matrix (levels x columns), labels (what R appends to
# a variable's name), hypothesis (inverse of [1 | matrix]; row 1 is what the intercept estimates).

suppressMessages({library(MASS); library(jsonlite)})

cases <- list()
add <- function(coding, levels, matrix, ...) {
  labels <- colnames(matrix)
  if (is.null(labels)) labels <- as.character(seq_len(ncol(matrix)))
  cases[[length(cases) + 1]] <<- list(
    coding = coding, levels = levels, ..., labels = I(labels),
    matrix = unname(matrix), hypothesis = unname(solve(cbind(1, matrix))))
}

for (m in c(2, 3, 4, 5, 7, 10)) {
  levels <- sprintf("v%02d", seq_len(m))
  add("treatment", levels, contr.treatment(levels))
  for (base in unique(c(1, 2, m))) add("treatment", levels, contr.treatment(levels, base = base), base = base)
  add("SAS", levels, contr.SAS(levels))
  add("sum", levels, contr.sum(levels))
  add("helmert", levels, contr.helmert(levels))
  add("poly", levels, contr.poly(levels))
  add("sdif", levels, contr.sdif(levels))
}
for (m in c(12, 15, 20)) {
  levels <- sprintf("v%02d", seq_len(m))
  add("poly", levels, contr.poly(levels))
}
for (scores in list(c(0, 1), c(1, 2, 4), c(5, 1, 3), c(-1, 0, 10, 11), c(0.1, 0.2, 0.5, 1, 5), 2^(0:5), c(1900, 1950, 1990, 2000))) {
  levels <- sprintf("v%02d", seq_along(scores))
  add("poly", levels, contr.poly(levels, scores = scores), scores = scores)
}

# Hypotheses as rows of weights: the columns are the inverse's, the intercept the grand mean.
hypotheses <- function(levels, rows) {
  m <- length(levels)
  cases[[length(cases) + 1]] <<- list(
    coding = "hypotheses", levels = levels, rows = rows,
    matrix = unname(solve(rbind(rep(1 / m, m), rows))[, -1, drop = FALSE]))
}
hypotheses(c("a", "b"), rbind(c(-1, 1)))
hypotheses(c("a", "b", "c"), rbind(c(-1, 1, 0), c(-.5, -.5, 1)))
hypotheses(c("a", "b", "c", "d"), rbind(c(-1, 1, 0, 0), c(0, 0, -1, 1), c(-.5, -.5, .5, .5)))
hypotheses(c("a", "b", "c", "d"), rbind(c(1, -1, 0, 0), c(1, 0, -1, 0), c(1, 0, 0, -1)))

# Names that R gives when the contrast is made from a number of levels.
numbered <- list(
  list(call = "contr.treatment", args = list(4), kwargs = list(base = 3), labels = colnames(contr.treatment(4, base = 3))),
  list(call = "contr.SAS", args = list(3), labels = colnames(contr.SAS(3))),
  list(call = "contr.sdif", args = list(4), labels = colnames(contr.sdif(4))),
  list(call = "contr.poly", args = list(5), labels = colnames(contr.poly(5))),
  list(call = "contr.sum", args = list(3), labels = c("1", "2")),
  list(call = "contr.helmert", args = list(3), labels = c("1", "2")))

write_json(list(r_version = R.version.string, cases = cases, numbered = numbered), "codings.json", digits = 16, auto_unbox = TRUE, null = "null")
cat(length(cases), "codings\n")

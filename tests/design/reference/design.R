# R's model matrices and lme4's random-effects blocks, for the tests of mixwell's design.
#
#   Rscript design.R         (R 4.2, lme4 1.1-31, MASS, splines, jsonlite)
#
# writes beside itself design_data.csv (the data, one row an observation, missing values as NA) and design.json.gz:
#
#   data      {column: {kind: "numeric" | "integer" | "logical" | "text" | "factor" | "ordered", levels: [...]}}; levels only of
#             factors, in their own order, with levels that do not occur in the data
#   codings   {name: {column: "contr.sum" | {labels: [...], matrix: [[...]]}}}; a case's coding holds for the columns that it reads
#   fixed     [{id, theme, formula, coding, on, terms, columns, matrix, rank, dropped, offset, rows}]
#               on        the columns of the data that R was given (for "."); null: all of them
#               terms     R's term labels
#               columns   R's column names;  matrix: (rows x columns), rounded to 1e-10
#               rank      of the matrix;  dropped: the columns that R's lm() leaves out (coefficient NA)
#               offset    the sum of the offsets, or null
#               rows      the kept rows counted from 1, where rows with missing values were left out; else null
#   response  [{id, formula, on, name, values | matrix, levels, columns}]; values of a factor are positions of levels from 0
#             and of a logical 0 or 1; columns: R's names of the fixed-effect columns
#   random    [{id, formula, columns, blocks: [{factor, effects, levels, index, matrix, zsum}], q, rows}]
#               blocks in lme4's order (most levels first; ties as written); "||" between numeric effects as separate blocks
#               factor    as lme4 writes it: g/rep gives "rep:g" with levels "r1:g3", and g/rep/h gives "h:(rep:g)"
#               matrix    (rows x effects); index: each row's level counted from 0
#               zsum      row sums of the block's Zt: level by level, in each level effect by effect
#               columns   R's names of the fixed-effect columns;  q: number of rows of Zt
#
# Unused levels are dropped, as in lm() and lmer(). Numbers are rounded to 1e-10. A case without "(a || g)" over a factor:
# there lme4 has a full block, mixwell and brms a diagonal one.

suppressMessages({library(lme4); library(jsonlite); library(splines); library(MASS)})
options(digits = 15)
set.seed(20240611)
n <- 54
pick <- function(values, levels = values, ...) factor(sample(rep(values, length.out = n)), levels = levels, ...)
d <- data.frame(
  y = round(rnorm(n, 10, 3), 3), x = round(rnorm(n, 5, 2), 3), z = round(runif(n, 1, 9), 3), t = round(rexp(n) + .5, 3),
  k = sample(rep(1:5, length.out = n)), year = sample(rep(c(1999L, 2004L, 2010L), length.out = n)),
  a = pick(c("a1", "a2", "a3"), c("a3", "a1", "a2")), b = pick(c("lo", "hi")),
  trt = pick(c("placebo", "active", "combo")),
  o = pick(c("low", "mid", "high", "top"), ordered = TRUE), size = pick(c("S", "M", "L"), ordered = TRUE),
  u = pick(c("u2", "u1", "u4"), c("u0", "u2", "u1", "u3", "u4")),
  w = pick(c("new york", "a:b", "d[1]")), flag = sample(rep(c(TRUE, FALSE), length.out = n)),
  on = sample(c(TRUE, FALSE), n, TRUE, c(.7, .3)), txt = sample(rep(c("red", "green", "blue"), length.out = n)),
  g = factor(sprintf("g%d", rep(1:9, each = 6)), levels = sprintf("g%d", c(3, 1, 2, 9, 8, 7, 4, 5, 6))),
  cls = factor(sprintf("c%02d", rep(1:18, each = 3))), rep = factor(rep(rep(c("r1", "r2"), each = 3), 9)),
  h = factor(rep(c("h2", "h1", "h3"), length.out = n), levels = c("h2", "h1", "h3")), gi = rep(c(4L, 10L, 2L, 7L, 1L, 30L), each = 9),
  s = rbinom(n, 12, .4), ntr = 12L, stringsAsFactors = FALSE)
d$f <- d$ntr - d$s
d$z.1 <- round(d$z + rnorm(n), 3)
d$`odd name` <- round(rnorm(n), 3)
d$dup <- round(2 * d$x - 1, 3)                                 # a linear function of x
d$same <- factor(c(a1 = "p1", a2 = "p2", a3 = "p3")[as.character(d$a)], levels = c("p1", "p2", "p3"))   # a under other names
d$xm <- d$x; d$xm[c(3, 17, 40)] <- NA
d$am <- d$a; d$am[c(5, 17)] <- NA
write.csv(d, "design_data.csv", row.names = FALSE)
columns <- lapply(d, function(v) {
  kind <- if (is.ordered(v)) "ordered" else if (is.factor(v)) "factor" else if (is.logical(v)) "logical" else if (is.character(v)) "text" else if (is.integer(v)) "integer" else "numeric"
  if (is.factor(v)) list(kind = kind, levels = I(levels(v))) else list(kind = kind)
})

own <- matrix(c(-1, .5, .5, 0, -.5, .5), 3, dimnames = list(NULL, c("rest", "last")))
three <- function(contrast) list(a = contrast, b = contrast, trt = contrast)
codings <- list(
  treatment = list(), sum = three("contr.sum"), helmert = three("contr.helmert"), sdif = three("contr.sdif"), poly = three("contr.poly"),
  mixed = list(a = "contr.sum", b = "contr.helmert", trt = "contr.sdif", o = "contr.treatment", size = "contr.helmert"),
  custom = list(a = own, b = "contr.sum"), others = list(u = "contr.helmert", txt = "contr.sum", flag = "contr.sum", size = "contr.sum", w = "contr.sdif"))
codings_out <- lapply(codings, function(one) lapply(one, function(v) if (is.matrix(v)) list(labels = colnames(v), matrix = unname(v)) else v))
codings_out$treatment <- setNames(list(), character())

fixed <- list(); failed <- character()
round10 <- function(v) { v <- round(v, 10); v[v == 0] <- 0; v }
add <- function(theme, formula, coding = "treatment", on = NULL) {
  data <- if (is.null(on)) d else d[, on]
  fo <- as.formula(formula); used <- codings[[coding]]
  made <- tryCatch({
    mf <- model.frame(fo, data, drop.unused.levels = TRUE)
    used <- used[names(used) %in% names(mf)]
    if (coding != "treatment" && !length(used)) return(invisible())
    X <- model.matrix(terms(mf), mf, contrasts.arg = if (length(used)) used else NULL)
    decomposed <- qr(X, tol = 1e-7); off <- model.offset(mf)
    dropped <- if (decomposed$rank < ncol(X)) colnames(X)[sort(decomposed$pivot[(decomposed$rank + 1):ncol(X)])] else character()
    kept <- as.integer(rownames(mf))
    values <- matrix(round10(as.vector(X)), nrow(X))
    list(id = sprintf("F%03d", length(fixed) + 1), theme = theme, formula = formula, coding = coding, on = if (is.null(on)) NULL else I(on),
         terms = I(attr(terms(mf), "term.labels")), columns = I(as.character(colnames(X))), matrix = values, rank = decomposed$rank,
         dropped = I(dropped), offset = if (is.null(off)) NULL else round10(off), rows = if (length(kept) < n) kept else NULL)
  }, error = function(e) { failed <<- c(failed, paste(formula, coding, conditionMessage(e))); NULL })
  if (!is.null(made)) fixed[[length(fixed) + 1]] <<- made
}
each <- function(theme, formulas, codings = "treatment", ...) for (f in formulas) for (cn in codings) add(theme, f, cn, ...)
every <- names(codings)[names(codings) != "others"]

# The same structures under every coding.
each("coding", c("y ~ a", "y ~ 0 + a", "y ~ a + b", "y ~ a * b", "y ~ a:b", "y ~ 0 + a:b", "y ~ a/b", "y ~ b/a", "y ~ a * x", "y ~ a:x",
  "y ~ a + a:x", "y ~ b + a:b", "y ~ a:b + trt", "y ~ 0 + a + b:trt", "y ~ trt/(a + b)", "y ~ (a + b + trt)^2 - a:b"), every)
each("coding", c("y ~ a * o", "y ~ o:b", "y ~ size * trt", "y ~ 0 + size:o", "y ~ a:size + x"), c("treatment", "mixed", "sum"))
each("coding", c("y ~ u", "y ~ 0 + u", "y ~ u * b", "y ~ u:x", "y ~ txt * x", "y ~ txt:u", "y ~ flag + size", "y ~ w", "y ~ w:txt", "y ~ size/u"), c("treatment", "others"))

each("operators", c("y ~ 1", "y ~ 0", "y ~ -1", "y ~ x - 1", "y ~ 0 + x + z", "y ~ -1 + a + x", "y ~ a - 1 + b", "y ~ a + 0 + 1", "y ~ 1 + 0 + a", "y ~ a + b - a",
  "y ~ a + b - 1 + 1", "y ~ x + x + z", "y ~ (x)", "y ~ ((a + b)) + (x)", "y ~ a + (b - 1)", "y ~ a - (b - 1)", "y ~ x^2", "y ~ (a + b)^2", "y ~ (a + b)^3", "y ~ (a + b + x)^2", "y ~ (a + b + x)^3",
  "y ~ (a + b + trt + x)^2", "y ~ (x + z)^2", "y ~ (a*b)^2", "y ~ (a + b + trt)^2 - a:b - b:trt", "y ~ (a + b)^2:x", "y ~ a*b*trt - a:b:trt",
  "y ~ a*b*trt - a", "y ~ a*b - a", "y ~ a*b - b", "y ~ a*b - a - b", "y ~ a*x - x", "y ~ a*x - a", "y ~ a*(b + x)", "y ~ (a + b)*(x + z)", "y ~ (a + b):(x + z)", "y ~ (a + x):b",
  "y ~ (a + b + x)^2 - 1", "y ~ (x + a)^2 - x", "y ~ a*b + a*x", "y ~ a*b*x*z", "y ~ x*z*k", "y ~ x:z:k", "y ~ x:x", "y ~ a:a", "y ~ a*a", "y ~ a:b:a", "y ~ b:a", "y ~ b:a + a:b",
  "y ~ x + a + x:a + z", "y ~ z + b:x + a", "y ~ a:b + a", "y ~ x:a + x + a", "y ~ a + b + a:b:trt", "y ~ + a + + x", "y ~ (a + b) - (a + x) + z"))

each("nesting", c("y ~ a/b/trt", "y ~ a/(b + x)", "y ~ a/(b*x)", "y ~ (a + b)/trt", "y ~ (a + b)/x", "y ~ (a + b)/(x + z)", "y ~ (a*b)/x", "y ~ x/a", "y ~ x/z", "y ~ x/a/b", "y ~ 0 + a/x", "y ~ 0 + a/b",
  "y ~ a/x - 1", "y ~ a/b - a", "y ~ 0 + a/b/trt", "y ~ a/b + trt", "y ~ trt + a/b", "y ~ a/b + x/b", "y ~ x/(a + b)", "y ~ b/(a + trt)^2", "y ~ a/(x + z)^2", "y ~ 0 + (a + b)/x", "y ~ flag/x", "y ~ flag/a", "y ~ o/b", "y ~ o/x", "y ~ a/o", "y ~ txt/size",
  "y ~ b %in% a", "y ~ a + b %in% a", "y ~ a + x %in% a", "y ~ x %in% a", "y ~ a + b + trt %in% a", "y ~ b %in% a + x", "y ~ a %in% b %in% trt", "y ~ a + trt + b %in% (a + trt)"))

each("margins", c("y ~ a:trt", "y ~ a:b:trt", "y ~ 0 + a:b:trt", "y ~ a + b:trt", "y ~ a:b + b:trt", "y ~ a:b + a:trt + b:trt", "y ~ 0 + a:b + trt", "y ~ 0 + a + a:b", "y ~ 0 + a*b", "y ~ 0 + b*a", "y ~ 0 + b + a", "y ~ 0 + a*b*trt",
  "y ~ 0 + (a + b)*trt", "y ~ 0 + (a + b + trt)^2", "y ~ 0 + a:x", "y ~ 0 + a:x + b:x", "y ~ a:x + b:x", "y ~ 0 + x:a + a", "y ~ 0 + x + a", "y ~ 0 + x + a + b", "y ~ x + a:x", "y ~ x:a + b", "y ~ a:b:x", "y ~ 0 + a:b:x", "y ~ x + a:b:x", "y ~ a + a:b:x",
  "y ~ a:b + a:b:x", "y ~ 0 + a:b + a:b:x", "y ~ b + a:x:z", "y ~ a:x + a:z", "y ~ x:z + a:x:z", "y ~ 0 + a + b:x", "y ~ a:b + trt:x", "y ~ trt:(a + b)", "y ~ a:trt + b - 1", "y ~ 0 + trt:a + b:a", "y ~ x*a:b", "y ~ a:b*trt"))

each("ordered", c("y ~ o", "y ~ 0 + o", "y ~ size", "y ~ o + size", "y ~ 0 + o + size", "y ~ o*x", "y ~ o:x", "y ~ 0 + o:x", "y ~ o*b", "y ~ o:b", "y ~ 0 + o:b", "y ~ a*size", "y ~ size*a", "y ~ a + size:a", "y ~ size:o", "y ~ size*o",
  "y ~ x + o:x", "y ~ o + a:o", "y ~ (a + size + x)^2", "y ~ (size + o)^2 - 1", "y ~ flag*size", "y ~ size:flag", "y ~ txt + size:txt", "y ~ size*a*b"))

each("logical and text", c("y ~ flag", "y ~ 0 + flag", "y ~ flag + on", "y ~ flag*on", "y ~ flag:on", "y ~ 0 + flag:on", "y ~ flag*x", "y ~ flag:x", "y ~ 0 + flag:x", "y ~ x + flag:x", "y ~ flag*a", "y ~ a:flag", "y ~ a + flag:a", "y ~ on*txt",
  "y ~ txt", "y ~ 0 + txt", "y ~ txt*x", "y ~ txt:x", "y ~ txt*a", "y ~ txt:a", "y ~ txt + a:txt", "y ~ 0 + txt + flag", "y ~ txt + w + x:w", "y ~ w*b", "y ~ z.1", "y ~ z.1*a", "y ~ `odd name`", "y ~ `odd name`*b", "y ~ a + `odd name`:x", "y ~ k", "y ~ k*a", "y ~ year + k:b"))

each("unused levels", c("y ~ u", "y ~ u*a", "y ~ u:a", "y ~ 0 + u:b", "y ~ u/x", "y ~ x + u:x", "y ~ factor(u)", "y ~ relevel(u, ref = \"u4\")", "y ~ interaction(u, b)", "y ~ interaction(a, b, trt)", "y ~ cut(x, c(-20, -10, 4, 6, 30))"))

each("rank", c("y ~ x + dup", "y ~ dup + x + z", "y ~ a + same", "y ~ same + a", "y ~ a*same", "y ~ 0 + a + same", "y ~ a:same", "y ~ a + interaction(a, b)", "y ~ g + cls", "y ~ cls + g", "y ~ g/cls", "y ~ x + I(2*x)", "y ~ x*a + dup",
  "y ~ poly(x, 2) + x", "y ~ I(x - x)", "y ~ a + I(a == \"a1\")", "y ~ flag + I(!flag)", "y ~ s + f + x", "y ~ ntr + x", "y ~ o*size*a", "y ~ a*b*trt*flag", "y ~ bs(x, df = 4, intercept = TRUE)", "y ~ factor(k) + k"))

each("calls", c("y ~ I(x^2)", "y ~ x + I(x^2) + I(x^3)", "y ~ I(x^2):a", "y ~ a*I(x^2)", "y ~ I(x*z)", "y ~ I((x - 5)^2)", "y ~ I(x/10)", "y ~ I(x + z)", "y ~ I(-x)", "y ~ I(x > 5)", "y ~ I(x > 5):z", "y ~ 0 + I(x > 5)", "y ~ I(x > 5)*a", "y ~ I(a == \"a1\")", "y ~ I(x > 5 & z < 4)",
  "y ~ I(x > 6 | flag)", "y ~ I(!flag)", "y ~ I(x %% 2)", "y ~ I(x %/% 2)", "y ~ I(1/t)", "y ~ I(as.numeric(flag))", "y ~ log(z)", "y ~ log(z, 2)", "y ~ log(z, base = 10)", "y ~ log2(z) + log10(t)", "y ~ log1p(t)", "y ~ log(z)*a", "y ~ 0 + a:log(z)", "y ~ exp(-x)", "y ~ exp(x/10):b", "y ~ expm1(x/10)", "y ~ sqrt(t)", "y ~ sqrt(z + t)", "y ~ abs(x - 5)",
  "y ~ log(x^2 + 1)", "y ~ sin(x) + cos(x)", "y ~ round(x)", "y ~ round(x, 1)", "y ~ floor(x) + ceiling(z)", "y ~ pmin(x, 5)", "y ~ pmax(x, z)", "y ~ pmin(pmax(x, 3), 6)*a", "y ~ pmax(0, x - 5)", "y ~ x + pmax(x - 5, 0):b", "y ~ ifelse(x > 5, 1, 0)", "y ~ ifelse(flag, x, z)",
  "y ~ ifelse(a == \"a1\", 1, -1):x", "y ~ offset(x)", "y ~ a + offset(log(t))", "y ~ offset(x) + offset(z) + b", "y ~ 0 + a + offset(2*x)", "y ~ a*b + offset(I(x^2))", "y ~ x + offset(z) - 1", "y ~ log(t) + offset(log(t))"))

each("stateful", c("y ~ scale(x)", "y ~ scale(x)*a", "y ~ scale(x):a", "y ~ 0 + a:scale(x)", "y ~ scale(x)*scale(z)", "y ~ scale(x, scale = FALSE)", "y ~ scale(x, center = FALSE)", "y ~ scale(x, TRUE, FALSE)*b", "y ~ scale(x, center = 5, scale = 2)", "y ~ scale(log(z))", "y ~ I(scale(x)^2)", "y ~ scale(k) + a", "y ~ scale(I(x^2))",
  "y ~ poly(x, 1)", "y ~ poly(x, 2)", "y ~ poly(x, degree = 3)", "y ~ poly(x, 4)", "y ~ poly(x, 2, raw = TRUE)", "y ~ poly(x, 3, raw = TRUE)*a", "y ~ poly(x, 2)*b", "y ~ poly(x, 2):a", "y ~ a + poly(x, 2):a", "y ~ a/poly(x, 2)", "y ~ 0 + poly(x, 2)", "y ~ 0 + a:poly(x, 2)", "y ~ poly(x, 2) + poly(z, 2)", "y ~ poly(x, 2):poly(z, 2)", "y ~ poly(x, 2)*z", "y ~ poly(log(z), 2)", "y ~ poly(k, 3)", "y ~ o*poly(x, 2)", "y ~ poly(year, 2)",
  "y ~ bs(x)", "y ~ bs(x, df = 4)", "y ~ bs(x, df = 6)", "y ~ bs(x, 5)", "y ~ bs(x, df = 5, degree = 2)", "y ~ bs(x, degree = 1, knots = 5)", "y ~ bs(x, knots = c(4, 6))", "y ~ bs(x, knots = c(4, 6), Boundary.knots = c(-2, 14))", "y ~ bs(x, df = 4)*a", "y ~ bs(x, df = 4):b", "y ~ 0 + bs(x, df = 5, intercept = TRUE)", "y ~ b + b:bs(x, df = 3)", "y ~ bs(log(z), df = 4)",
  "y ~ ns(x)", "y ~ ns(x, df = 1)", "y ~ ns(x, df = 3)", "y ~ ns(x, 4)", "y ~ ns(x, knots = c(4, 6))", "y ~ ns(x, df = 3)*a", "y ~ ns(x, df = 2):size", "y ~ a/ns(x, df = 2)", "y ~ 0 + ns(x, df = 3, intercept = TRUE)", "y ~ ns(x, df = 3, Boundary.knots = c(0, 10))", "y ~ ns(x, df = 2) + ns(z, df = 3)", "y ~ ns(x, df = 2)*z"))

each("factor calls", c("y ~ factor(k)", "y ~ 0 + factor(k)", "y ~ factor(k)*x", "y ~ factor(k):x", "y ~ factor(gi)", "y ~ factor(gi) + a", "y ~ a:factor(year)", "y ~ as.factor(k)", "y ~ as.factor(txt)*x", "y ~ factor(flag)", "y ~ factor(k > 3)", "y ~ factor(txt, levels = c(\"red\", \"green\", \"blue\"))",
  "y ~ factor(year, levels = c(2010, 1999, 2004))", "y ~ factor(k, levels = 1:5, labels = c(\"A\", \"B\", \"C\", \"D\", \"E\"))", "y ~ factor(o, ordered = FALSE)", "y ~ factor(size, levels = c(\"S\", \"M\", \"L\"), ordered = TRUE)", "y ~ ordered(k)", "y ~ ordered(year)*b", "y ~ ordered(txt, levels = c(\"red\", \"green\", \"blue\"))", "y ~ x:ordered(year)", "y ~ as.ordered(k)",
  "y ~ relevel(a, ref = \"a2\")", "y ~ relevel(a, \"a1\")*b", "y ~ relevel(b, ref = \"hi\"):x", "y ~ relevel(factor(txt), ref = \"red\")", "y ~ 0 + relevel(trt, ref = \"combo\")", "y ~ relevel(a, ref = 2)",
  "y ~ cut(x, c(-5, 4, 6, 15))", "y ~ cut(x, breaks = c(-5, 4, 6, 15), right = FALSE)", "y ~ cut(x, c(-5, 4, 6, 15), labels = c(\"little\", \"some\", \"much\"))", "y ~ cut(x, c(-5, 4, 6, 15))*b", "y ~ a:cut(x, c(-5, 5, 15))", "y ~ 0 + cut(x, c(-5, 5, 15)):z", "y ~ cut(x, 3)", "y ~ cut(z, breaks = 4)", "y ~ cut(k, c(1, 2, 4, 5), include.lowest = TRUE)",
  "y ~ cut(x, c(-5, 4, 6, 15), ordered_result = TRUE)", "y ~ cut(x, c(-5, 4.25, 6.125, 15))", "y ~ cut(x, c(-Inf, 5, Inf))", "y ~ cut(x, c(-5, 4, 6, 15), labels = FALSE)",
  "y ~ interaction(a, b)", "y ~ 0 + interaction(a, b)", "y ~ interaction(a, b)*x", "y ~ interaction(a, b, sep = \"-\")", "y ~ interaction(b, a)", "y ~ interaction(a, trt, lex.order = TRUE)", "y ~ interaction(a, txt)", "y ~ interaction(flag, b)",
  "y ~ C(a, sum)", "y ~ C(a, contr.sum)", "y ~ C(a, \"contr.sum\")*b", "y ~ C(a, helmert)*b", "y ~ C(a, contr.helmert):x", "y ~ C(a, treatment)", "y ~ C(a, contr.treatment(3, base = 2))", "y ~ C(a, contr.treatment, base = 3)", "y ~ C(a, contr.sdif)", "y ~ C(a, poly)", "y ~ C(o, contr.treatment)", "y ~ C(o, sum)*x", "y ~ C(o, helmert):b", "y ~ 0 + C(a, sum)",
  "y ~ 0 + C(a, sum)*C(b, sum)", "y ~ C(a, sum)*C(b, helmert)", "y ~ C(trt, contr.SAS)", "y ~ C(factor(k), sum)", "y ~ C(factor(txt), helmert)", "y ~ C(a, contr.sum(3))", "y ~ C(a, contr.poly(3, scores = c(1, 2, 5)))", "y ~ C(a)", "y ~ C(o)"))

each("dot", c("y ~ .", "y ~ . - 1", "y ~ .^2", "y ~ . - a", "y ~ . - a:b", "y ~ . + I(x^2)", "y ~ a*.", "y ~ .:b", "y ~ . + x:a", "y ~ (. - x)^2", "y ~ 0 + . + a:x"), on = c("y", "x", "a", "b"))
each("dot", c("y ~ .", "y ~ . + o:x", "y ~ .*x"), on = c("x", "o", "y", "flag", "txt"))
each("dot", c("log(t) ~ .", "t ~ .", "log(t) ~ . + z"), on = c("a", "t", "x", "z"))

each("missing", c("y ~ xm", "y ~ xm + am", "y ~ scale(xm)", "y ~ scale(x) + xm", "y ~ xm*a", "y ~ am", "y ~ am*x", "y ~ log(z) + am:x", "y ~ ns(xm, df = 3)", "y ~ bs(x, df = 4) + xm", "y ~ poly(x, 2) + xm", "y ~ factor(gi) + am", "y ~ pmin(xm, 5)", "y ~ a + offset(xm)", "y ~ I(xm > 5)"))

responses <- list()
respond <- function(formula, on = NULL) {
  data <- if (is.null(on)) d else d[, on]
  mf <- model.frame(as.formula(formula), data, drop.unused.levels = TRUE)
  r <- model.response(mf); X <- suppressWarnings(model.matrix(terms(mf), mf))
  values <- if (is.factor(r)) as.integer(r) - 1L else if (is.logical(r)) as.integer(r) else round10(unname(as.matrix(r)))
  shape <- if (is.matrix(r) && ncol(r) > 1) list(matrix = values) else list(values = as.vector(values))
  responses[[length(responses) + 1]] <<- c(list(id = sprintf("R%02d", length(responses) + 1), formula = formula, on = if (is.null(on)) NULL else I(on), name = names(mf)[1]), shape,
    list(levels = if (is.factor(r)) I(levels(r)) else NULL, columns = I(as.character(colnames(X)))))
}
for (f in c("y ~ x", "log(t) ~ x", "sqrt(t) ~ a", "log(y + 1) ~ x", "I(y^2) ~ a", "y - x ~ z", "y/t ~ x", "1/t ~ x", "-y ~ x", "abs(y - 10) ~ x", "scale(y) ~ x", "exp(y/10) ~ x", "pmin(y, 12) ~ x", "round(y) ~ x", "log10(t) ~ log10(z)", "log(y) ~ log(y) + x", "y ~ y + x",
  "cbind(s, f) ~ x", "cbind(s, ntr - s) ~ a", "s/ntr ~ x", "b ~ x", "factor(flag) ~ x", "flag ~ x", "factor(txt) ~ x", "relevel(b, ref = \"hi\") ~ x", "x > 5 ~ z", "I(x > 5) ~ z", "I(a == \"a1\") ~ x", "o ~ x", "u ~ x", "k ~ x")) respond(f)
respond("log(t) ~ .", c("x", "t", "a")); respond("cbind(s, f) ~ .", c("f", "x", "s", "b")); respond("s/ntr ~ . - a", c("a", "s", "ntr", "x"))

random <- list()
gi <- d$gi; g <- d$g; rep <- d$rep     # lme4 looks for the variables of (1 | factor(gi)) outside its model frame
quiet <- lmerControl(check.nobs.vs.nlev = "ignore", check.nobs.vs.rankZ = "ignore", check.nobs.vs.nRE = "ignore", check.nlev.gtr.1 = "ignore", check.rankX = "ignore", check.scaleX = "ignore")
group <- function(formula) {
  fo <- as.formula(formula)
  made <- tryCatch({
    lf <- suppressWarnings(suppressMessages(lFormula(fo, d, control = quiet))); rt <- lf$reTrms
    bars <- findbars(lme4::expandDoubleVerts(fo)[[3]])
    frames <- lapply(bars, function(bar) model.matrix(eval(substitute(~effects, list(effects = bar[[2]]))), lf$fr))
    names <- vapply(bars, function(bar) paste(deparse(bar[[3]]), collapse = ""), "")
    counts <- vapply(names, function(name) nlevels(rt$flist[[name]]), 1L)
    order <- if (any(diff(counts) > 0)) order(counts, decreasing = TRUE) else seq_along(counts)
    stopifnot(identical(unname(names[order]), names(rt$cnms)))
    at <- 0
    blocks <- lapply(seq_along(order), function(j) {
      Z <- frames[[order[j]]]; f <- rt$flist[[names[order[j]]]]
      stopifnot(identical(colnames(Z), rt$cnms[[j]]))
      zsum <- unname(as.vector(t(rowsum(Z, as.integer(f)))))
      stopifnot(all.equal(zsum, unname(Matrix::rowSums(rt$Zt)[at + seq_along(zsum)])))
      at <<- at + length(zsum)
      values <- matrix(round10(as.vector(Z)), nrow(Z))
      list(factor = names[order[j]], effects = I(colnames(Z)), levels = I(levels(f)), index = as.integer(f) - 1L, matrix = values, zsum = I(round10(zsum)))
    })
    stopifnot(at == nrow(rt$Zt))
    list(id = sprintf("Z%02d", length(random) + 1), formula = formula, columns = I(as.character(colnames(lf$X))), blocks = blocks, q = nrow(rt$Zt),
         rows = if (nrow(lf$fr) < n) as.integer(rownames(lf$fr)) else NULL)
  }, error = function(e) { failed <<- c(failed, paste(formula, conditionMessage(e))); NULL })
  if (!is.null(made)) random[[length(random) + 1]] <<- made
}
for (f in c("y ~ x + (1 | g)", "y ~ x + (x | g)", "y ~ x + (1 + x | g)", "y ~ x + (0 + x | g)", "y ~ x + (x - 1 | g)", "y ~ x + (-1 + x | g)", "y ~ x + (x || g)", "y ~ x + (x + z || g)", "y ~ x + (0 + x || g)", "y ~ x + (x*z || g)", "y ~ x + (x | g) + (z || h)",
  "y ~ 1 + (1 | g/cls)", "y ~ 1 + (1 | g:cls)", "y ~ 1 + (1 | cls) + (1 | h)", "y ~ 1 + (1 | g/rep)", "y ~ 1 + (1 | rep:g)", "y ~ x + (x | g/rep)", "y ~ x + (1 | g/rep/h)", "y ~ x + (1 | g:rep:h)", "y ~ x + (1 | g) + (1 | g:h)", "y ~ x + (x | g) + (1 | h) + (1 | cls)", "y ~ x + (1 | h) + (x | g)", "y ~ x + (1 | g) + (0 + x | g)", "y ~ a + (1 | g) + (0 + a | g)",
  "y ~ a + (a | g)", "y ~ a + (0 + a | g)", "y ~ a + (a - 1 | g)", "y ~ a*b + (a*b | g)", "y ~ a*b + (a + b | g)", "y ~ a + (a:b | g)", "y ~ a + (0 + a:b | g)", "y ~ a + (a/b | g)", "y ~ a + (0 + a*b | g)", "y ~ a + (0 + a + b | g)", "y ~ a + (b + a:b | g)", "y ~ a + (a:x | g)", "y ~ a + (0 + a:x | g)", "y ~ a + (x + a:x | g)", "y ~ a + (a*x | g)", "y ~ a + (a/x | g)", "y ~ a + (0 + a/x | g)", "y ~ a + ((a + b + x)^2 | g)", "y ~ a + ((a + x)^2 - a | h)", "y ~ a + (b %in% a | h)",
  "y ~ o + (o | g)", "y ~ o + (0 + o | g)", "y ~ size + (size*x | h)", "y ~ size + (size:b | h)", "y ~ flag + (flag | g)", "y ~ flag + (0 + flag | g)", "y ~ flag + (flag:x | g)", "y ~ txt + (txt | g)", "y ~ txt + (txt*flag | h)", "y ~ u + (u | g)", "y ~ u + (1 | u)", "y ~ x + (x | u:b)", "y ~ 1 + (w | g)",
  "y ~ x + (scale(x) | g)", "y ~ x + (poly(x, 2) | g)", "y ~ x + (0 + poly(x, 2) | g)", "y ~ x + (I(x^2) | g)", "y ~ x + (x + I(x^2) | g)", "y ~ x + (log(z) | g)", "y ~ x + (ns(x, df = 2) | g)", "y ~ x + (bs(x, df = 3) | h)", "y ~ a + (C(a, sum) | g)", "y ~ a + (C(a, helmert)*x | g)", "y ~ a + (relevel(a, ref = \"a2\") | g)", "y ~ x + (factor(year) | g)", "y ~ x + (I(x > 5) | g)", "y ~ x + (pmin(x, 5) | g)",
  "y ~ x + (1 | gi)", "y ~ x + (1 | factor(gi))", "y ~ x + (x | factor(gi))", "y ~ x + (1 | txt)", "y ~ x + (1 | flag)", "y ~ x + (1 | gi:h)", "y ~ x + (1 | txt:g)", "y ~ x + (1 | interaction(g, rep))", "y ~ x | g", "y ~ 1 | g", "y ~ a*b | h", "y ~ (x | g)", "y ~ 0 + (x | g)", "y ~ (1 | g) + x", "y ~ x + (1 | g) - 1", "y ~ a*(x) + (1 | g) + b",
  "y ~ xm + (x | g)", "y ~ x + (xm | g)", "y ~ x + (am | h)", "y ~ x + (1 | am)", "log(t) ~ offset(z) + (1 | g)", "y ~ scale(x)*b + (scale(x) | g) + (1 | h)", "y ~ x + (k + year | h)", "y ~ `odd name` + (`odd name` | g)", "y ~ z.1 + (0 + z.1 + x | g)")) group(f)

out <- gzfile("design.json.gz", "wt", compression = 9)
writeLines(toJSON(list(r_version = R.version.string, lme4_version = as.character(packageVersion("lme4")), data = columns, codings = codings_out, fixed = fixed, response = responses, random = random), digits = 12, auto_unbox = TRUE, null = "null"), out)
close(out)
cat(length(fixed), "fixed,", length(unique(vapply(fixed, `[[`, "", "formula"))), "formulas,", sum(vapply(fixed, function(r) r$rank < length(r$columns), TRUE)), "rank-deficient;", length(responses), "responses;", length(random), "random\n")
if (length(failed)) cat("failed:", failed, sep = "\n  ")

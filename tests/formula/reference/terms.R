# What R makes of formulas: run by hand with  Rscript terms.R  in this folder; writes terms.json.
# Made with R 4.2.2 and lme4 1.1-31. The tests read the answers only.
suppressMessages(library(lme4))
library(jsonlite)

# R labels columns without the L of 2L, hence no "keepInteger".
text_of <- function(e) paste(trimws(deparse(e, width.cutoff = 500, backtick = TRUE, control = NULL)), collapse = " ")

columns <- c("y", "a", "b", "x", "n")
frame <- as.data.frame(setNames(as.list(rep(1, length(columns))), columns))

terms_of <- function(formula, with_data) {
  f <- eval(str2lang(formula))
  t <- tryCatch(suppressWarnings(if (with_data) terms(f, data = frame) else terms(f)),
                error = function(e) conditionMessage(e))
  if (is.character(t)) return(list(formula = formula, columns = if (with_data) columns, error = t))
  variables <- vapply(as.list(attr(t, "variables"))[-1], text_of, "")
  list(formula = formula, columns = if (with_data) columns, labels = I(attr(t, "term.labels")),
       intercept = attr(t, "intercept"), response = attr(t, "response"),
       variables = I(variables), offsets = I(variables[attr(t, "offset")]))
}

operators <- c("+", "-", "*", "/", ":", "%in%")
pairs <- expand.grid(first = operators, second = operators, stringsAsFactors = FALSE)
generated <- c(
  sprintf("y ~ a %s b %s c", pairs$first, pairs$second),
  sprintf("y ~ (a %s b) %s (c + a)", pairs$first, pairs$second),
  sprintf("y ~ c + a %s (b %s c)", pairs$first, pairs$second),
  sprintf("y ~ (b %s a %s c)^2", pairs$first, pairs$second),
  sprintf("y ~ 0 + a %s 1 %s b", pairs$first, pairs$second),
  sprintf("y ~ (a %s 0) %s b", pairs$first, pairs$second))

written <- c(
  "y ~ 1", "y ~ 0", "y ~ -1", "~ x", "~ 1", "y ~ x", "y ~ x - 1", "y ~ -1 + x", "y ~ 0 + x", "y ~ x + 0",
  "y ~ x - 0", "y ~ 0 - 0", "y ~ 1 - 0", "y ~ 0 + 1", "y ~ 1 + 0", "y ~ -1 - 1", "y ~ a + b - 1 + 1", "y ~ -(1)",
  "y ~ +a", "y ~ a + +b", "y ~ -a", "y ~ -a:b + a:b", "y ~ a - -b", "y ~ a - a", "y ~ a - a + a", "y ~ (a)", "y ~ ((a)) + (b)",
  "y ~ a - (b - 1)", "y ~ a - (1 - b)", "y ~ (a - 1) * b", "y ~ (1 + a)^2", "y ~ TRUE + x", "y ~ FALSE + x", "y ~ x - TRUE",
  "y ~ NULL + x", "y ~ a * 1", "y ~ a * 0", "y ~ a / 1", "y ~ 1 / a", "y ~ 1:a", "y ~ 0:a", "y ~ 1 %in% a", "y ~ a %in% 1",
  "y ~ a:a", "y ~ a:b:a", "y ~ b:a + a", "y ~ a:b + b:a", "y ~ a + b:a:c", "y ~ a - a:b + a*b", "y ~ a*b*c", "y ~ a*b*c - a:b:c",
  "y ~ (a + b + c)^2 - a:b", "y ~ (a + b + c)^3", "y ~ (a + b)**2", "y ~ (a*b + c)^2", "y ~ (a + b + c + d)^3 - d", "y ~ (a:b + c)^2",
  "y ~ (a + b)^2L", "y ~ x^2", "y ~ x + x^2", "y ~ I(x^2)^2", "y ~ (c + b + a)^4", "y ~ (a + b - a)^2",
  "y ~ a/b/c", "y ~ a/(b + c)", "y ~ (a + b)/c", "y ~ (a + b)/(c + d)", "y ~ a/(b*c)", "y ~ a*b/c", "y ~ 0 + a/x", "y ~ a/x - 1",
  "y ~ a %in% b %in% c", "y ~ a + b %in% a", "y ~ b %in% a + a", "y ~ (a + b) %in% c", "y ~ a %in% (b + c)",
  "y ~ offset(z)", "y ~ x + offset(log(n))", "y ~ offset(z) + x + offset(w)", "y ~ x - offset(z)", "y ~ x * offset(z)",
  "y ~ a:offset(z) + a", "y ~ (a + b):offset(z)", "y ~ offset(x) - 1 + offset(x)",
  "y ~ I(x + 1) + I(x + 1L)", "y ~ log(x) + log(x)", "y ~ log(x):a + a", "y ~ poly(x, 2L, raw = TRUE)", "y ~ poly(x,degree=2)*a",
  "y ~ x > 5", "y ~ (x > 5) + a", "y ~ !x", "y ~ a & b", "y ~ x %% 2", "y ~ a == 'b'", "y ~ factor(a):x", "y ~ `odd name`*x",
  "y ~ a_b + .x + x.1", "log(y) ~ x + y", "log(y) ~ log(y) + x", "y ~ y + x", "y ~ x + y", "cbind(s, f) ~ x + s", "s/n ~ x + n",
  "cut(y, 3) ~ x", "y ~ relevel(a, ref = 'a2') * scale(x)", "y ~ cut(x, breaks = c(-Inf, 0, Inf)) + b", "y ~ ns(x, df = 3)/a",
  "y ~ x:I(x^2) + I(x^2)", "y ~ a*b + offset(n) - 1", "y ~ C(a, sum)*b", "y ~ (a + x):(b + x)", "y ~ (a + x)*(b + x)", "y ~ a:(b + c)",
  "y ~ a:b + c + a", "y ~ d + c + b + a", "y ~ c:b:a + b:a + a", "y ~ a*b - a", "y ~ a*b - b - 1", "y ~ a*b - a - b")
refused <- c("y ~ 2 + x", "y ~ x + 10", "y ~ 'x'", "y ~ (a + b)^1", "y ~ a^b", "y ~ (a + b)^(2)", "y ~ x + NA", "y ~ (a + b)^-1",
  "y ~ x * 2", "y ~ x / 10", "y ~ Inf + x")
dotted <- c("y ~ .", "log(y) ~ .", "y ~ . - a", "y ~ .^2", "y ~ a:.", "y ~ . + x:a", "cbind(y, n) ~ .", "~ .", "y ~ b + .", "y ~ . - .",
  "y ~ (.)/a", "y ~ . %in% a", "y/n ~ .", "y ~ . - 1", "y ~ . * z", "y ~ 0 + (. - n)^2", "y ~ . + I(x^2)", "y ~ . + offset(n)", "y ~ (. - a)*a")
without_data <- unique(c(generated, written, refused))
answers <- c(lapply(without_data, terms_of, FALSE), lapply(dotted, terms_of, TRUE))

# Group-level terms: what lme4 takes out, and what is left. || by expandDoubleVerts.
groups_of <- function(formula) {
  f <- eval(str2lang(formula))
  bars <- findbars(f)
  list(formula = formula, fixed = text_of(nobars(f)[[length(nobars(f))]]),
       effects = I(vapply(bars, function(b) text_of(b[[2]]), "")),
       factors = I(lapply(bars, function(b) I(sort(all.vars(b[[3]]))))))
}
grouped <- c(
  "y ~ (1 | g)", "y ~ x + (1 | g)", "y ~ (1 | g) + x", "y ~ x + (x | g)", "y ~ x + (1 + x | g)", "y ~ x + (0 + x | g)",
  "y ~ x + (x - 1 | g)", "y ~ x + (-1 + x | g)", "y ~ x | g", "y ~ x + z | g", "y ~ x + 1 | g/h", "y ~ (1 | a/b)", "y ~ (1 | a/b/c)",
  "y ~ (x | a/b) + x", "y ~ (1 | a:b)", "y ~ (1 | a:b:c)", "y ~ (1 | a) + (1 | b)", "y ~ (1 | a) + x + (0 + x | b) + z",
  "y ~ x + (1 | a) + (1 | a:b)", "y ~ 0 + (1 | g)", "y ~ -1 + (1 | g)", "y ~ (1 | g) + 0", "y ~ 0 + x + (1 | g)", "y ~ (x + (1 | g))",
  "y ~ (x + (1 | g)) + z", "y ~ x + (1 | factor(g))", "y ~ x * z + (x * z | g)", "y ~ x + (1 | g) - 1", "y ~ x*z + (1 | g) - x",
  "y ~ log(x) + (log(x) | g)", "y ~ poly(x, 2) + (poly(x, 2) | g)", "y ~ a + (0 + a | g)", "y ~ a + (a:b | g)", "y ~ a + (0 + a*b | g)",
  "y ~ x + offset(log(n)) + (1 | g)", "cbind(s, f) ~ x + (1 | g)", "y ~ (1 | g) + (0 + x | g)", "y ~ x + (1 | `odd name`)",
  "y ~ x + ((1 | g))", "y ~ (x)", "y ~ x", "y ~ 1", "y ~ (x) + (z | g)", "y ~ (a > 1) + (1 | g)", "y ~ (1 | interaction(a, b))")
doubled <- c("(x || g)", "(1 + x || g)", "(0 + x || g)", "(x + z || g)", "(x * z || g)", "(x - 1 || g)", "(log(x) || g)", "(x:z || g)")
double_of <- function(term) {
  f <- eval(str2lang(paste("y ~ 1 +", term)))
  bars <- findbars(expandDoubleVerts(f))
  list(term = term, effects = I(vapply(bars, function(b) text_of(b[[2]]), "")))
}

# R's layout of single expressions.
expressions <- c(
  "x^2", "x ** 2", "x^-1", "-x^2", "- -x", "+x", "!x", "!x==y", "!(x==y)", "a*b+c-d/e:f", "(a+b)*c", "a %in% c(1,2)", "x%%2", "x %/% 2",
  "x<=1&y>=2|!z", "x!=1", "f(x)", "f( x,y )", "f(x,k=1)", "f(`a b`=1,`odd name`)", "as.factor(x)", "`odd name`", "`TRUE`", "`if`",
  "`x`", "`a.b`", "`1x`", "x.1", ".x", "`a\\`b`", "`a\\\\b`", "'a'", "\"a\"", "'a\"b'", "\"a'b\"", "\"a\\n\\tb\\\\\"", "TRUE", "FALSE", "NULL", "Inf", "-Inf",
  "relevel(a, ref='a2')", "cut(x, c(0,3,6,12))", "cut(x,breaks=c(-Inf,0,Inf),right=FALSE)", "exp(x/10)", "log(x+1)", "I(x^2+3*x)",
  "bs(x,df=5,Boundary.knots=c(0,1))", "x:1", "1:10", "a:b", "a/b", "a|b", "(a|b)&c", "-1:3", "-(1:3)", "2^3^4", "(2^3)^4", "a-b-c", "a-(b-c)",
  "0", "1", "2.0", "2.50", ".5", "1e3", "1e5", "100000", "123456", "1234567", "1e15", "1e-3", "0.0001", "0.001", "1e-5", "0.00012345", "123456.789",
  "1e300", "1e-300", "0.1", "3.14159265358979", "1e22", "10L", "1000L", "1e2L", "150000", "1200000", "12e10", "99999", "1000000", "0.10", "1E6",
  "123456789012", "0.000123", "5e-324", "300", "3e2", "1e4", "1e05")
expression_of <- function(e) list(text = e, deparsed = text_of(str2lang(e)))

writeLines(toJSON(list(
  made_with = paste0("R ", getRversion(), ", lme4 ", packageVersion("lme4")),
  terms = answers, groups = lapply(grouped, groups_of), doubled = lapply(doubled, double_of),
  expressions = lapply(expressions, expression_of)),
  auto_unbox = TRUE, null = "null", pretty = FALSE), "terms.json")

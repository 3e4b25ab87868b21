# Transforms and plain functions of R, for tests/design/test_transforms.py and test_functions.py.
#
#   Rscript transforms.R     (R 4.2, splines, jsonlite; writes transforms.json beside itself)
#
# x, new: training and new values (new has values outside the range of x).
# transforms: name, args (as mixwell spells them), x ("x" or "count": an integer variable), train, new.
# plain: function, args, values (or x), result.   round: digits, values, result.

suppressMessages({library(splines); library(jsonlite)})
set.seed(20240517)
x <- round(rnorm(37, 5, 2), 3)
count <- rpois(37, 9) + 1L
new <- c(-4, -1, 0.5, 2, 3.21, 5, 6.5, 8, 11, 14, x[1:3])
both <- function(made) list(
  train = unname(matrix(as.numeric(made), nrow(as.matrix(made)))),
  new = suppressWarnings(unname(matrix(as.numeric(predict(made, new)), length(new)))))

transforms <- list()
add <- function(name, call, args = NULL, on = "x") {
  v <- if (on == "x") x else count
  made <- suppressWarnings(eval(parse(text = call), list(x = v)))
  if (name == "scale") {
    centre <- attr(made, "scaled:center"); unit <- attr(made, "scaled:scale")
    values <- list(train = as.numeric(made),
                   new = as.numeric(scale(new, if (is.null(centre)) FALSE else centre, if (is.null(unit)) FALSE else unit)))
  } else values <- both(made)
  transforms[[length(transforms) + 1]] <<- c(list(name = name, call = call, args = args, x = on), values)
}
named <- function(...) list(...)

add("scale", "scale(x)")
add("scale", "scale(x)", on = "count")
add("scale", "scale(x, scale = FALSE)", named(scale = FALSE))
add("scale", "scale(x, center = FALSE)", named(center = FALSE))
add("scale", "scale(x, center = 3, scale = 2)", named(center = 3, scale = 2))
add("scale", "scale(x, center = 3)", named(center = 3))
add("scale", "scale(x, FALSE, FALSE)", named(center = FALSE, scale = FALSE))
for (degree in 1:8) add("poly", sprintf("poly(x, %d)", degree), named(degree = degree))
for (degree in 1:4) add("poly", sprintf("poly(x, %d, raw = TRUE)", degree), named(degree = degree, raw = TRUE))
add("poly", "poly(x, 3)", named(degree = 3), on = "count")
add("bs", "bs(x)")
for (df in 3:9) add("bs", sprintf("bs(x, df = %d)", df), named(df = df))
for (df in 4:7) add("bs", sprintf("bs(x, df = %d, intercept = TRUE)", df), named(df = df, intercept = TRUE))
for (degree in c(1, 2, 4, 5)) add("bs", sprintf("bs(x, df = 6, degree = %d)", degree), named(df = 6, degree = degree))
add("bs", "bs(x, knots = c(3, 5, 7))", named(knots = c(3, 5, 7)))
add("bs", "bs(x, knots = c(7, 3), degree = 2)", named(knots = c(7, 3), degree = 2))
add("bs", "bs(x, knots = 5, intercept = TRUE)", named(knots = 5, intercept = TRUE))
add("bs", "bs(x, df = 5, Boundary.knots = c(-2, 15))", named(df = 5, boundary_knots = c(-2, 15)))
add("bs", "bs(x, df = 6, Boundary.knots = c(2.5, 7.5))", named(df = 6, boundary_knots = c(2.5, 7.5)))
add("bs", "bs(x, df = 7, degree = 2, Boundary.knots = c(8, 3))", named(df = 7, degree = 2, boundary_knots = c(8, 3)))
add("bs", "bs(x, df = 5)", named(df = 5), on = "count")
add("ns", "ns(x)")
for (df in 1:8) add("ns", sprintf("ns(x, df = %d)", df), named(df = df))
for (df in 2:6) add("ns", sprintf("ns(x, df = %d, intercept = TRUE)", df), named(df = df, intercept = TRUE))
add("ns", "ns(x, knots = c(3, 5, 7))", named(knots = c(3, 5, 7)))
add("ns", "ns(x, knots = 4.4, intercept = TRUE)", named(knots = 4.4, intercept = TRUE))
add("ns", "ns(x, df = 4, Boundary.knots = c(-2, 15))", named(df = 4, boundary_knots = c(-2, 15)))
add("ns", "ns(x, df = 4, Boundary.knots = c(2.5, 7.5))", named(df = 4, boundary_knots = c(2.5, 7.5)))
add("ns", "ns(x, knots = c(4, 6), Boundary.knots = c(3, 8))", named(knots = c(4, 6), boundary_knots = c(3, 8)))
add("ns", "ns(x, df = 3)", named(df = 3), on = "count")

positive <- c(0.001, 0.5, 1, 2, 8, 10, 100, 12345.678)
any <- c(-2.5, -1, -0.3, 0, 0.2, 1, 2.5)
unit <- c(-1, -0.4, 0, 0.3, 1)
plain <- list()
call1 <- function(f, values, ...) plain[[length(plain) + 1]] <<- list(name = f, values = values, args = I(list(...)), result = do.call(f, list(values, ...)))
for (f in c("log", "log2", "log10", "sqrt")) call1(f, positive)
for (f in c("log1p")) call1(f, positive)
call1("log", positive, 2); call1("log", positive, 10); call1("log", positive, 3)
for (f in c("exp", "expm1", "abs", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "asinh", "floor", "ceiling", "round", "sign", "trunc")) call1(f, any)
for (f in c("asin", "acos")) call1(f, unit)
call1("acosh", c(1, 2, 5)); call1("atanh", c(-.9, 0, .5))
call1("pmin", any, 0.5); call1("pmax", any, 0.5); call1("pmin", any, rev(any)); call1("pmax", any, rev(any), 0)

values <- c(0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 2.675, 1.005, -0.15, -2.5, 1234.5, 15, 25, -35, round(rnorm(40, 0, 50), 3))
rounded <- lapply(c(-1, 0, 1, 2), function(digits) list(digits = digits, values = values, result = round(values, digits)))

write_json(list(r_version = R.version.string, x = x, count = count, new = new, transforms = transforms, plain = plain, round = rounded),
           "transforms.json", digits = 15, auto_unbox = TRUE, null = "null")
cat(length(transforms), "transforms,", length(plain), "plain\n")

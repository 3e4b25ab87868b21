# Weights of coefficients on cells where they are unique: designs with as many columns as cells, after
# the columns that R's QR finds dependent are left out. Run by hand:
#   Rscript cell_weights.R | gzip -9n > cell_weights.json.gz     (R 4.2.2, MASS, jsonlite)
library(MASS)
library(jsonlite)

cells <- expand.grid(c = c("c1", "c2"), b = c("b1", "b2", "b3"), a = c("a1", "a2"))[, 3:1]
cells[] <- lapply(cells, factor)

codings <- list(
  treatment = contr.treatment, SAS = contr.SAS, sum = contr.sum, helmert = contr.helmert,
  poly = contr.poly, sdif = contr.sdif
)
formulas <- c(
  "~ a*b*c", "~ a/b/c", "~ 0 + a:b:c", "~ 0 + a*b*c", "~ a:b:c", "~ (a + b)/c + a:b", "~ a*b/c",
  "~ b %in% a + c:a:b", "~ c + a:b:c", "~ 0 + c:b + a:b:c", "~ a*b*c - a", "~ a*b*c - a:b",
  "~ 0 + b/a/c", "~ (a + b + c)^2 + a:b:c"
)
mixed <- list(
  list(a = "treatment", b = "sum", c = "treatment"),
  list(a = "sum", b = "treatment", c = "helmert"),
  list(a = "sdif", b = "poly", c = "treatment"),
  list(a = "SAS", b = "helmert", c = "sum")
)
choices <- c(lapply(names(codings), function(k) list(a = k, b = k, c = k)), mixed)

design <- function(formula, choice) {
  data <- cells
  for (v in names(choice)) {
    m <- codings[[choice[[v]]]](levels(data[[v]]))
    contrasts(data[[v]], how.many = ncol(m)) <- m
  }
  X <- model.matrix(as.formula(formula), data)
  q <- qr(X)
  kept <- sort(q$pivot[seq_len(q$rank)])
  X <- X[, kept, drop = FALSE]
  if (ncol(X) != nrow(X)) return(NULL)
  list(
    formula = formula, codings = choice, columns = colnames(X),
    weights = unname(round(solve(X), 10))
  )
}

answers <- list()
for (formula in formulas) for (choice in choices) {
  answers[[length(answers) + 1]] <- design(formula, choice)
}
answers <- Filter(Negate(is.null), answers)
cat("[\n")
lines <- vapply(answers, function(x) toJSON(x, auto_unbox = TRUE, digits = 10), "")
cat(paste(lines, collapse = ",\n"))
cat("\n]\n")

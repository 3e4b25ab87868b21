# Logistic regressions of the ratings of cumulative.R above each threshold, and Brant's (1990) statistics of them;
# writes tests/diagnose/reference/splits.json
# Rscript tests/diagnose/reference/splits.R   (R 4.2, ordinal 2022.11, jsonlite)
suppressMessages({library(ordinal); library(jsonlite)})
known <- fromJSON("tests/families/ordered/reference/cumulative.json")
d <- as.data.frame(known$data)
d$rating <- factor(d$rating, c("bad", "poor", "ok", "good"), ordered = TRUE)
fits <- lapply(1:3, function(k) glm(as.integer(rating) > k ~ x + a, binomial, d))
# Brant's covariance of the three regressions' coefficients, each at its own probabilities
X <- model.matrix(fits[[1]]); p <- sapply(fits, fitted); width <- ncol(X)
inverse <- lapply(1:3, function(k) solve(t(X) %*% (X * (p[, k] * (1 - p[, k])))))
V <- matrix(0, 3 * width, 3 * width)
for (k in 1:3) for (j in k:3) {
  own <- inverse[[k]] %*% t(X) %*% (X * (p[, j] - p[, k] * p[, j])) %*% inverse[[j]]
  V[(k - 1) * width + 1:width, (j - 1) * width + 1:width] <- own
  V[(j - 1) * width + 1:width, (k - 1) * width + 1:width] <- t(own)
}
b <- unlist(lapply(fits, coef))
statistic <- function(place) {
  at <- (0:2) * width + place
  D <- cbind(c(-1, 0), c(1, -1), c(0, 1))
  d <- D %*% b[at]
  as.numeric(t(d) %*% solve(D %*% V[at, at] %*% t(D)) %*% d)
}
out <- list(coefficients = lapply(fits, function(f) as.numeric(coef(f))), brant = list(x = statistic(2), a = statistic(3)))
write_json(out, "tests/diagnose/reference/splits.json", digits = 12, auto_unbox = TRUE)

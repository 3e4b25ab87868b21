# Log densities of the Tweedie distribution by mgcv. Packages: mgcv, jsonlite.
#     Rscript tests/families/reference/tweedie.R
suppressMessages({library(mgcv); library(jsonlite)})
points <- expand.grid(
  y = c(0, 0.003, 0.4, 2, 15, 300), mu = c(0.2, 3, 80), phi = c(0.3, 1.7, 12), power = c(1.05, 1.3, 1.5, 1.8, 1.95)
)
points$log_density <- with(points, mapply(function(y, mu, phi, p) ldTweedie(y, mu, p, phi)[1], y, mu, phi, power))
write_json(points, "tests/families/reference/tweedie.json", digits = 14, dataframe = "columns")

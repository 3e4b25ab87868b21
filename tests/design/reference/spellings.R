# Make spellings_r.json: columns that R gives for its ways to name a coding or a reference level.
# Run from the root of the repository: Rscript tests/design/reference/spellings.R (needs jsonlite).
library(jsonlite)
data <- data.frame(f = factor(rep(c("a", "b", "c"), 2)), n = rep(0:2, 2), h = rep(c(TRUE, FALSE), 3))
spellings <- c(
  'relevel(f, ref = "b")',
  'relevel(f, "c")',
  "relevel(f, ref = 2)",
  "relevel(factor(n), ref = 2)",
  'factor(f, levels = c("b", "c", "a"))',
  'factor(f, c("b", "c", "a"), labels = c("B", "C", "A"))',
  "factor(n, levels = c(1, 0, 2))",
  "C(f, contr.treatment(3, base = 2))",
  "C(f, contr.treatment(n = 3, base = 2))",
  "C(f, contr.treatment, base = 2)",
  "C(f, treatment, base = 3)",
  "C(f, base = 2)",
  "C(factor(n), base = 2)",
  'C(f, contr = "contr.sum")',
  "C(f, contr = contr.helmert)",
  "C(f, contr.treatment(levels(f), base = 2))",
  "C(f, contr.treatment(nlevels(f), 2))",
  "C(f, contr.sum, 2)",
  "C(f, contr.sum, how.many = 2)",
  "C(f, contr.SAS)",
  "C(f, contr.poly(3, scores = c(1, 2, 5)))",
  'factor(h, levels = c("TRUE", "FALSE"))'
)
columns <- lapply(spellings, function(text) {
  made <- model.matrix(as.formula(paste("~", text)), data)
  list("R", text, unname(round(made[1:3, -1, drop = FALSE], 12)))
})
versions <- list(R = paste(R.version$major, R.version$minor, sep = "."))
write_json(list(versions = versions, columns = columns), "tests/design/reference/spellings_r.json",
           auto_unbox = TRUE, digits = 12)

# Which designs lme4 refuses because random effects and residuals cannot be separated.
# R 4.2, lme4 1.1-31, jsonlite. From the root: Rscript tests/specify/reference/saturated.R
suppressMessages(library(lme4))

cells <- expand.grid(cond = c("a", "b", "c"), id = sprintf("s%02d", 1:20))
cells$x <- 10 * sin(seq_len(nrow(cells)))
cells$y <- 10 + cos(7 * seq_len(nrow(cells)))
cells$w <- 1 + seq_len(nrow(cells)) %% 3
cells$obs <- sprintf("o%02d", seq_len(nrow(cells)))
cells$A <- as.numeric(cells$cond == "a")
cells$B <- as.numeric(cells$cond == "b")
cells$C <- as.numeric(cells$cond == "c")
again <- function(rows) {
  more <- cells[rows, ]
  more$y <- more$y + sin(5 * seq_along(rows))
  more$obs <- paste0(more$obs, "x")
  rbind(cells, more)
}
pairs <- cells[cells$cond != "c", ]
pairs$s <- ifelse(pairs$cond == "a", -0.5, 0.5)
pairs$same <- pairs$x[2 * ((seq_len(nrow(pairs)) - 1) %/% 2) + 1]
four <- expand.grid(p = c("u", "v"), q = c("k", "l"), id = sprintf("s%02d", 1:15))
four$y <- cos(3 * seq_len(nrow(four)))
four$z <- sin(11 * seq_len(nrow(four)))
sizes <- rep(1:28, c(rep(1, 25), rep(6, 3)))
uneven <- data.frame(id = sprintf("s%02d", sizes), x = sin(3 * seq_along(sizes)),
                     y = cos(5 * seq_along(sizes)))
frames <- list(
  cells = cells, pairs = pairs, four = four, uneven = uneven,
  one_less = cells[-7, ], three_more = again(1:3), half_more = again(1:30),
  nine_moved = again(1:9)[-seq(31, by = 3, length.out = 9), ]
)

designs <- list(
  c("cells", "y ~ cond + (cond | id)"), c("cells", "y ~ cond + (0 + cond | id)"),
  c("cells", "y ~ cond + (1 | id)"), c("cells", "y ~ x + (x | id)"),
  c("cells", "y ~ x + (1 | obs)"), c("cells", "y ~ x + (1 | id:cond)"),
  c("cells", "y ~ x + (1 | id/cond)"), c("cells", "y ~ x + (1 | id) + (1 | obs)"),
  c("cells", "y ~ x + (1 | id) + (1 | cond)"), c("cells", "y ~ x + (cond + x | id)"),
  c("cells", "y ~ cond + (1 | id) + (0 + A | id)"),
  c("cells", "y ~ cond + (0 + A | id) + (0 + B | id) + (0 + C | id)"),
  c("cells", "y ~ 0 + id + cond + (1 | cond)"),
  c("one_less", "y ~ cond + (cond | id)"), c("three_more", "y ~ cond + (cond | id)"),
  c("half_more", "y ~ cond + (cond | id)"), c("half_more", "y ~ cond + (1 | id/cond)"),
  c("half_more", "y ~ x + (cond * x | id)"), c("nine_moved", "y ~ cond + (cond | id)"),
  c("pairs", "y ~ s + (s | id)"), c("pairs", "y ~ s + (s || id)"),
  c("pairs", "y ~ x + (x | id)"), c("pairs", "y ~ x + (x || id)"),
  c("pairs", "y ~ same + (same | id)"), c("pairs", "y ~ s + (1 | id)"),
  c("four", "y ~ p * q + (p * q | id)"), c("four", "y ~ p * q + (p + q | id)"),
  c("four", "y ~ p * q + (p + z + q | id)"), c("four", "y ~ p * q + (1 | id:p) + (1 | id:q)"),
  c("four", "y ~ p * q + (1 | id/p/q)"),
  c("uneven", "y ~ x + (x | id)"), c("uneven", "y ~ x + (1 | id)")
)
said <- function(frame, formula, weights = FALSE) {
  data <- frames[[frame]]
  made <- tryCatch({
    if (weights) lFormula(as.formula(formula), data, weights = w)
    else lFormula(as.formula(formula), data)
    ""
  }, error = conditionMessage)
  list(frame = frame, formula = formula, weights = weights, error = made)
}
answers <- lapply(designs, function(d) said(d[1], d[2]))
answers <- c(answers, list(said("cells", "y ~ cond + (cond | id)", TRUE),
                           said("cells", "y ~ x + (1 | obs)", TRUE)))
out <- list(lme4 = as.character(packageVersion("lme4")), frames = frames, designs = answers)
writeLines(jsonlite::toJSON(out, dataframe = "columns", auto_unbox = TRUE, digits = 10),
           "tests/specify/reference/saturated.json")
cat(sprintf("%-12s %-60s %s\n", vapply(answers, `[[`, "", "frame"),
            vapply(answers, `[[`, "", "formula"),
            substr(vapply(answers, `[[`, "", "error"), 1, 60)), sep = "")

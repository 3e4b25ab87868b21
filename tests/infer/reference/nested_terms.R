# Writes nested_terms.json: emmeans's joint tests where factors are nested or cells are empty, with
# covariates at their means and degrees of freedom without end; the data stand in the file.
#     Rscript nested_terms.R   (R 4.2.2, lme4 1.1-31, emmeans 1.8.4, jsonlite; in this folder)
suppressMessages({library(lme4); library(emmeans); library(jsonlite)})
close <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5),
                     check.rankX = "silent.drop.cols", calc.derivs = FALSE)
set.seed(1)
d <- expand.grid(s = 1:8, k = 1:3, f = c("a", "b"), r = 1:2)
d$y <- round(rnorm(nrow(d)) + 3 * (d$f == "b") + d$k * .3 + rep(rnorm(8), 12), 2)
d$h <- paste0(d$f, d$k)
d$z <- d$r + 3 * (d$k == 2)
d$g <- ifelse(d$s %% 2 == 0, "p", "q")
d <- d[-c(3, 17, 20, 44), ]
deep <- expand.grid(r = 1:3, h = 1:3, f = c("a", "b"), s = 1:4)
deep <- deep[!(deep$h == 3 & deep$r > 1) & !(deep$f == "b" & deep$h == 2 & deep$r == 3), ]
deep$y <- round(rnorm(nrow(deep)) + deep$r * .3 + as.numeric(deep$f), 2)
deep$h <- paste0(deep$f, deep$h)
deep$r <- paste0(deep$h, deep$r)
empty <- expand.grid(f = c("a", "b", "c"), g = c("u", "v"), s = 1:8, r = 1:2)
empty$y <- round(rnorm(nrow(empty)) + 2 * (empty$g == "v") + rnorm(8)[empty$s], 2)
empty <- empty[!(empty$f == "c" & empty$g == "v"), ]
data <- list(nested = d, fewer = d[d$h != "b3", ], deep = deep, empty = empty,
             emptier = empty[!(empty$f == "b" & empty$g == "v"), ])
cases <- list(c("nested", "y ~ f / h + (1 | s)"), c("nested", "y ~ f + h + (1 | s)"),
              c("nested", "y ~ f / k + (1 | s)"), c("nested", "y ~ f / h + z + (1 | s)"),
              c("nested", "y ~ f / h * z + (1 | s)"), c("nested", "y ~ g * (f / h) + (1 | s)"),
              c("fewer", "y ~ f / h + (1 | s)"), c("fewer", "y ~ f / k + (1 | s)"),
              c("deep", "y ~ f / h / r + (1 | s)"),
              c("empty", "y ~ f * g + (1 | s)"), c("emptier", "y ~ f * g + (1 | s)"))
out <- lapply(cases, function(case) {
  own <- data[[case[1]]]
  for (v in setdiff(names(own), c("y", "z"))) own[[v]] <- factor(own[[v]])
  m <- suppressMessages(lmer(as.formula(case[2]), own, control = close))
  j <- as.data.frame(suppressMessages(joint_tests(m, lmer.df = "asymptotic", show0df = TRUE)))
  j <- j[j[["model term"]] != "(confounded)", ]
  list(data = case[1], formula = case[2], term = j[["model term"]], df = j$df1, F = j$F.ratio)
})
write_json(list(data = data, cases = out), "nested_terms.json", digits = I(12), auto_unbox = TRUE,
           dataframe = "columns", na = "null")

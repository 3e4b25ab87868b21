# Runs every script of this folder and writes what R says about it to answers.json.
#
#   cd tests/r/scripts && Rscript answers.R              # all of them, each in an R of its own
#   cd tests/r/scripts && Rscript answers.R 06 20        # only those whose names begin so
#
# Where rstan finds no Boost (Debian's does not), the variable BOOST_LIB names its folder.
#
# Made with R 4.2.2, lme4 1.1-31, emmeans 1.8.4, glmmTMB 1.1.5, rstanarm 2.21.3, brms 2.18.0.
# The scripts contain nothing for this file's sake: they are evaluated expression by expression, and
# afterwards what they left behind is recorded:
#   models  in the order in which they were made: fixef, se, sd, corr, sigma, logLik, ranef
#   named   every other result that has a name: emmeans tables, logLik, fixef, predictions, ...
#   shown   every result that a line printed without giving it a name, in order
# brmsfit and stanreg are posteriors: means with their standard deviations, medians for `sd`.
suppressMessages({library(jsonlite)})
if (nzchar(Sys.getenv("BOOST_LIB"))) rstan::rstan_options(boost_lib = Sys.getenv("BOOST_LIB"))

code_of <- function(file) {
  lines <- readLines(file, encoding = if (grepl("latin1", file)) "latin1" else "UTF-8", warn = FALSE)
  if (!grepl("[.](Rmd|qmd)$", file)) return(lines)
  kept <- character(); inside <- FALSE; run <- TRUE
  for (line in lines) {
    if (!inside && grepl("^```\\{r", line)) { inside <- TRUE; run <- !grepl("eval *= *FALSE", line); next }
    if (inside && grepl("^```", line)) { inside <- FALSE; next }
    if (inside && grepl("^#\\| *eval: *false", line)) run <- FALSE
    if (inside && run) kept <- c(kept, line)
  }
  kept
}

# ---- models ---------------------------------------------------------------------------------
is_model <- function(x) inherits(x, c("merMod", "lm", "glmmTMB", "brmsfit", "stanreg"))

components <- function(vc) {
  table <- as.data.frame(vc)
  table <- table[table$grp != "Residual", ]
  one <- table[is.na(table$var2), ]; two <- table[!is.na(table$var2), ]
  # `||` makes the blocks Subject and Subject.1: both are the factor Subject
  factor <- function(names) sub("[.][0-9]+$", "", names)
  list(sd = data.frame(factor = factor(one$grp), effect = one$var1, sd = one$sdcor),
       corr = data.frame(factor = factor(two$grp), one = two$var1, two = two$var2, corr = two$sdcor))
}

levels_of <- function(effects) lapply(effects, function(d) {
  d <- as.data.frame(d)
  list(levels = rownames(d), effects = names(d), values = unname(as.matrix(d)))
})

describe <- function(m) UseMethod("describe")

describe.merMod <- function(m) {
  nodes <- if (isGLMM(m)) m@devcomp$dims[["nAGQ"]]
  # with several nodes lme4 leaves the constants of the likelihood out: those of the saturated model
  dropped <- if (!is.null(nodes) && nodes > 1) {
    size <- weights(m); y <- m@resp$y * size
    sum(dbinom(round(y), size, y / size, log = TRUE))
  } else 0
  c(list(class = class(m)[1], reml = isREML(m), nodes = nodes, singular = isSingular(m),
         fixef = as.list(fixef(m)), se = as.list(sqrt(diag(as.matrix(vcov(m))))),
         sigma = if (isLMM(m)) sigma(m),
         alpha = if (grepl("Negative Binomial", family(m)$family)) getME(m, "glmer.nb.theta"),
         logLik = as.numeric(logLik(m)) + dropped, ranef = levels_of(ranef(m))),
    components(VarCorr(m)))
}

describe.lm <- function(m) {
  list(class = class(m)[1], reml = FALSE, fixef = as.list(coef(m)), se = as.list(sqrt(diag(vcov(m)))),
       sigma = if (!inherits(m, "glm")) sigma(m), logLik = as.numeric(logLik(m)))
}

describe.glmmTMB <- function(m) {
  grouped <- length(ranef(m)$cond) > 0
  spread <- NULL
  if (length(fixef(m)$disp) > 1) {  # on the log of the standard deviation, whatever the version
    x <- model.matrix(m$modelInfo$allForm$dispformula, m$frame)
    spread <- as.list(qr.coef(qr(x), log(predict(m, type = "disp"))))
  }
  vc <- if (grouped) VarCorr(m)$cond
  sds <- do.call(rbind, lapply(names(vc), function(f) {
    data.frame(factor = f, effect = colnames(vc[[f]]), sd = unname(attr(vc[[f]], "stddev")))
  }))
  corr <- do.call(rbind, lapply(names(vc), function(f) {
    r <- attr(vc[[f]], "correlation")
    if (ncol(r) == 2) data.frame(factor = f, one = colnames(r)[1], two = colnames(r)[2], corr = r[1, 2])
  }))
  list(class = "glmmTMB", reml = isTRUE(m$modelInfo$REML), fixef = as.list(fixef(m)$cond),
       se = as.list(sqrt(diag(vcov(m)$cond))), sigma_fixef = spread, sd = sds, corr = corr,
       sigma = if (family(m)$family == "gaussian" && is.null(spread)) sigma(m),
       alpha = if (family(m)$family == "nbinom2") sigma(m),
       logLik = as.numeric(logLik(m)), ranef = if (grouped) levels_of(ranef(m)$cond))
}

middle <- function(x) list(median = median(x), sd = sd(x))

describe.brmsfit <- function(m) {
  draws <- as.data.frame(m)
  b <- draws[grepl("^b_", names(draws))]; names(b) <- sub("^b_", "", names(b))
  names(b)[names(b) == "Intercept"] <- "(Intercept)"
  spread <- b[grepl("^sigma_", names(b))]; b <- b[!grepl("^sigma_", names(b))]
  names(spread) <- sub("^Intercept$", "(Intercept)", sub("^sigma_", "", names(spread)))
  sds <- names(draws)[grepl("^sd_", names(draws))]
  parts <- strsplit(sub("^sd_", "", sds), "__")
  list(class = "brmsfit", posterior = TRUE, fixef = lapply(b, mean), se = lapply(b, sd),
       sigma_fixef = lapply(spread, mean), sigma_se = lapply(spread, sd),
       sd = data.frame(factor = vapply(parts, `[`, "", 1),
                       effect = sub("^Intercept$", "(Intercept)", vapply(parts, `[`, "", 2)),
                       sd = vapply(sds, function(n) median(draws[[n]]), 0),
                       sd_sd = vapply(sds, function(n) sd(draws[[n]]), 0), row.names = NULL),
       sigma = if ("sigma" %in% names(draws)) median(draws$sigma))
}

describe.stanreg <- function(m) {
  draws <- as.matrix(m)
  b <- draws[, names(fixef(m)), drop = FALSE]
  diagonal <- grep("^Sigma\\[(.*):(.*),\\2\\]$", colnames(draws), value = TRUE)
  parts <- regmatches(diagonal, regexec("^Sigma\\[(.*):(.*),\\2\\]$", diagonal))
  roots <- sqrt(draws[, diagonal, drop = FALSE])
  list(class = "stanreg", posterior = TRUE, fixef = as.list(colMeans(b)),
       se = as.list(apply(b, 2, sd)),
       sd = data.frame(factor = vapply(parts, `[`, "", 2), effect = vapply(parts, `[`, "", 3),
                       sd = unname(apply(roots, 2, median)), sd_sd = unname(apply(roots, 2, sd))),
       sigma = if ("sigma" %in% colnames(draws)) median(draws[, "sigma"]))
}

# ---- other results --------------------------------------------------------------------------
table_of <- function(x) {
  made <- summary(x)
  estimate <- attr(made, "estName")
  made <- as.data.frame(made)
  labels <- made[seq_len(match(estimate, names(made)) - 1)]
  list(kind = "table", name = estimate, estimate = made[[estimate]],
       labels = lapply(labels, as.character))
}

result <- function(x) {
  if (inherits(x, "emm_list")) return(list(kind = "tables", tables = lapply(seq_along(x), function(i) table_of(x[[i]]))))
  if (inherits(x, c("emmGrid", "summary_emm"))) return(table_of(x))
  if (inherits(x, "logLik")) return(list(kind = "logLik", value = as.numeric(x)))
  if (inherits(x, "ranef.mer")) return(list(kind = "ranef", factors = levels_of(x)))
  if (inherits(x, "coef.mer")) return(list(kind = "coef", factors = levels_of(x)))
  if (inherits(x, "VarCorr.merMod")) return(c(list(kind = "VarCorr"), components(x)))
  if (inherits(x, "brmshypothesis")) {
    return(list(kind = "hypothesis", estimate = x$hypothesis$Estimate, sd = x$hypothesis$Est.Error,
                probability = x$hypothesis$Post.Prob))
  }
  if (inherits(x, "fixef.glmmTMB")) x <- x$cond
  if (is.matrix(x) && "Estimate" %in% colnames(x)) {
    return(list(kind = "posterior", names = rownames(x), values = unname(x[, "Estimate"])))
  }
  if (is.numeric(x) && is.null(dim(x))) {
    return(list(kind = "values", names = names(x), values = as.vector(unname(x))))
  }
  NULL
}

# ---- one script -----------------------------------------------------------------------------
record <- function(file) {
  env <- new.env(parent = globalenv())
  models <- list(); shown <- list()
  for (expr in parse(text = code_of(file), encoding = "UTF-8")) {
    made <- withVisible(eval(expr, env))
    if (made$visible) {
      got <- if (!is_model(made$value)) result(made$value)
      if (!is.null(got)) shown[[length(shown) + 1]] <- c(list(code = deparse1(expr)), got)
    }
    for (name in setdiff(ls(env), names(models))) {
      if (is_model(env[[name]])) models[[name]] <- describe(env[[name]])
    }
  }
  named <- Filter(Negate(is.null), mget(ls(env), envir = env) |> Filter(f = Negate(is_model)) |> lapply(FUN = result))
  list(models = models, named = named, shown = shown)
}

# A result printed under its name is recorded once, as named.
only_unnamed <- function(answer) {
  answer$shown <- Filter(function(got) !got$code %in% names(answer$named), answer$shown)
  answer
}

wanted <- commandArgs(trailingOnly = TRUE)
if (length(wanted) == 2 && wanted[1] == "--one") {
  answer <- only_unnamed(record(wanted[2]))
  write_json(answer, paste0(tempdir(), "/../one-answer.json"), auto_unbox = TRUE, digits = 12,
             null = "null", na = "null", dataframe = "rows")
  quit("no")
}
files <- list.files(".", "^[0-9]{2}_.*[.](R|Rmd|qmd)$")
if (length(wanted)) files <- files[substr(files, 1, 2) %in% wanted]
answers <- if (file.exists("answers.json")) read_json("answers.json") else list()
for (file in files) {
  cat(file, "\n")
  out <- file.path(dirname(tempdir()), "one-answer.json")
  unlink(out)
  status <- system2("Rscript", c("answers.R", "--one", file), stdout = FALSE, stderr = FALSE)
  if (status != 0 || !file.exists(out)) { cat("  FAILED\n"); next }
  answers[[file]] <- read_json(out)
}
answers <- answers[order(names(answers))]
# Written as read: scalars stay scalars, vectors vectors.
write_json(answers, "answers.json", auto_unbox = TRUE, digits = 12, null = "null", pretty = FALSE)

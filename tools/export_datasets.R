# Writes the shipped datasets that come from R packages as CSV, with their level orders in levels.json.
# Needs R with lme4, mlmRev, rstanarm, brms and jsonlite:   Rscript tools/export_datasets.R EXPORT_FOLDER
# (eight_schools.csv, block_direction.csv and alligators.csv have no R package; they are kept in src/mixwell/data/sets.)
suppressMessages(library(jsonlite))
folder <- commandArgs(trailingOnly = TRUE)[1]
if (is.na(folder)) stop("usage: Rscript tools/export_datasets.R EXPORT_FOLDER")
dir.create(folder, showWarnings = FALSE, recursive = TRUE)

dataset <- function(package, name) {
  scope <- new.env()
  data(list = name, package = package, envir = scope)
  as.data.frame(get(name, scope))
}
sets <- list(
  lme4 = c("sleepstudy", "cbpp", "Penicillin", "Pastes", "cake", "grouseticks"),
  brms = c("kidney", "epilepsy", "inhaler"),
  mlmRev = "Contraception",
  rstanarm = "radon",
  datasets = c("warpbreaks", "ToothGrowth")
)
index <- list()
for (package in names(sets)) for (name in sets[[package]]) {
  frame <- dataset(package, name)
  factors <- names(frame)[sapply(frame, is.factor)]
  index[[name]] <- list(
    package = package,
    rows = nrow(frame),
    factors = lapply(setNames(factors, factors), function(column) {
      list(levels = levels(frame[[column]]), ordered = is.ordered(frame[[column]]))
    })
  )
  write.csv(frame, file.path(folder, paste0(name, ".csv")), row.names = FALSE, na = "")
}
write_json(index, file.path(folder, "levels.json"), auto_unbox = FALSE)

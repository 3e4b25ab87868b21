# What every R process that fits a case does: read the command line and the data, report.
given <- commandArgs(trailingOnly = TRUE)
formulas <- strsplit(given[3], "; ")[[1]]
asked <- list(data = given[1], draws = given[2], formula = formulas[1], further = formulas[-1],
              family = given[4], factors = strsplit(given[5], ",")[[1]])
now <- function() {
  flush(stdout())
  as.numeric(Sys.time())
}

frame_asked <- function() {
  frame <- read.csv(asked$data)
  for (name in asked$factors) frame[[name]] <- factor(frame[[name]])
  frame
}

# `draws` has the dimensions draw, chain, parameter, as as.array() of a Stan fit.
report <- function(imported, printed, draws = array(0, c(0, 0, 0))) {
  writeBin(as.vector(draws), asked$draws, size = 8, endian = "little")
  cat(sprintf('\n#report {"imported": %.4f, "printed": %.4f, "shape": [%d, %d, %d], "engine": ""}\n',
              imported, printed, dim(draws)[3], dim(draws)[2], dim(draws)[1]))
}

# The number of parallel chains.
cores <- max(1L, parallel::detectCores())

# Writes one dataset of an R package as CSV: export.R package set file.
given <- commandArgs(trailingOnly = TRUE)
frame <- as.data.frame(getExportedValue(given[1], given[2]))
write.csv(frame, given[3], row.names = FALSE)

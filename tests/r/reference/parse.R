# How R reads the snippets of snippets.txt: Rscript parse.R > parse.json
#
# One snippet per line of snippets.txt; the sign for a line end stands for one. A tree is written
# as (function argument name=argument ...), names in backticks, strings in quotes; an error is
# null. What R reads as the same thing is the same here: x$"a" and x$a, "f"(x) and f(x).

invisible(Sys.setlocale("LC_ALL", "C.UTF-8"))
library(jsonlite)

text <- function(value) {
  if (!validUTF8(value)) value <- iconv(value, "ISO-8859-1", "UTF-8")
  if (grepl("^[ !#-\\[\\]^-~]*\\z", value, perl = TRUE)) return(sprintf("\"%s\"", value))
  sprintf("codes:%s", paste(utf8ToInt(value), collapse = "."))
}

number <- function(value) {
  if (is.na(value) && !is.nan(value)) return("NA_real_")
  if (is.infinite(value)) return("Inf")
  if (is.nan(value)) return("NaN")
  sprintf("%.17g", value)
}

literal <- function(e) {
  switch(typeof(e),
    "NULL" = "NULL",
    logical = if (is.na(e)) "NA" else as.character(e),
    integer = if (is.na(e)) "NA_integer_" else sprintf("%dL", e),
    double = number(e),
    complex = if (is.na(e)) "NA_complex_" else sprintf("%.17gi", Im(e)),
    character = if (is.na(e)) "NA_character_" else text(e),
    stop("no literal: ", typeof(e))
  )
}

named <- function(items, name) {
  labels <- if (is.null(names(items))) rep("", length(items)) else names(items)
  each <- function(i) {
    value <- if (identical(items[[i]], quote(expr = ))) "<empty>" else tree(items[[i]])
    if (nzchar(labels[i])) sprintf("`%s`=%s", labels[i], value) else value
  }
  vapply(seq_along(items), each, "")
}

tree <- function(e) {
  if (is.symbol(e)) return(sprintf("`%s`", as.character(e)))
  if (!is.call(e)) return(literal(e))
  head <- e[[1]]
  if (identical(head, as.name("function"))) {
    return(sprintf("(`function` (%s) %s)", paste(named(as.list(e[[2]])), collapse = " "), tree(e[[3]])))
  }
  items <- as.list(e)
  op <- if (is.symbol(head)) as.character(head) else ""
  if (op %in% c("::", ":::") && is.character(e[[2]])) items[[2]] <- as.name(e[[2]])
  if (op %in% c("$", "@", "::", ":::") && is.character(e[[3]])) items[[3]] <- as.name(e[[3]])
  sprintf("(%s)", paste(named(items), collapse = " "))
}

read <- function(code) {
  parsed <- tryCatch(suppressWarnings(parse(text = code, keep.source = FALSE)), error = function(e) NULL)
  list(code = unbox(code), trees = if (!is.null(parsed)) vapply(as.list(parsed), tree, ""))
}

if (sys.nframe() == 0) {
  lines <- readLines("snippets.txt", encoding = "UTF-8")
  lines <- gsub("\u23ce", "\n", lines[nzchar(lines) & !startsWith(lines, "##")])
  cat(toJSON(lapply(lines, read), null = "null", pretty = TRUE), "\n")
}

"""The figures of a fit, one function each, in one table; start with `fit_figures`."""

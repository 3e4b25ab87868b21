"""Sums of series that SciPy lacks; start with `compound_series`."""

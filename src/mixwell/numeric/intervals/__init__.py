"""Ends of intervals of draws: of each row, and of all rows at once; start with `quantiles`."""

"""Quantiles: ends of intervals of draws, and of values that are counted; start with `quantiles`."""

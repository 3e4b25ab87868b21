"""Formulas on tables elsewhere, as expressions of their engines; start with `pushed_frame`."""

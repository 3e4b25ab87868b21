"""Kinds of contrasts and the scales they are on; start with `row_contrasts`."""

"""Expressions of a formula, learned once and replayed; start with `atom`."""

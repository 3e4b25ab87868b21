"""Families of ordered categories; start with `cumulative`."""

"""Families of positive responses; start with `gamma`."""

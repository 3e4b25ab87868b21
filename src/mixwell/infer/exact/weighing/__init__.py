"""Importance sampling of a few parameters; start with `importance`."""

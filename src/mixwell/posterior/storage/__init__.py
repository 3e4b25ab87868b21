"""Fits on disk: what is written, and all that is checked when it is read; start with `store`."""

"""Families of responses on the whole line; start with `gaussian`."""

"""Weights put into words; start with `explain`."""

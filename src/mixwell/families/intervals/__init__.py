"""Probabilities between two numbers, of the distribution functions behind links: see `between`."""

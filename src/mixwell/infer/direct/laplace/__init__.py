"""Laplace's approximation of likelihoods, effects integrated out; start with `approximation`."""

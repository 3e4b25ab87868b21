"""Draws of a model's prior: of distributions, and of coefficients as a posterior has them."""

"""Gaussian models in closed form; start with `gaussian_target`."""

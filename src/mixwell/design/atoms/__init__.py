"""Expressions of a formula, each evaluated once a frame; start with `model_frame`."""

"""Calls on a fitted model: means, contrasts, predictions, figures. Begin with `fit_calls.py`."""

"""Calls that fit a model, with their formulas, families and priors. Begin with `model_calls.py`."""

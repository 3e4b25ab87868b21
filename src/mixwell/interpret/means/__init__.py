"""Means and predictions, averaged in every draw; start with `estimands`."""

"""Inference: from a specification to draws; start with `choose`, then with `engines`."""

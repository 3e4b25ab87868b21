"""Inference: from a specification to draws."""

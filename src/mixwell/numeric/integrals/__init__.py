"""Integrals by rules of few nodes."""

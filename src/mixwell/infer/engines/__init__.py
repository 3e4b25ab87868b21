"""Engines as values, and their table; importing them loads nothing heavy."""

"""Moves of nested factors' effects whose sums stay; start with `nested_moves`."""

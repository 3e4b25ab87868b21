"""Loops over numbers, compiled by Numba and kept on disk; start with `compiled`."""

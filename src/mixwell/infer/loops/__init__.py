"""Loops over numbers, written from a family's text and compiled by Numba; start with `traced`."""

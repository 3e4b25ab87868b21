"""Chains in the coordinates of one t, for precision matrices that are dear to factorize."""

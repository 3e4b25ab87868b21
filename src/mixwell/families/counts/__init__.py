"""Families of counts; start with `poisson`."""

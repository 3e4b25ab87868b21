"""Tests of means of a linear mixed model in small samples; start with `variance_moments`."""

"""Modes and likelihoods, random effects integrated out, by any way; start with `posterior_mode`."""

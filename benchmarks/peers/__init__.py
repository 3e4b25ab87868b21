"""Compares mixwell with bambi, lme4, rstanarm and brms, each fit in a fresh process."""

"""Compares mixwell with bambi, lme4, glmmTMB, rstanarm and brms, each fit in a fresh process."""

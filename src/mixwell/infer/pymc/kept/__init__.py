"""Chains whose draws are kept while they run, and gone on with; start with `kept_chains`."""

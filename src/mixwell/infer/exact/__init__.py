"""Independent draws, random effects integrated out; start with `exact_draws`."""

"""Designs of sums alone, whose rows are not at hand; start with `learned_from_sums`."""

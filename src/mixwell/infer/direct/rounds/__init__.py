"""Chains side by side, round after round, judged and kept; start with `direct_draws`."""

"""Contrast codings: columns and hypotheses of factors; start with `choices`."""

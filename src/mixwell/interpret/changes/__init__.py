"""What the change of one variable does to the mean: comparisons and slopes; start with `steps`."""

"""Response families and links as values; start with `family`."""

"""A specification as a `pm.Model`, sampled by NUTS; start with `build`."""

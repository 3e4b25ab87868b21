"""The left side of a formula as numbers; start with `response`."""

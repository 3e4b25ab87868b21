"""The specification: every choice of a model, frozen and printable; start with `spec`."""

"""The fixed-effect columns and their rank; start with `common`."""

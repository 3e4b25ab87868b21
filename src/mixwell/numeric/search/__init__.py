"""Where a function is highest, and where it is zero; start with `mode`."""

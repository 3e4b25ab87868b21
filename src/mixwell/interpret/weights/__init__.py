"""A coefficient's exact weights on cells; start with `meaning`."""

"""How grouping factors take part in an answer, each by its treatment; start with `treatments`."""

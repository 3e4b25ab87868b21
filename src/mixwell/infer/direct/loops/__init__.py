"""A family's rows as one compiled loop."""

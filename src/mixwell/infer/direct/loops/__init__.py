"""What is done for all rows at once: equal ones found, densities as one compiled loop."""

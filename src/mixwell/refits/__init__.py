"""What fits again, built on a recipe and engines, never on `Fit`; start with `changed_choices`."""

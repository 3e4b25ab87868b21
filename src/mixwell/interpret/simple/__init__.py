"""Effects of each factor within the levels of the others, a table each: `simple_effects`."""

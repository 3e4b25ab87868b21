"""What numbers of a table are made of, and how to make them again; start with `made_numbers`."""

"""Random-effects terms, one block each; start with `group_block`."""

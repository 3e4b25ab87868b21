"""The direct engine: chains in a gaussian reference of the posterior, without a compiled graph."""

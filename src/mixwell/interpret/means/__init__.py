"""Reference grids, means, comparisons, predictions; start with `estimands`."""

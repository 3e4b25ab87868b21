"""Reference grids, means, slopes, comparisons, predictions; start with `estimands`."""

"""Cross-products of a design's columns, wherever the rows lie; start with `sums`."""

"""Cross-products of a design's columns, summed wherever the rows lie; start with `sums`."""

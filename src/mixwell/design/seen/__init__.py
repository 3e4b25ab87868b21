"""What answers need to know of a design's rows, whether these are in memory or lie elsewhere."""

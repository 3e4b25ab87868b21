"""Groups of rows left out as a whole, from sums of their rows; start with `cell_products`."""

"""Reference grids: values of variables and the weights of levels; start with `axes`."""

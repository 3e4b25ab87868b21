"""Log densities followed for their derivatives; start with `derivatives`."""

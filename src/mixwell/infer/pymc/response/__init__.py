"""The response as a variable of the PyMC model; start with `observe`."""

"""What the names of an R script stand for. Begin with `r_values.py`."""

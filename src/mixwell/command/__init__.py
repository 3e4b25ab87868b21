"""What the command `mixwell` does around a fit: data in, results out; start with `delivery`."""

"""R's names: its functions with their parameters, its coefficients. Begin with `signatures.py`."""

"""Linear gaussian models of any size: x given t exactly, by conjugate gradients."""

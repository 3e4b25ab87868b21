"""What is left of the responses after the model; start with `residuals`."""

"""What a fitted model says: means, contrasts, slopes, predictions; start with `means/estimands`."""

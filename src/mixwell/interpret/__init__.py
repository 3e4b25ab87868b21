"""What a fitted model says: means, contrasts, slopes, comparisons, predictions, hypotheses."""

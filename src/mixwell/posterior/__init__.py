"""The one owner of a posterior: draws, labels, predictors, files; start with `draws/stacks`."""

"""Times until an event: survival curves, restricted means, ratios; see `survival_curves`."""

"""Times until an event: survival curves, restricted means, quantiles, ratios; see `survival_curves`."""

"""How far posteriors of chains are from independent draws of the same model."""

import numpy as np

import mixwell as mw
from mixwell.numeric.chains import ess_bulk

__all__ = ["distances"]


def distances(chains: mw.Fit, independent: mw.Fit) -> dict[tuple[str, int, int], float]:
    """Return distances of means and of mean squares of every number, in Monte Carlo errors.

    By variable, place in it, and power.
    """
    apart = {}
    for name, found in chains.posterior.data_vars.items():
        both = found, independent.posterior[name]
        ours, theirs = (np.asarray(v.values).reshape(4, v.sizes["draw"], -1) for v in both)
        for k in np.flatnonzero(ours.std(axis=(0, 1)) > 1e-9):  # but a correlation with itself
            for power in (1, 2):
                middle = theirs[..., k].mean()
                one, other = ((v[..., k] - middle) ** power for v in (ours, theirs))
                effective = float(ess_bulk(one[..., None])[0])
                error = np.hypot(one.std() / np.sqrt(effective), other.std() / np.sqrt(other.size))
                apart[str(name), int(k), power] = abs(one.mean() - other.mean()) / error
    return apart

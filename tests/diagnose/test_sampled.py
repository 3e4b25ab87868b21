"""What checks read of very many draws: no copy of them is made, and what is odd is found."""

import tracemalloc

import numpy as np
import xarray as xr

from mixwell.diagnose.sampled import read_draws

LEVELS = 3000


def tree_of(values: np.ndarray) -> xr.DataTree:
    dims = ("chain", "draw", "g", "g_effect")
    labels = {"g": [f"g{k}" for k in range(LEVELS)], "g_effect": ["Intercept"]}
    posterior = xr.Dataset({"r_g": (dims, values)}, coords=labels, attrs={"k_hat": 0.1})
    posterior["sigma"] = ("chain", "draw"), np.exp(values[..., 0, 0])
    return xr.DataTree.from_dict({"posterior": posterior})


def test_independent_draws_of_many_levels_are_read_without_a_copy_of_them() -> None:
    tree = tree_of(np.random.default_rng(1).normal(size=(2, 500, LEVELS, 1)))
    read_draws(tree, None)  # imports
    tracemalloc.start()
    try:
        read_draws(tree, None)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < tree["posterior"]["r_g"].nbytes / 4


def test_levels_that_do_not_move_or_are_infinite_are_kept_among_independent_draws() -> None:
    values = np.random.default_rng(1).normal(size=(2, 500, LEVELS, 1))
    values[:, :, 7] = 1.0
    values[1, 321, 11] = np.inf
    kept = read_draws(tree_of(values), None).stack.labels
    assert kept == ("r_g[g7, Intercept]", "r_g[g11, Intercept]", "sigma")

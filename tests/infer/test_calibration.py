"""Simulation-based calibration of a model with correlated effects (Talts et al. 2018)."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mixwell as mw

PRIORS = {
    "Intercept": "Normal(0, 1)",
    "x": "Normal(0, 1)",
    "sd_g": "HalfNormal(1)",
    "corr_g": "LKJ(2)",
    "sigma": "HalfNormal(1)",
}
REPLICATIONS, KEPT, BINS = 24, 99, 4


def simulated(rng):
    """Draw parameters from the priors and data from them."""
    truth = {
        "Intercept": rng.normal(),
        "x": rng.normal(),
        "sd_g[Intercept]": abs(rng.normal()),
        "sd_g[x]": abs(rng.normal()),
        "corr_g[Intercept, x]": 2 * rng.beta(2, 2) - 1,
        "sigma": abs(rng.normal()),
    }
    rho = truth["corr_g[Intercept, x]"]
    root = np.array([[1.0, 0.0], [rho, np.sqrt(1 - rho**2)]])
    sds = [truth["sd_g[Intercept]"], truth["sd_g[x]"]]
    r = rng.normal(size=(8, 2)) @ root.T * sds
    g, x = np.repeat(np.arange(8), 6), rng.normal(size=48)
    mean = truth["Intercept"] + r[g, 0] + (truth["x"] + r[g, 1]) * x
    return truth, pd.DataFrame({"y": rng.normal(mean, truth["sigma"]), "x": x, "g": g})


def ranks(rng, seed):
    truth, data = simulated(rng)
    model = mw.Model("y ~ x + (x | g)", data, priors=PRIORS)
    fit = model.fit(engine="nuts", draws=500, tune=500, chains=2, seed=seed)
    stack = fit.posterior.stack(sample=("chain", "draw")).isel(sample=slice(None, None, 10))
    draws = {
        "Intercept": stack["b"].values[0],
        "x": stack["b"].values[1],
        "sd_g[Intercept]": stack["sd_g"].values[0],
        "sd_g[x]": stack["sd_g"].values[1],
        "corr_g[Intercept, x]": stack["corr_g"].values[1, 0],
        "sigma": stack["sigma"].values,
    }
    return {name: int((values[:KEPT] < truth[name]).sum()) for name, values in draws.items()}


@pytest.mark.slow
def test_ranks_of_the_truth_among_the_draws_are_uniform():
    rng = np.random.default_rng(8)
    found = pd.DataFrame([ranks(rng, seed) for seed in range(REPLICATIONS)])
    for name, values in found.items():
        counts = np.histogram(values, bins=BINS, range=(0, KEPT + 1))[0]
        assert stats.chisquare(counts).pvalue > 0.001, name

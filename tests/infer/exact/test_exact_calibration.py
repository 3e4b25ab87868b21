"""Simulation-based calibration of the exact engine (Talts, Betancourt, Simpson, Vehtari 2018).

Parameters are drawn from their priors and data from them; the rank of the truth among the draws is
then uniform, for every parameter, if and only if the draws are from the posterior.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

import mixwell as mw
from mixwell.infer.declined import Declined
from mixwell.infer.exact.exact_draws import sample_exactly
from mixwell.infer.settings import Settings

REPLICATIONS, KEPT, BINS = 500, 99, 10
Truth = dict[str, float]


def effects(rng: np.random.Generator) -> tuple[Truth, np.ndarray, np.ndarray]:
    """Draw what both models share: coefficients, sds and correlated deviations of ten levels."""
    truth = {
        "b[Intercept]": rng.normal(),
        "b[x]": rng.normal(),
        "sd_g[Intercept]": abs(rng.normal()),
        "sd_g[x]": abs(rng.normal()),
        "corr_g": 2 * rng.beta(2, 2) - 1,
    }
    root = np.array([[1.0, 0.0], [truth["corr_g"], np.sqrt(1 - truth["corr_g"] ** 2)]])
    r = rng.normal(size=(10, 2)) @ root.T * [truth["sd_g[Intercept]"], truth["sd_g[x]"]]
    g, x = np.repeat(np.arange(10), 6), rng.normal(size=60)
    eta = truth["b[Intercept]"] + r[g, 0] + (truth["b[x]"] + r[g, 1]) * x
    return truth | {"r_g[0, Intercept]": r[0, 0], "r_g[9, x]": r[9, 1]}, eta, np.stack([g, x])


PRIORS = {
    "Intercept": "Normal(0, 1)",
    "x": "Normal(0, 1)",
    "sd_g": "HalfNormal(1)",
    "corr_g": "LKJ(2)",
}


def gaussian(rng: np.random.Generator) -> tuple[Truth, mw.Model]:
    """Draw parameters and data of a gaussian model with correlated effects."""
    truth, eta, (g, x) = effects(rng)
    truth["sigma"] = abs(rng.normal())
    data = {"y": rng.normal(eta, truth["sigma"]), "g": g.astype(int), "x": x}
    priors = PRIORS | {"sigma": "HalfNormal(1)"}
    return truth, mw.Model("y ~ x + (x | g)", data, priors=priors)


def logistic(rng: np.random.Generator) -> tuple[Truth, mw.Model]:
    """Draw parameters and data of a logistic model with correlated effects."""
    truth, eta, (g, x) = effects(rng)
    chance = 1 / (1 + np.exp(-eta))
    data = {"y": rng.binomial(1, chance), "g": g.astype(int), "x": x}
    if len(set(data["y"])) == 1:  # such data are refused; they are as rare as they are empty
        return logistic(rng)
    return truth, mw.Model("y ~ x + (x | g)", data, family="bernoulli", priors=PRIORS)


def thinned(posterior: xr.Dataset) -> dict[str, np.ndarray]:
    """Return every fourth draw, so that no parameter vector comes twice."""
    kept = posterior.isel(chain=0, draw=slice(0, 4 * KEPT, 4))
    named: dict[str, Any] = {
        "b[Intercept]": kept["b"].values[:, 0],
        "b[x]": kept["b"].values[:, 1],
        "sd_g[Intercept]": kept["sd_g"].values[:, 0],
        "sd_g[x]": kept["sd_g"].values[:, 1],
        "corr_g": kept["corr_g"].values[:, 1, 0],
        "r_g[0, Intercept]": kept["r_g"].values[:, 0, 0],
        "r_g[9, x]": kept["r_g"].values[:, 9, 1],
    }
    return named | ({"sigma": kept["sigma"].values} if "sigma" in kept else {})


@pytest.mark.slow
@pytest.mark.parametrize("simulate", [gaussian, logistic])
def test_ranks_of_the_truth_among_the_draws_are_uniform(
    simulate: Callable[[np.random.Generator], tuple[Truth, mw.Model]],
) -> None:
    rng = np.random.default_rng(20)
    ranks: list[Truth] = []
    refused = 0
    for seed in range(REPLICATIONS):
        truth, model = simulate(rng)
        found = sample_exactly(model.spec, Settings(draws=4 * KEPT, chains=1, seed=seed))
        if isinstance(found, Declined):
            refused += 1
            continue
        tree, _ = found
        draws = thinned(tree["posterior"].to_dataset())
        ranks.append({name: float((draws[name] < value).sum()) for name, value in truth.items()})
    assert refused <= REPLICATIONS // 50
    for name, values in pd.DataFrame(ranks).items():
        counts = np.histogram(values, bins=BINS, range=(0, KEPT + 1))[0]
        assert stats.chisquare(counts).pvalue > 0.001, name

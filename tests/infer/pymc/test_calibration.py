"""Simulation-based calibration of a model with correlated effects (Talts et al. 2018).

Parameters are drawn from their priors, data from them: the rank of the true value among draws from
the posterior is then uniform. Both engines are held to it, and the test itself to finding a prior
that is half as wide as the truth's. (512 replications of each engine: some five minutes in all.)
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mixwell as mw
from mixwell.infer.built_model import BuiltModel

FORMULA = "y ~ x + (x | g)"
LEVELS, ROWS = 8, 6
PRIORS = {
    "Intercept": "Normal(0, 1)",
    "x": "Normal(0, 1)",
    "sd_g": "Gamma(6, 6)",
    "corr_g": "LKJ(2)",
    "sigma": "Gamma(20, 20)",
}
# Half of the levels centered, half not: the expression that holds every other parameterization.
MIXED = {"g": {str(level): "centered" for level in range(0, LEVELS, 2)}}
REPLICATIONS, KEPT, BINS = 512, 95, 16  # ranks 0 to 95: six in each bin
PROBABILITY = 0.001

Draws = dict[str, np.ndarray]


def design() -> pd.DataFrame:
    """Make the predictor and the levels, the same in every replication, and some response."""
    x, y = np.random.default_rng(1).normal(size=(2, LEVELS * ROWS))
    return pd.DataFrame({"y": y, "x": x, "g": np.repeat(np.arange(LEVELS), ROWS)})


def simulated(rng: np.random.Generator, data: pd.DataFrame) -> tuple[dict[str, float], np.ndarray]:
    """Draw parameters from the priors, and a response from them."""
    sds, rho = rng.gamma(6, 1 / 6, 2), 2 * rng.beta(2, 2) - 1
    root = np.array([[1.0, 0.0], [rho, np.sqrt(1 - rho**2)]])
    r = rng.normal(size=(LEVELS, 2)) @ root.T * sds
    b, sigma = rng.normal(size=2), rng.gamma(20, 1 / 20)
    g, x = data["g"].to_numpy(), data["x"].to_numpy()
    truth = {
        "Intercept": b[0],
        "x": b[1],
        "sd_g[Intercept]": sds[0],
        "sd_g[x]": sds[1],
        "corr_g": rho,
        "sigma": sigma,
        "r_g[3, x]": r[3, 1],
    }
    return truth, rng.normal(b[0] + r[g, 0] + (b[1] + r[g, 1]) * x, sigma)


def named(posterior) -> Draws:
    """Take the parameters out of a posterior, thinned to nearly independent draws."""
    stack = posterior.stack(sample=("chain", "draw"))
    stack = stack.isel(sample=np.linspace(0, stack.sizes["sample"] - 1, KEPT).astype(int))
    values = {
        name: stack[name].transpose(..., "sample").values
        for name in ("b", "sd_g", "corr_g", "sigma", "r_g")
    }
    return {
        "Intercept": values["b"][0],
        "x": values["b"][1],
        "sd_g[Intercept]": values["sd_g"][0],
        "sd_g[x]": values["sd_g"][1],
        "corr_g": values["corr_g"][1, 0],
        "sigma": values["sigma"],
        "r_g[3, x]": values["r_g"][3, 1],
    }


def nuts(priors: dict[str, str]) -> Callable[[np.ndarray, int], Draws]:
    """Return a maker of draws: the model is compiled once, the response exchanged in it."""
    import nutpie
    import pymc as pm

    built = BuiltModel(mw.Model(FORMULA, design(), priors=priors).spec, MIXED).model
    with built:
        exchanged = pm.Data("response", design()["y"].to_numpy())
    old = built.rvs_to_values[built["y"]]
    built.values_to_rvs[exchanged] = built.values_to_rvs.pop(old)
    built.rvs_to_values[built["y"]] = exchanged
    compiled = nutpie.compile_pymc_model(built)

    def draws(y: np.ndarray, seed: int) -> Draws:
        made = nutpie.sample(
            compiled.with_data(response=y),
            draws=10 * KEPT,
            tune=500,
            chains=1,
            cores=1,
            seed=seed,
            target_accept=0.95,
            progress_bar=False,
        )
        return named(made["posterior"].to_dataset())

    return draws


def exact(priors: dict[str, str]) -> Callable[[np.ndarray, int], Draws]:
    """Return the exact engine's maker of draws."""

    def draws(y: np.ndarray, seed: int) -> Draws:
        model = mw.Model(FORMULA, design().assign(y=y), priors=priors)
        return named(model.fit(engine="exact", chains=1, draws=1000, seed=seed).posterior)

    return draws


def probabilities(draws: Callable[[np.ndarray, int], Draws]) -> pd.DataFrame:
    """Return the probability of ranks as far from uniform as those found, by two tests.

    `histogram` is sensitive to draws that are too wide or too narrow, `sum` to a shift.
    """
    rng, data = np.random.default_rng(21), design()
    found = []
    for seed in range(REPLICATIONS):
        truth, y = simulated(rng, data)
        made = draws(y, seed)
        found.append({name: int((made[name] < value).sum()) for name, value in truth.items()})
    ranks, rows = pd.DataFrame(found), {}
    sd = np.sqrt(((KEPT + 1) ** 2 - 1) / 12 * REPLICATIONS)
    for name, values in ranks.items():
        counts = np.histogram(values, bins=BINS, range=(-0.5, KEPT + 0.5))[0]
        rows[name] = {
            "histogram": stats.chisquare(counts).pvalue,
            "sum": 2 * stats.norm.sf(abs(values.sum() - REPLICATIONS * KEPT / 2) / sd),
        }
    return pd.DataFrame(rows).T


@pytest.mark.slow
@pytest.mark.parametrize("engine", [nuts, exact], ids=["nuts, mixed", "exact"])
def test_ranks_of_the_truth_among_the_draws_are_uniform(engine):
    found = probabilities(engine(PRIORS))
    assert (found > PROBABILITY).all(axis=None), found.to_string()


@pytest.mark.slow
def test_ranks_find_a_prior_that_is_half_as_wide_as_the_truth_s():
    found = probabilities(exact({**PRIORS, "sd_g": "Gamma(6, 12)"}))
    wrong = found.index[(found < PROBABILITY).any(axis=1)]
    assert {"sd_g[Intercept]", "sd_g[x]"} <= set(wrong)

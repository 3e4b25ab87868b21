"""Means of responses with extra zeros: of all of them, zeros included."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(8)
    n = 300
    frame = pd.DataFrame({"g": np.repeat(np.arange(15), n // 15), "x": rng.normal(size=n)})
    frame["treated"] = np.where(rng.uniform(size=n) < 0.5, "yes", "no")
    mu = np.exp(0.8 + 0.5 * (frame["treated"] == "yes") + rng.normal(0, 0.4, 15)[frame["g"]])
    absent = rng.uniform(size=n) < np.where(frame["treated"] == "yes", 0.2, 0.5)
    frame["y"] = np.where(absent, 0, rng.poisson(mu))
    return frame


@pytest.fixture(scope="module", params=["zero_inflated_poisson", "hurdle_poisson"])
def fit(request, data):
    return mw.Model("y ~ treated + (1 | g)", data, request.param).fit(seed=3)


def test_the_exact_engine_draws_families_with_zeros(fit):
    assert fit.engine["name"] == "exact"


def test_predictions_average_to_the_datas_mean(fit, data):
    draws = fit.predictions(groups="existing").draws.mean(axis=-1)
    assert abs(float(draws.mean()) - data["y"].mean()) < 2 * float(draws.std())


def test_means_are_of_all_responses(fit):
    """The family's mean at the coefficients' draws, by hand."""
    b = fit.idata.posterior["b"].stack(sample=("chain", "draw")).to_numpy()
    name = "zi" if "zi" in fit.idata.posterior else "hu"
    chance = fit.idata.posterior[name].to_numpy().ravel()
    mu = np.exp(b[0])
    expected = (1 - chance) * (mu if name == "zi" else mu / -np.expm1(-mu))
    found = fit.means("treated").frame["estimate"].iloc[0]
    assert found == pytest.approx(expected.mean(), rel=1e-9)

"""Draws of models whose likelihood is costly have no stragglers."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    g, x = rng.integers(0, 60, 2_000), rng.normal(size=2_000)
    eta = 0.3 + 0.5 * x + rng.normal(size=60)[g] * 0.6
    frame = pd.DataFrame({"x": x, "g": [f"g{i}" for i in g]})
    amounts, outcomes = (
        rng.gamma(3, np.exp(eta) / 3),
        rng.uniform(size=2_000) < 1 / (1 + np.exp(-eta)),
    )
    return frame.assign(p=amounts, o=outcomes.astype(int), s=eta + rng.standard_t(4, 2_000))


@pytest.mark.parametrize(
    ("response", "family"), [("p", "gamma"), ("o", "bernoulli"), ("s", "student")]
)
def test_no_draw_lies_where_the_posterior_has_nothing(rows, response, family):
    """Of 4,000 draws of about normal log sds none is farther out than some six sds."""
    fit = mw.Model(f"{response} ~ x + (1 | g)", rows, family=family).fit(engine="exact", seed=1)
    for name in ("sd_g", "b"):
        values = fit.posterior[name].to_numpy().reshape(4_000, -1)
        values = np.log(values) if name == "sd_g" else values
        middle, ends = np.median(values, axis=0), np.quantile(values, [0.16, 0.84], axis=0)
        z = np.abs(values - middle) / (0.5 * (ends[1] - ends[0]))
        assert 3 < z.max() < 6

"""Neither draws nor geometry depend on the units of the response and of predictors."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

RNG = np.random.default_rng(5)
N = 120
DATA = pd.DataFrame({"x": RNG.normal(size=N), "g": np.repeat(np.arange(12), 10)})
DATA["y"] = 1 + 0.5 * DATA["x"] + RNG.normal(size=12)[DATA["g"]] + RNG.normal(size=N)
DATA["yes"] = (DATA["y"] > 1).astype(int)
DATA["k"] = RNG.poisson(np.exp(DATA["y"]))
DATA["level"] = "l" + DATA["g"].astype(str)

FAMILIES = [
    ("y ~ x + (x | level)", "gaussian", (1e-9, 1e9)),
    ("y ~ x + (1 | level)", "student", (1e-9, 1e9)),
    ("yes ~ x + (x | level)", "bernoulli", (1.0,)),
    ("k ~ x + (x | level)", "negativebinomial", (1.0,)),
]


def _model(formula: str, family: str, height: float, width: float) -> mw.Model:
    data = DATA.assign(x=DATA["x"] * width, y=DATA["y"] * height)
    return mw.Model(formula, data, family)


@pytest.mark.parametrize(("formula", "family", "heights"), FAMILIES)
def test_exact_draws_are_the_same_in_any_units(formula, family, heights):
    plain = _model(formula, family, 1.0, 1.0).fit(engine="exact", seed=1, draws=250)
    for height in heights:
        for width in (1e-6, 1e6):
            other = _model(formula, family, height, width).fit(engine="exact", seed=1, draws=250)
            expected, found = (f.posterior["b"].to_numpy() for f in (plain, other))
            found = found * [1, width] / height
            np.testing.assert_allclose(found.mean((0, 1)), expected.mean((0, 1)), rtol=1e-4)
            np.testing.assert_allclose(found.std((0, 1)), expected.std((0, 1)), rtol=1e-4)


@pytest.mark.parametrize(("formula", "family", "heights"), FAMILIES)
def test_the_geometry_is_the_same_in_any_units(formula, family, heights):
    plain = _model(formula, family, 1.0, 1.0).geometry()
    for height in heights:
        for width in (1e-6, 1e6):
            other = _model(formula, family, height, width).geometry()
            np.testing.assert_allclose(other["ratio"], plain["ratio"], rtol=1e-4)
            assert other["choice"].tolist() == plain["choice"].tolist()

"""A lognormal model is the gaussian one of log(y), which is exact in closed form."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

RNG = np.random.default_rng(3)
GROUP = np.repeat(np.arange(20), 10)
X = RNG.normal(size=200)
LOGS = 1 + 0.4 * X + 0.5 * RNG.normal(size=20)[GROUP] + 0.7 * RNG.normal(size=200)
DATA = pd.DataFrame({"x": X, "g": GROUP.astype(str), "y": np.exp(LOGS), "logs": LOGS})
PRIORS = {
    "Intercept": "Normal(0, 3)",
    "x": "Normal(0, 1)",
    "sigma": "HalfNormal(1)",
    "sd_g": "HalfNormal(1)",
}


@pytest.mark.parametrize("terms", ["x", "x + (1 | g)", "x + (x | g)"])
def test_the_exact_engine_gives_the_posterior_of_the_logarithms(terms):
    priors = {key: prior for key, prior in PRIORS.items() if key != "sd_g" or "g" in terms}
    fits = [
        mw.Model(f"{left} ~ {terms}", DATA, family, priors=priors).fit(seed=1)
        for left, family in (("y", "lognormal"), ("logs", "gaussian"))
    ]
    assert [fit.engine["name"] for fit in fits] == ["exact", "exact"]
    one, two = (fit.summary() for fit in fits)
    np.testing.assert_allclose(
        one["estimate"], two["estimate"], atol=0.12 * two["sd"].max(), rtol=0.03
    )
    np.testing.assert_allclose(one["sd"], two["sd"], rtol=0.1)
    # the densities of y are those of the logarithms, over y
    evidence = [fit.evidence() for fit in fits]
    gap = evidence[1].log_density - evidence[0].log_density
    error = np.hypot(evidence[0].error, evidence[1].error)
    assert gap == pytest.approx(LOGS.sum(), abs=6 * error + 0.01)

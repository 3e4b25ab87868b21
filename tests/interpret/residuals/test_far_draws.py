"""Residuals, means and predictions whose draws go beyond the largest number."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(2)
    return pd.DataFrame({"y": np.exp(rng.normal(size=12)), "f": list("aab") * 4})


@pytest.mark.parametrize("log_sigma", [2.0, 3.0, 3.5, 300.0])
def test_they_are_said_to_be_unknown_without_a_warning(pretend, data, log_sigma):
    """A lognormal mean is exp(mu + sigma^2 / 2): too large a number at a log sigma of 3.7."""
    from mixwell.interpret.residuals.residuals import residuals

    b_sigma = (("effect_sigma",), [0.0, log_sigma])
    fit = pretend(["y ~ f", "sigma ~ f"], data, [0.1, 0.2], "lognormal", b_sigma=b_sigma)
    made = [
        fit.means("f"),
        fit.comparisons("f"),
        fit.predictions(),
        residuals(fit.drawn, "response"),
        residuals(fit.drawn, "pearson"),
    ]
    for found in made[:4]:
        finite = np.isfinite(found.frame["estimate"]).all()
        assert finite == ("it is no number" not in str(found))
        assert finite == (log_sigma < 3.7)

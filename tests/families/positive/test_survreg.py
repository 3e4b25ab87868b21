"""Estimates of families of times are those of R's survreg; its script is in tests/interpret."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import special

import mixwell as mw

R = json.loads((Path(__file__).parents[2] / "interpret/reference/survival.json").read_text())
KIDNEY = mw.load_data("kidney").assign(event=lambda d: 1 - d["censored"])


@pytest.mark.parametrize("known", R["models"], ids=lambda known: known["dist"])
def test_flat_modes_are_survregs_estimates(known):
    found = mw.Model("Surv(time, event) ~ age + sex", KIDNEY, known["dist"]).mode(flat=True)
    assert found.log_likelihood == pytest.approx(known["loglik"], abs=1e-5)
    b, scale = np.array(known["coef"]), known["scale"]
    of_mean = {"weibull": special.gammaln(1 + scale)}  # survreg has the scale in its place
    b[0] += of_mean.get(known["dist"], 0.0)
    np.testing.assert_allclose(found.fixef()["estimate"], b, atol=2e-4)
    own = {"weibull": ("alpha", 1 / scale), "exponential": None}.get(
        known["dist"], ("sigma", scale)
    )
    if own:
        assert found.parameters[own[0]] == pytest.approx(own[1], rel=1e-3)

"""The Tweedie family: mgcv's log densities, differences, its own draws; units of the response."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.families.combined.test_zeros import drawn
from tests.families.test_density import slopes

import mixwell as mw
from mixwell.families import get_family
from mixwell.families.arguments import Arguments

FAMILY = get_family("tweedie")
STORED = json.loads((Path(__file__).parents[1] / "reference" / "tweedie.json").read_text())
GIVEN = {
    "mu": np.array([0.3, 0.8, 2.5]),
    "phi": np.array([0.5, 1.5, 3.0]),
    "power": np.array([1.2, 1.5, 1.8]),
}
RESPONSES = np.array([[0.0, 0.4, 2.0], [3.0, 0.0, 0.01], [50.0, 9.0, 0.0]])


def test_a_log_density_is_mgcvs():
    """Dunn and Smyth's series, summed by mgcv 1.8-41's ldTweedie (tweedie.R)."""
    known = {name: np.array(values) for name, values in STORED.items()}
    expected = known.pop("log_density")
    found = FAMILY.arguments(**known).call(FAMILY.density.log)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-10)


@pytest.mark.parametrize("y", RESPONSES.tolist())
def test_gradient_and_hessian_are_differences(y):
    y, names = np.array(y), ("mu", "phi", "power")
    gradient = FAMILY.arguments(y=y, **GIVEN).call(FAMILY.density.gradient)
    hessian = iter(FAMILY.arguments(y=y, **GIVEN).call(FAMILY.density.hessian))

    def log_density(**at):
        return FAMILY.arguments(y=y, **at).call(FAMILY.density.log)

    for row, one in enumerate(names):
        np.testing.assert_allclose(gradient[row], slopes(log_density, GIVEN, one), rtol=1e-8)
        for other in names[: row + 1]:

            def of_one(row=row, **at):
                return FAMILY.arguments(y=y, **at).call(FAMILY.density.gradient)[row]

            expected = slopes(of_one, GIVEN, other)
            np.testing.assert_allclose(next(hessian), expected, rtol=1e-7, atol=1e-8)


def test_random_responses_have_mean_variance_and_zeros():
    values, found = drawn(FAMILY, GIVEN), FAMILY.arguments(y=np.zeros(3), **GIVEN)
    variance = found.value(FAMILY.variance_function)
    assert (np.abs(values.mean(axis=0) - GIVEN["mu"]) < 5 * np.sqrt(variance / len(values))).all()
    np.testing.assert_allclose(values.var(axis=0), variance, rtol=0.1)
    zeros = np.exp(found.call(FAMILY.density.log))
    np.testing.assert_allclose((values == 0).mean(axis=0), zeros, atol=0.015)


def test_the_same_text_makes_tensors_with_derivatives():
    import pytensor
    import pytensor.tensor as pt

    from mixwell.infer.pymc.tensor_functions import TENSORS

    y = RESPONSES[1]
    inputs = [pt.dvector(name) for name in GIVEN]
    given = dict(zip(GIVEN, inputs, strict=True))
    made = Arguments(FAMILY.link, TENSORS, {"y": y, **given}).call(FAMILY.density.log)
    outputs = [made, *pytensor.grad(made.sum(), inputs)]
    compute = pytensor.function(inputs, outputs, mode="FAST_COMPILE")
    log, *gradient = compute(*GIVEN.values())
    known = FAMILY.arguments(y=y, **GIVEN)
    np.testing.assert_allclose(log, known.call(FAMILY.density.log), rtol=1e-10)
    expected = known.call(FAMILY.density.gradient)
    np.testing.assert_allclose(gradient, expected, rtol=1e-7, atol=1e-8)


def test_amounts_below_0_are_refused():
    with pytest.raises(mw.DataError, match="is below 0"):
        mw.Model("y ~ 1", pd.DataFrame({"y": [0.0, 1.2, -0.5]}), "tweedie")


def test_the_unit_of_amounts_does_not_move_the_power():
    """The dispersion's unit is that of y to 2 - power: its prior is flat on the log scale."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=120)
    counts = rng.poisson(np.exp(0.3 + 0.2 * x))
    y = np.array([rng.gamma(2, 1.5, k).sum() if k else 0.0 for k in counts])
    found = [
        mw.Model("y ~ x", pd.DataFrame({"x": x, "y": y * unit}), "tweedie")
        .fit(seed=1, progressbar=False)
        .summary()
        for unit in (1e-3, 1e6)
    ]
    small, large = (each.loc["power"] for each in found)
    assert abs(small["estimate"] - large["estimate"]) < 4 * np.hypot(small["mcse"], large["mcse"])

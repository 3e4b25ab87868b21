"""A response in another unit has the same posterior, in that unit."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

RNG = np.random.default_rng(4)
GROUP = RNG.integers(8, size=80)
X = RNG.normal(size=80)
Y = np.exp(0.3 + 0.5 * X + RNG.normal(0, 0.4, 8)[GROUP] + RNG.normal(0, 0.6, 80))
ZEROS = np.where(RNG.random(80) < 0.2, 0.0, Y)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
@pytest.mark.parametrize(
    ("family", "y"),
    [
        ("lognormal", Y),
        ("shifted_lognormal", Y),
        ("loglogistic", Y),
        ("hurdle_lognormal", ZEROS),
        ("gamma", Y),
    ],
)
def test_the_mode_of_positive_numbers_does_not_depend_on_their_unit(family, y, unit):
    def mode(values):
        data = pd.DataFrame({"x": X, "g": GROUP.astype(str), "y": values})
        return mw.Model("y ~ x + (1 | g)", data, family).mode()

    there, here = mode(y * unit), mode(y)
    np.testing.assert_allclose(there.b - [np.log(unit), 0.0], here.b, atol=1e-4)
    np.testing.assert_allclose(there.sd["g"], here.sd["g"], rtol=1e-3)

import numpy as np
import pandas as pd
import pytest

from mixwell import DataError, Model

RNG = np.random.default_rng(0)


def frame(**changed: object) -> pd.DataFrame:
    plain = {"y": RNG.normal(size=12), "x": RNG.normal(size=12), "w": 1.0, "s": 1.0}
    return pd.DataFrame(plain | changed)


@pytest.mark.parametrize(
    ("changed", "formula", "said"),
    [
        ({"x": [1e300, *range(11)]}, "y ~ x", r"x is 1e\+300 in size, .* is infinite"),
        ({"y": [-1e300, *range(11)]}, "y ~ x", r"y is 1e\+300 in size, .* is infinite"),
        ({"x": 1e-300 * np.arange(12)}, "y ~ x", "x is at most 1.1e-299 in size, .* is 0"),
        ({"x": 5e-324 * np.arange(12)}, "y ~ x", "x is at most .* is 0 in floating"),
        ({"y": 1e-200 * np.arange(12)}, "y ~ x", "y is at most 1.1e-199 in size"),
        ({"x": 1e100 * np.arange(12)}, "y ~ I(x^2)", r"I\(x\^2\) is 1.21e\+202 in size"),
        ({"s": 1e200}, "y | se(s) ~ x", r"s is 1e\+200 in size"),
        ({"w": 1e300}, "y | weights(w) ~ x", r"w is 1e\+300 in size"),
    ],
)
def test_numbers_whose_squares_floats_do_not_hold_are_refused(
    changed: dict[str, object], formula: str, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        Model(formula, frame(**changed))


def test_numbers_near_zero_among_others_are_numbers() -> None:
    x = [1e-300, 5e-324, *range(10)]
    assert Model("y ~ x", frame(x=x)).design.common["x"].tolist() == x


def test_new_rows_may_be_near_zero() -> None:
    fit = Model("y ~ x", frame()).fit(draws=50, seed=1)
    near, zero = (fit.predictions(pd.DataFrame({"x": [x]}))["estimate"][0] for x in (1e-200, 0.0))
    assert near == zero

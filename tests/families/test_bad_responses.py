"""Responses that a family cannot have are refused with the first row and its value, others taken.

Which they are is said here by a rule for each family, not by the package.
"""

import numpy as np
import pandas as pd
import pytest
from tests.families.simulated import COUNTS, SIMULATED, TRIALS, simulated_rows

import mixwell as mw
from mixwell.families import FAMILIES

#: What two rows of a response become.
VALUES = (-1.0, -0.37, 0.0, 1e-300, 0.5, 1.0, 1.5, float(TRIALS + 1), 181.0, 1e9)
REAL = ("gaussian", "student", "skew_normal", "laplace", "asymmetric_laplace", "exgaussian")
POSITIVE = ("gamma", "lognormal", "shifted_lognormal", "weibull", "inverse_gaussian", "loglogistic")


def _whole(y):
    return y == round(y)


def _can_be(name, y):
    """Whether a family has the value, by the definition of its distribution."""
    base = name.removeprefix("zero_inflated_").removeprefix("hurdle_").removeprefix("truncated_")
    zeros = base != name and not name.startswith("truncated")
    if base in REAL:
        return True
    if base in POSITIVE:
        return y > 0 or (zeros and y == 0)
    if base in ("exponential", "tweedie"):
        return y >= 0
    if base == "compois" and y > 10_000:
        return False  # its sums would take too long
    if base in COUNTS:
        return _whole(y) and y >= (1 if name.startswith("truncated") else 0)
    if base in ("binomial", "beta_binomial"):
        return _whole(y) and 0 <= y <= TRIALS
    known = {
        "bernoulli": y in (0, 1),
        "beta": 0 < y < 1 or (zeros and y == 0),
        "zero_one_inflated_beta": 0 <= y <= 1,
        "von_mises": -np.pi <= y <= np.pi,
        "dirichlet": False,  # the row would not add up to 1
    }
    return known[base] if base in known else _whole(y) and y >= 0


NUMERIC = [n for n in SIMULATED if FAMILIES[n].support.kind not in ("ordered", "categories")]


@pytest.mark.parametrize("name", NUMERIC)
def test_a_value_is_taken_or_refused_with_its_row_as_the_distribution_has_it(name):
    left, data = SIMULATED[name].left, simulated_rows(name, rows=40)
    column = "y0" if "cbind" in left else "y"
    for value in VALUES:
        spoiled = data.astype({column: float})
        spoiled.loc[[3, 7], column] = value
        if _can_be(name, value):
            assert mw.Model(f"{left} ~ x", spoiled, name).design.n == 40
            continue
        with pytest.raises(mw.DataError) as caught:
            mw.Model(f"{left} ~ x", spoiled, name)
        said = str(caught.value)
        assert "row 4" in said
        assert f"{value:g}" in said or "add up to" in said


def _columns(n):
    yield "infinite", np.where(np.arange(n) == 3, np.inf, 1.0)
    yield "missing", np.full(n, np.nan)
    yield "dates", pd.date_range("2020-01-01", periods=n)
    yield "durations", pd.to_timedelta(np.arange(n) + 1, "D")
    yield "complex numbers", np.resize([1 + 1j, 2.0], n)
    yield "several types", pd.Series(np.resize(np.array([1, "a", 2.5], dtype=object), n))
    yield "lists", pd.Series([[1, 2]] * n)
    yield "one value", np.full(n, 0.3)
    yield "tiny numbers", np.resize([1e-300, 2e-300], n)
    yield "vast numbers", np.resize([1e300, 2e300], n)


@pytest.mark.parametrize("name", SIMULATED)
def test_a_column_that_is_no_response_is_refused_in_a_sentence(name):
    left, data = SIMULATED[name].left, simulated_rows(name, rows=40)
    for what, values in _columns(40):
        with pytest.raises(mw.MixwellError) as caught:
            mw.Model(f"{left} ~ x", data.assign(**{"y0" if "cbind" in left else "y": values}), name)
        assert str(caught.value).split("\n")[0].endswith("."), what


@pytest.mark.parametrize("name", [n for n in NUMERIC if FAMILIES[n].support.needs])
def test_zeros_without_anything_else_and_nothing_without_zeros_are_refused(name):
    left, data = SIMULATED[name].left, simulated_rows(name, rows=40)
    none = np.full(40, 0.4) if data["y"].max() <= 1 else np.resize([1.0, 2.0], 40)
    if not FAMILIES[name].support.whole and data["y"].max() <= 1:
        none = np.linspace(0.2, 0.8, 40)
    for values in (np.zeros(40), none):
        with pytest.raises(mw.DataError, match=r"0 in every row|0 or 1 in every|no zeros|never 0"):
            mw.Model(f"{left} ~ x", data.assign(y=values), name)

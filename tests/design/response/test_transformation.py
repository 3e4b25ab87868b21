"""How a response is computed from what was measured, and the way back."""

import numpy as np
import pandas as pd
import pytest

from mixwell.design.design import build_design
from mixwell.design.response.transformation import transformation_in
from mixwell.formula import parse_formula

RNG = np.random.default_rng(3)
DATA = pd.DataFrame(
    {
        "y": RNG.gamma(4, 2, 30) + 0.1,
        "z": RNG.normal(size=30),
        "s": RNG.uniform(0.05, 0.95, 30),
        "b": RNG.uniform(1, 2, 30),
    }
)


def design_of(response):
    return build_design([parse_formula(f"{response} ~ 1")], DATA)


def transformation_of(design):
    [response] = design.responses
    return transformation_in(design.seen.examples, response)


# response, what was measured, what differences are ratios of
UNDONE = [
    ("log(y)", "y", "ratio", "y"),
    ("np.log(y)", "y", "ratio", "y"),
    ("log10(y)", "y", "ratio", "y"),
    ("log(y, 2)", "y", "ratio", "y"),
    ("log(y, base = 10)", "y", "ratio", "y"),
    ("log1p(y)", "y", "ratio", "y + 1"),
    ("log(y + 2)", "y", "ratio", "y + 2"),
    ("log(5 - z)", "z", "ratio", "5 - z"),
    ("log(y / 1000)", "y/1000", "ratio", "y/1000"),
    ("log(y * b)", "y * b", "ratio", "y * b"),
    ("-log(y)", "y", "ratio", "y"),
    ("scale(log(y))", "y", "ratio", "y"),
    ("(log(y) - mean(log(y))) / sd(log(y))", "y", "ratio", "y"),
    ("logit(s)", "s", "odds ratio", "s"),
    ("qlogis(s)", "s", "odds ratio", "s"),
    ("BoxCox(y, lambda = 0)", "y", "ratio", "y"),
    ("boxcox(y, 0.5)", "y", None, ""),
    ("bcPower(y, -0.5)", "y", None, ""),
    ("sqrt(y)", "y", None, ""),
    ("2 * sqrt(y)", "y", None, ""),
    ("1 / y", "y", None, ""),
    ("-1000 / y", "y", None, ""),
    ("I(y^2)", "y", None, ""),
    ("I(y^-0.5)", "y", None, ""),
    ("z^3", "z", None, ""),
    ("np.power(y, 1.5)", "y", None, ""),
    ("exp(z)", "z", None, ""),
    ("expm1(z)", "z", None, ""),
    ("2^z", "z", None, ""),
    ("asinh(z)", "z", None, ""),
    ("sinh(z)", "z", None, ""),
    ("atanh(s)", "s", None, ""),
    ("asin(sqrt(s))", "s", None, ""),
    ("plogis(z)", "z", None, ""),
    ("log(y)^2", "y", None, ""),
    ("scale(y)", "y", None, ""),
    ("center(y)", "y", None, ""),
    ("scale(y, scale = FALSE)", "y", None, ""),
]


@pytest.mark.parametrize(("response", "source", "comparison", "compared"), UNDONE)
def test_a_chain_of_functions_leads_back_to_what_was_measured(
    response, source, comparison, compared
):
    design = design_of(response)
    found = transformation_of(design)
    assert (found.source, found.comparison, found.compared) == (source, comparison, compared)
    measured = design_of(source).response.values
    np.testing.assert_allclose(found.back(design.response.values), measured, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("response", [row[0] for row in UNDONE if row[0] != "z^3"])
def test_its_slope_is_the_derivative_of_the_way_back(response):
    design = design_of(response)
    found, at = transformation_of(design), design.response.values
    step = 1e-6 * np.maximum(1e-3, np.abs(at))
    expected = (found.back(at + step) - found.back(at - step)) / (2 * step)
    np.testing.assert_allclose(found.slope(at), expected, rtol=1e-5)


@pytest.mark.parametrize("response", [row[0] for row in UNDONE if row[2] is not None])
def test_differences_of_its_logs_are_those_of_what_is_compared(response):
    design = design_of(response)
    found = transformation_of(design)
    compared = design_of(found.compared).response.values
    odds = found.comparison == "odds ratio"
    expected = np.log(compared) - (np.log1p(-compared) if odds else 0.0)
    logs = found.logs(design.response.values)
    np.testing.assert_allclose(logs - logs[0], expected - expected[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "response",
    [
        *("y", "I(y)", "z^2", "abs(z)", "y - b", "log(y) - log(b)", "floor(y)"),
        *("y / 10", "100 - y", "-z", "(y - mean(y)) / sd(y)"),
    ],
)
def test_what_has_no_inverse_and_units_that_were_chosen_are_not_undone(response):
    assert transformation_of(design_of(response)) is None


def test_values_beyond_the_ends_of_a_root_are_taken_back_to_the_end():
    back = transformation_of(design_of("sqrt(y)")).back
    assert back(np.array([-1.0, 2.0])).tolist() == [0.0, 4.0]

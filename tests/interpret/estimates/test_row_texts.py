"""Rows shown as NaN: the table says which they are, and why.

The logarithm of the mean is 2,000 times x by hand: above the largest number's, 709.8, at x = 1.
"""

import numpy as np
import pandas as pd
import pytest

DATA = pd.DataFrame({"y": [1, 2, 3, 4], "x": [0.0, 0.0001, 0.0002, 0.0003]})
SAID = "it is no number: beyond the largest"


@pytest.fixture(scope="module")
def fit(pretend):
    return pretend("y ~ x", DATA, np.array([0.0, 2000.0]), "poisson")


@pytest.mark.parametrize(
    ("ask", "row"),
    [
        (lambda fit: fit.means("x", at={"x": [0.0, 1.0]}), "NaN, not known: 1."),
        (lambda fit: fit.comparisons("x"), "NaN, not known: + 1."),
        (lambda fit: fit.comparisons("x", kind="ratio"), "NaN, not known: + 1."),
        (lambda fit: fit.predictions(pd.DataFrame({"x": [1.0]})), "NaN, not known: 1."),
        (
            lambda fit: fit.means("x", at={"x": [0.0, 1.0]}).contrasts(compare="difference"),
            "NaN, not known: x0 - x1.",
        ),
    ],
)
def test_a_mean_that_no_number_holds_is_named_with_the_reason(fit, ask, row):
    made = ask(fit)
    assert made.frame["estimate"].isna().any()
    assert row in " ".join(str(made).split())
    assert SAID in " ".join(str(made).split())


def test_means_that_numbers_hold_have_no_such_note(fit):
    made = fit.means("x", at={"x": [0.0, 0.1]})
    np.testing.assert_allclose(made.frame["estimate"], np.exp([0.0, 200.0]))
    assert SAID not in str(made)


def test_rows_that_the_data_leave_undetermined_are_said_to_be_so_alone(pretend):
    cells = pd.DataFrame({"a": list("ppq") * 2, "b": list("rsr") * 2, "y": np.arange(6.0) ** 2})
    fit = pretend("y ~ a * b", cells, np.array([1.0, 2.0, 3.0]))
    text = str(fit.means(["a", "b"]))
    assert "Not estimable, shown as NaN" in text
    assert SAID not in text

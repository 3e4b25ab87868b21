"""`as.numeric(f)` counts the levels of a factor and has a slope: that of the line by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from mixwell.errors import DataError

LISTED = ["low", "unused", "middle", "high"]
B = np.array([-1.0, 0.5])


def frame(**columns: object) -> pd.DataFrame:
    f = pd.Categorical(["low", "middle", "high", "middle"] * 5, LISTED)
    return pd.DataFrame({"f": f, "y": np.arange(20.0), "x": np.arange(20.0) % 7, **columns})


def test_the_slope_is_the_coefficient_whatever_levels_have_no_row(pretend):
    fit = pretend("y ~ as.numeric(f)", frame(), B, "gaussian")
    made = fit.slopes("as.numeric(f)")
    assert made["estimate"].tolist() == pytest.approx([0.5])
    assert "per unit of as.numeric(f)" in str(made)


def test_within_levels_of_another_factor_it_is_the_sum_of_coefficients(pretend):
    data = frame(a=list("ppqq") * 5)
    fit = pretend("y ~ as.numeric(f) * a", data, np.array([0.0, 0.5, 1.0, 0.25]), "gaussian")
    assert fit.slopes("as.numeric(f)", by="a")["estimate"].tolist() == pytest.approx([0.5, 0.75])


def test_on_the_response_scale_it_is_the_derivative_at_each_level(pretend):
    data = frame(y=np.arange(20) % 2)
    fit = pretend("y ~ as.numeric(f)", data, B, "bernoulli")
    p = expit(B[0] + B[1] * np.array([1, 3, 4]))
    made = fit.slopes("as.numeric(f)", scale="response")
    assert made["estimate"].tolist() == pytest.approx([(B[1] * p * (1 - p)).mean()])


def test_text_that_reads_as_numbers_is_these_numbers_as_in_R(pretend):
    fit = pretend("y ~ as.numeric(t)", frame(t=["10", "20", "5", "7"] * 5), B, "gaussian")
    assert fit.spec.design.common["as.numeric(t)"].tolist()[:4] == [10, 20, 5, 7]
    assert fit.slopes("as.numeric(t)")["estimate"].tolist() == pytest.approx([0.5])


def test_truth_values_as_numbers_have_a_slope(pretend):
    fit = pretend("y ~ as.numeric(b)", frame(b=[True, False] * 10), B, "gaussian")
    assert fit.slopes("as.numeric(b)")["estimate"].tolist() == pytest.approx([0.5])


def test_levels_have_no_slope_and_the_message_names_what_has(pretend):
    fit = pretend("y ~ as.numeric(f)", frame(), B, "gaussian")
    with pytest.raises(DataError, match=r'fit\.slopes\("as\.numeric\(f\)"\)'):
        fit.slopes("f")
    with pytest.raises(DataError, match="delta= moves numbers"):
        fit.slopes("as.numeric(f)", delta=1)
    both = pretend("y ~ as.numeric(f) + f", frame(), np.array([0.0, 1.0, 2.0]), "gaussian")
    with pytest.raises(DataError, match="levels have no slope"):
        both.slopes("as.numeric(f)")


def test_a_comparison_does_not_say_that_the_variable_is_held(pretend):
    fit = pretend("y ~ as.numeric(f)", frame(), B, "gaussian")
    assert "Held at" not in str(fit.comparisons("as.numeric(f)"))

"""On which scale estimates are compared, and what of them is kept for it."""

import numpy as np
import pytest
from scipy.special import expit, logit

from mixwell.errors import DataError
from mixwell.interpret.contrasts.comparison_scales import Basis, ComparisonPlan, comparison_plan

FAR = np.array([[800.0, 801.0], [810.0, 812.0]])  # exp() of them is infinite
NEAR = np.array([[-1.0, 0.5], [0.25, 2.0]])


@pytest.mark.parametrize(
    ("shown", "basis", "scale", "compare", "expected"),
    [
        # where the scale's logarithms are there, they are taken: exp() may have overflowed
        (np.full((2, 2), np.inf), Basis("ratio", FAR), "response", "auto", ("ratio", FAR)),
        (np.full((2, 2), np.inf), Basis("ratio", FAR), "ratio", "auto", ("ratio", FAR)),
        (np.full((2, 2), np.inf), Basis("ratio", FAR), "odds ratio", "auto", ("odds ratio", FAR)),
        (np.ones((2, 2)), Basis("odds ratio", FAR), "response", "auto", ("odds ratio", FAR)),
        # elsewhere logarithms are of what is shown
        (
            expit(NEAR),
            Basis("odds ratio", NEAR),
            "response",
            "ratio",
            ("ratio", np.log(expit(NEAR))),
        ),
        (expit(NEAR), Basis(), "response", "odds ratio", ("odds ratio", NEAR)),
        (np.exp(NEAR), Basis(None, np.exp(NEAR)), "ratio", "auto", ("ratio", NEAR)),
        (np.exp(NEAR), Basis("ratio"), "response", "ratio", ("ratio", NEAR)),
        # differences are of what is shown, or of what is linear in it
        (np.exp(NEAR), Basis("ratio", NEAR), "response", "difference", ("response", np.exp(NEAR))),
        (NEAR, Basis(None, FAR), "response", "auto", ("response", FAR)),
        (NEAR, Basis(None, FAR), "link", "auto", ("link", FAR)),
    ],
)
def test_estimates_are_compared_on_the_scale_that_is_asked_for(
    shown, basis, scale, compare, expected
):
    plan = comparison_plan(shown, basis, scale, levels=True, compare=compare)
    assert plan.scale == expected[0]
    np.testing.assert_allclose(plan.values, expected[1], rtol=1e-12)
    assert plan.exponentiate == ("ratio" in plan.scale)


def test_what_is_no_mean_has_differences_unless_it_is_a_ratio():
    for scale, found in (("response", "response"), ("ratio", "ratio")):
        plan = comparison_plan(
            np.exp(NEAR), Basis("ratio", NEAR), scale, levels=False, compare="auto"
        )
        assert plan.scale == found


@pytest.mark.parametrize(
    ("value", "compare", "said"),
    [
        (1.5, "odds ratio", "Odds ratios need values between 0 and 1"),
        (1.0, "odds ratio", "Odds ratios need values between 0 and 1"),
        (0.0, "odds ratio", "Odds ratios need values between 0 and 1"),
        (0.0, "ratio", "Ratios need values above 0"),
    ],
)
def test_values_without_such_ratios_are_refused(value, compare, said):
    shown = np.array([[0.5, 0.4], [value, 0.2]])
    with pytest.raises(DataError, match=said):
        comparison_plan(shown, Basis(), "response", levels=True, compare=compare)


def test_ratios_of_both_signs_have_no_ratios_of_their_own():
    shown = np.array([[2.0, 3.0], [-1.0, 2.0]])
    with pytest.raises(DataError, match="above 0"):
        comparison_plan(shown, Basis(None, shown), "ratio", levels=False, compare="auto")


def test_link_scales_have_differences_only():
    with pytest.raises(DataError, match="by differences, not by ratios"):
        comparison_plan(NEAR, Basis(None, NEAR), "link", levels=True, compare="ratio")


def test_a_row_without_numbers_makes_undetermined_what_it_weighs_in():
    values = np.array([[1.0, 2.0], [np.nan, np.nan], [3.0, 5.0]])
    residue = np.array([[0.0], [np.nan], [0.5]])
    plan = ComparisonPlan(values, residue, "response")
    made, left = plan.combine(np.array([[-1.0, 0.0, 1.0], [0.0, 1.0, -1.0], [1.0, 0.0, 0.0]]))
    np.testing.assert_array_equal(made[[0, 2]], [[2.0, 3.0], [1.0, 2.0]])
    np.testing.assert_array_equal(left, [[0.5, 0.0], [-0.5, 1.0], [0.0, 0.0]])


def test_what_a_row_lacks_in_some_draws_is_lacking_in_these_alone():
    values = np.array([[1.0, 2.0], [np.nan, 4.0], [3.0, 5.0]])
    plan = ComparisonPlan(values, np.zeros((3, 0)), "response")
    made, left = plan.combine(np.array([[-1.0, 0.0, 1.0], [0.0, 1.0, -1.0]]))
    np.testing.assert_array_equal(made, [[2.0, 3.0], [np.nan, -1.0]])
    assert left.size == 0


def test_odds_ratios_of_chances_are_differences_of_logits():
    chances = np.array([[0.2, 0.3], [0.6, 0.9]])
    plan = comparison_plan(chances, Basis(), "response", levels=True, compare="odds ratio")
    made, _ = plan.combine(np.array([[-1.0, 1.0]]))
    np.testing.assert_allclose(made[0], logit(chances[1]) - logit(chances[0]))

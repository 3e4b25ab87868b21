import numpy as np
import pandas as pd
import pytest

from mixwell import DataError, Model

DATA = pd.DataFrame(
    {
        "y": np.random.default_rng(0).normal(size=12),
        "count": np.arange(12) % 3,
        "none": 0,
        "n": 5,
    }
)


@pytest.mark.parametrize(
    ("formula", "family", "weights", "said"),
    [
        ("y ~ 1", "gaussian", np.zeros(12), "All weights are 0"),
        ("count ~ 1", "poisson", np.zeros(12), "All weights are 0"),
        ("y ~ 1", "gaussian", np.r_[1e16, np.ones(11)], r"range from 1 to 1e\+16"),
        ("y ~ 1", "student", np.r_[1e-16, np.ones(11)], "range from 1e-16 to 1"),
        ("count ~ 1", "poisson", np.full(12, 1e16), "no digits left behind its point"),
        ("count ~ 1", "poisson", np.full(12, 1e300), "square floating-point numbers"),
        ("count | trials(n) ~ 1", "binomial", np.full(12, 1e12), "The weights add up to 6e"),
        ("y ~ 1", "gaussian", np.full(12, -1.0), "cannot be negative"),
        ("y ~ 1", "gaussian", np.full(12, np.inf), "cannot be infinite"),
    ],
)
def test_weights_that_leave_nothing_or_all_to_one_row_are_refused(
    formula: str, family: str, weights: np.ndarray, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        Model(formula, DATA, family=family, weights=weights)


def test_no_trials_at_all_are_refused_and_some_are_not() -> None:
    with pytest.raises(DataError, match="0 trials in every row"):
        Model("none | trials(none) ~ 1", DATA, family="binomial")
    some = DATA.assign(n=[0, *[5] * 11], count=[0, *[2] * 11])
    assert Model("count | trials(n) ~ 1", some, family="binomial").design.n == 12


def test_counts_too_large_to_be_resolved_are_refused() -> None:
    with pytest.raises(DataError, match=r"The counts add up to 1.2e\+16"):
        Model("y ~ 1", DATA.assign(y=1e15 * DATA["count"]), family="poisson")

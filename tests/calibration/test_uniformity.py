"""The two tests of ranks, and the judgment of a table of them."""

import numpy as np
import pytest
from scipy import stats

from .uniformity import (
    Ranks,
    coverage,
    coverage_probabilities,
    envelope_probabilities,
    histogram_probabilities,
    judge,
)

KEPT, REPLICATIONS = 99, 200
TESTS = (histogram_probabilities, envelope_probabilities)


def uniform(rows: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, KEPT + 1, (rows, REPLICATIONS))


def ranks_of(chances: np.ndarray) -> np.ndarray:
    return (chances * (KEPT + 1)).astype(int)


def named(rows: np.ndarray) -> Ranks:
    return {str(i): row.tolist() for i, row in enumerate(rows)}


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("level", [0.01, 0.05, 0.5])
def test_uniform_ranks_depart_as_often_as_the_level_says(test, level) -> None:
    departed = int((test(uniform(10_000), KEPT) < level).sum())
    low, high = stats.binom(10_000, level).ppf([1e-4, 1 - 1e-4])
    assert low <= departed <= high


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("shape", [(1.6, 1.6), (0.6, 0.6), (1.4, 1.0), (1.0, 1.5)])
def test_draws_that_are_too_wide_too_narrow_or_shifted_depart(test, shape) -> None:
    rng = np.random.default_rng(2)
    found = test(ranks_of(rng.beta(*shape, size=(200, REPLICATIONS))), KEPT)
    assert (found < 0.01).mean() > 0.6


def test_central_intervals_of_uniform_ranks_hold_the_truth_as_often_as_they_say() -> None:
    """Of the ranks 0 to 99 the central 50 are 25 to 74, the central 90 are 5 to 94."""
    each = np.arange(KEPT + 1)[None]
    assert [coverage(each, KEPT, share)[0] for share in (0.5, 0.9)] == [0.5, 0.9]
    narrow = ranks_of(np.random.default_rng(7).beta(0.6, 0.6, (50, REPLICATIONS)))
    assert (coverage_probabilities(narrow, KEPT, 0.5) < 0.01).mean() > 0.6
    assert (coverage_probabilities(uniform(500), KEPT, 0.9) < 0.01).mean() < 0.03


def test_the_histogram_s_test_is_that_of_scipy() -> None:
    rows = uniform(20, seed=4)
    for row, found in zip(rows, histogram_probabilities(rows, KEPT), strict=True):
        counts = np.histogram(row, bins=10, range=(0, KEPT + 1))[0]
        assert found == pytest.approx(stats.chisquare(counts).pvalue)


def test_a_table_of_uniform_ranks_is_calibrated_and_one_with_a_wrong_quantity_is_not() -> None:
    right = [named(uniform(9, seed)) for seed in range(5)]
    assert judge(right, KEPT).calibrated
    narrow = ranks_of(np.random.default_rng(5).beta(0.5, 0.5, (1, REPLICATIONS)))
    wrong = [*right[:-1], {**right[-1], "narrow": narrow[0].tolist()}]
    assert not judge(wrong, KEPT).calibrated


def test_quantities_that_depend_on_each_other_may_depart_together() -> None:
    rows = uniform(1, seed=6)
    alone = judge([named(rows)], KEPT)
    together = judge([named(np.repeat(rows, 20, axis=0))], KEPT)
    independent = judge([named(uniform(20))], KEPT)
    assert (together.tests, together.expected) == (20 * alone.tests, 20 * alone.expected)
    assert together.allowed > independent.allowed

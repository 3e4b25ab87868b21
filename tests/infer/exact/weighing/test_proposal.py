"""The split Student-t: its density and draws in closed form, and how it is made from a target."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate, stats

from mixwell.infer.exact.weighing.proposal import Proposal, first_proposal, matched
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.search.mode import Mode

#: A root with a correlation, and scales of the sides that differ by axis.
ROOT = np.array([[1.5, 0.0], [0.6, 0.4]])
SPLIT = Proposal(np.array([1.0, -2.0]), ROOT, np.array([0.7, 1.0]), np.array([2.0, 0.5]), 5.0)


def test_the_density_is_that_of_a_student_with_its_sides_stretched() -> None:
    t = np.random.default_rng(1).normal(size=(200, 2)) * 3
    z = np.linalg.solve(ROOT, (t - SPLIT.location).T).T
    z /= np.where(z < 0, SPLIT.below, SPLIT.above)
    student = stats.multivariate_t(shape=np.eye(2), df=5).logpdf(z)
    scales = np.log(2 / (SPLIT.below + SPLIT.above)).sum() - np.log(np.linalg.det(ROOT))
    np.testing.assert_allclose(SPLIT.log_density(t), student + scales)


def test_the_density_has_integral_one() -> None:
    one = Proposal(np.array([1.0]), np.array([[2.0]]), np.array([0.5]), np.array([3.0]), 4.0)
    whole, _ = integrate.quad(
        lambda t: np.exp(one.log_density(np.array([[t]]))[0]), -np.inf, np.inf, points=None
    )
    assert whole == pytest.approx(1, abs=1e-6)


def test_draws_have_the_density() -> None:
    t = SPLIT.draw(np.random.default_rng(1), 100_000)
    z = np.linalg.solve(ROOT, (t - SPLIT.location).T).T
    below = SPLIT.below / (SPLIT.below + SPLIT.above)
    np.testing.assert_allclose((z < 0).mean(axis=0), below, atol=0.006)
    student = stats.t(5)
    for k in (0, 1):
        for side, scale in ((z[:, k] < 0, SPLIT.below[k]), (z[:, k] > 0, SPLIT.above[k])):
            shares = 2 * student.cdf(np.abs(z[side, k]) / scale) - 1
            assert stats.kstest(shares, "uniform").statistic < 0.01
    assert np.corrcoef(np.abs(z).T)[0, 1] > 0.1  # one chi-square for both: heavy tails together


def _mode(size: int) -> Mode:
    return Mode(np.zeros(size), 0.0, np.eye(size))


def _of_falls(fall: Callable[[FloatArray], FloatArray]) -> Callable[[FloatArray], FloatArray]:
    return lambda t: -fall(t).sum(axis=1)


def test_a_first_proposal_has_the_scales_of_a_split_normal() -> None:
    target = _of_falls(lambda t: 0.5 * (t / np.where(t < 0, [0.7, 1.0], [2.0, 0.6])) ** 2)
    made = first_proposal(target, _mode(2))
    np.testing.assert_allclose(made.below, [0.7, 1.0])
    np.testing.assert_allclose(made.above, [2.0, 0.6])
    np.testing.assert_allclose(made.root @ made.root.T, np.eye(2))
    assert made.df == 4.0
    assert first_proposal(lambda t: -0.5 * (t**2).sum(axis=1), _mode(7)).df == 6.0


@pytest.mark.parametrize("shoulder", [0.5, 1.0, 1.5, 2.0, 3.0, 4.0])
def test_a_shoulder_at_any_distance_makes_its_side_wider(shoulder: float) -> None:
    target = _of_falls(lambda t: np.where(t == shoulder, shoulder**2 / 8, t**2 / 2))
    made = first_proposal(target, _mode(1))
    assert (made.below[0], made.above[0]) == pytest.approx((1, 2))


def test_sides_that_are_flat_and_that_end_are_kept_within_bounds() -> None:
    def target(t: FloatArray) -> FloatArray:
        return np.where(t[:, 0] > 0, -np.inf, -0.0)

    with np.errstate(all="raise"):
        made = first_proposal(target, _mode(1))
    assert (made.below[0], made.above[0]) == (4.0, 0.5)


def test_a_matched_proposal_has_the_covariance_and_the_sides_of_weighted_draws() -> None:
    rng = np.random.default_rng(1)
    t, weights = rng.normal(size=(500, 2)) @ [[2.0, 0.5], [0.0, 1.0]], rng.dirichlet(np.ones(500))
    t[:, 0] = np.exp(0.3 * t[:, 0])  # skewed
    start = Proposal(np.array([1.0, 0.2]), np.eye(2), np.ones(2), np.ones(2), 4.0)
    made = matched(start, t, weights)
    np.testing.assert_allclose(
        made.root @ made.root.T, np.cov(t.T, aweights=weights, ddof=0), rtol=1e-6
    )
    assert (made.location == start.location).all()
    assert made.df == 4.0
    x = np.linalg.solve(made.root, (t - start.location).T).T
    for k in (0, 1):
        for side, scale in ((x[:, k] < 0, made.below[k]), (x[:, k] > 0, made.above[k])):
            square = np.average(x[side, k] ** 2, weights=weights[side])
            assert scale == pytest.approx(np.sqrt(square))


def test_few_draws_worth_anything_leave_a_proposal_as_it_is() -> None:
    t, weights = np.random.default_rng(1).normal(size=(500, 2)), np.full(500, 1e-9)
    weights[:15] = 1 / 15  # of 2 parameters 16 are needed
    start = Proposal(np.zeros(2), np.eye(2), np.ones(2), np.ones(2), 4.0)
    assert matched(start, t, weights / weights.sum()) is start
    weights[:17] = 1 / 17
    assert matched(start, t, weights / weights.sum()) is not start

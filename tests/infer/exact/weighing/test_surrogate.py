"""The fitted polynomial: what it is fitted to, where it counts, and what its draws are worth."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mixwell.infer.exact.weighing import surrogate
from mixwell.infer.exact.weighing.importance import resample, weighted_draws
from mixwell.infer.exact.weighing.proposal import Proposal
from mixwell.infer.exact.weighing.surrogate import (
    _fit,
    _k_hat,
    _polynomial,
    _Values,
    sparing_sample,
)
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.search.mode import Mode


def normal(t: FloatArray) -> FloatArray:
    """Return the log density of standard normals, and an evidence of exp(5)."""
    return np.asarray(5 + stats.norm.logpdf(t).sum(axis=1))


def student(size: int) -> Proposal:
    return Proposal(np.zeros(size), np.eye(size), np.ones(size), np.ones(size), 4.0)


def values(target, size: int, n: int) -> _Values:
    proposal = student(size)
    t = proposal.draw(np.random.default_rng(1), n)
    return _Values(t, target(t), proposal.log_density(t))


def test_columns_are_the_monomials() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 7))
    expected = [x**0, x, y, x**2, x * y, y**2, x**3, x**2 * y, x * y**2, y**3]
    np.testing.assert_allclose(_polynomial(np.column_stack([x, y]), 3), np.column_stack(expected))


@pytest.mark.parametrize(("n", "degree"), [(9, 2), (11, 2), (12, 3), (14, 3), (15, 4), (200, 4)])
def test_each_coefficient_has_three_values_and_the_degree_is_four_at_most(n, degree) -> None:
    near = values(normal, 1, 1_000)
    kept = np.flatnonzero(np.abs(near.t[:, 0]) < 4)[:n]
    few = _Values(near.t[kept], near.log_density[kept], near.log_proposal[kept])
    assert _fit(student(1), few).degree == degree


def test_a_quartic_is_found() -> None:
    def quartic(t: FloatArray) -> FloatArray:
        return np.asarray(3 - 0.5 * t[:, 0] ** 2 + 0.1 * t[:, 0] ** 3 - 0.05 * t[:, 0] ** 4)

    found = replace(_fit(student(1), values(quartic, 1, 300)), bounded=False)
    end = 0.99 * np.sqrt(found.radius)
    t = np.linspace(-end, end, 11)[:, None]
    np.testing.assert_allclose(found.log_density(t) + found.level, quartic(t), atol=0.01)


def test_the_factor_is_bounded_and_less_so_inside_where_98_percent_of_the_target_are() -> None:
    found = _fit(student(3), values(normal, 3, 20_000))
    assert found.radius == pytest.approx(stats.chi2(3).ppf(0.98), rel=0.05)
    out = np.linspace(0, 9, 50)
    t = out[:, None] * np.sqrt([0.5, 0.2, 0.3])
    deep, high = (replace(found, level=found.level + shift) for shift in (9.0, -9.0))
    inside = out**2 <= found.radius
    np.testing.assert_allclose(deep.log_factor(t), np.where(inside, -1.5, -1.0))
    np.testing.assert_allclose(high.log_factor(t[inside]), 3.0)


def test_the_level_is_the_log_of_the_evidence() -> None:
    assert _fit(student(2), values(normal, 2, 20_000)).level == pytest.approx(5, abs=0.02)


def test_draws_are_the_targets_where_a_polynomial_is() -> None:
    found = sparing_sample(
        normal, np.full(2, 0.3), np.random.default_rng(1), 1_000, checks=64, trusted=4_000
    )
    assert found.effective == 4_000
    assert found.log_evidence == pytest.approx(5, abs=4 * found.evidence_error)
    # the polynomial is exact; its normalization is a mean over 20 draws for each one kept
    assert found.evidence_error == pytest.approx(1 / np.sqrt(20 * 4_000), rel=0.25)
    np.testing.assert_allclose(found.log_density, normal(found.t), atol=0.05)
    for k in (0, 1):
        assert stats.kstest(found.t[:, k], "norm").statistic < 0.035


def test_there_are_values_for_each_coefficient_of_a_quadratic_in_many_dimensions() -> None:
    asked = []

    def counted(t: FloatArray) -> FloatArray:
        asked.append(len(t))
        return normal(t)

    sparing_sample(counted, np.zeros(9), np.random.default_rng(1), 100, pilot=10)
    assert asked[-3:] == [330, 330, 100]  # six for each of 55 coefficients, twice; and the draws


def test_a_rough_target_is_climbed_in_the_place_of_the_costly_one() -> None:
    asked, climbed = [], []

    def costly(t: FloatArray) -> FloatArray:
        asked.append(len(t))
        return normal(t)

    def rough(t: FloatArray) -> FloatArray:
        climbed.append(len(t))
        return normal(t)

    sparing_sample(costly, np.ones(2), np.random.default_rng(1), 50, rough=rough, pilot=100)
    assert asked == [100, 100, 50]
    assert climbed


@pytest.mark.parametrize("seed", range(5))
def test_k_hat_is_small_for_weights_that_hardly_differ_whatever_their_noise(seed: int) -> None:
    found = sparing_sample(normal, np.zeros(3), np.random.default_rng(seed), 2_000)
    assert found.effective > 1_900
    assert found.k_hat < 0.2


@pytest.mark.parametrize("size", [1, 6])
def test_k_hat_of_equal_weights_is_that_of_draws_from_the_students_proposal(size: int) -> None:
    """A normal over a Student-t is bounded: its tail ends, and its shape is below 0."""
    rng = np.random.default_rng(1)
    t = rng.normal(size=(4_000, size))
    found = weighted_draws(t, normal(t), normal(t) - 5, Mode(np.zeros(size), 0.0, np.eye(size)))
    noisy = replace(found, k_hat=0.9)
    assert _k_hat(student(size), noisy, normal(t) - 5, rng) < 0.3
    few_are_large = normal(t) - 5 - 4 * (t[:, 0] > 2.5)
    assert _k_hat(student(size), noisy, few_are_large, rng) == 0.9


def skewed(t: FloatArray) -> FloatArray:
    """Return the log density of logarithms of gamma numbers of shapes from 20 on, exp(2) of it."""
    shapes = np.arange(20.0, 20.0 + t.shape[1])
    return np.asarray(2 + stats.loggamma.logpdf(t, shapes).sum(axis=1))


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_draws_of_a_proven_surrogate_have_the_tails_of_the_target(size: int, seed: int) -> None:
    """A polynomial may be anything where no values were: beyond the middle the target is asked."""
    n, start = 4_000, np.log(np.arange(20.0, 20.0 + size))
    rng = np.random.default_rng(seed)
    found = sparing_sample(skewed, start, rng, n, pilot=60, checks=64, trusted=n)
    counts = resample(found.log_weights, n, rng)
    assert found.k_hat <= 0.7
    assert len(found.t) > n  # proven: some more draws than are asked for,
    assert counts.max() == 1  # of which none is taken twice
    for k in range(size):
        p = stats.loggamma.cdf(found.t[counts > 0, k], 20.0 + k)
        assert stats.kstest(p, "uniform").pvalue > 1e-3
        # of 4,000 draws the extreme ones lie about 1 / 4,000 from the ends
        assert 1e-7 < p.min() < 3e-3
        assert 1e-7 < 1 - p.max() < 3e-3
    assert abs(found.log_evidence - 2) < 5 * found.evidence_error


def test_a_surrogate_is_proven_here_and_not_weighed_by_all_of_its_draws() -> None:
    asked: list[int] = []

    def counted(t: FloatArray) -> FloatArray:
        asked.append(len(t))
        return skewed(t)

    start, rng = np.log(np.arange(20.0, 22.0)), np.random.default_rng(1)
    sparing_sample(counted, start, rng, 4_000, pilot=60, checks=64, trusted=4_000)
    assert sum(asked) < 2_000


@pytest.mark.parametrize("seed", [1, 2])
def test_a_higher_degree_is_tried_before_all_draws_are_weighed(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cubic is not enough here, and there are too few values for a quartic at first."""
    size, asked = 6, list[int]()

    def counted(t: FloatArray) -> FloatArray:
        asked.append(len(t))
        return np.asarray(stats.loggamma.logpdf(t, 6.0).sum(axis=1))

    def sampled() -> tuple[int, int]:
        asked.clear()
        start, rng = np.full(size, np.log(6.0)), np.random.default_rng(seed)
        found = sparing_sample(counted, start, rng, 2_000, pilot=60, checks=64, trusted=4_000)
        return len(found.t), sum(asked)

    drawn, values = sampled()
    monkeypatch.setattr(surrogate, "_WORTH", 0.0)
    weighed, more = sampled()
    assert (drawn, weighed) == (5_200, 2_000)
    assert values < more

"""Importance sampling, plain and through a surrogate, on densities with known integrals."""

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy import special, stats

from mixwell.infer.exact.weighing.importance import (
    _pareto_quantile,
    importance_sample,
    pareto_smooth,
    resample,
    weighted_draws,
)
from mixwell.infer.exact.weighing.surrogate import sparing_sample
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.search.mode import Mode


def skewed(t: FloatArray) -> FloatArray:
    """Return the log density of independent log chi-squares: skewed, with integral 1."""
    return np.asarray((stats.chi2(3).logpdf(np.exp(t)) + t).sum(axis=1))


def correlated(t: FloatArray) -> FloatArray:
    covariance = 0.8 + 0.2 * np.eye(4)
    return np.atleast_1d(stats.multivariate_normal(np.arange(4), covariance).logpdf(t))


def heavy(t: FloatArray) -> FloatArray:
    """Return the log density of a Cauchy, whose tails are heavier than any proposal's."""
    return np.asarray(stats.cauchy.logpdf(t).sum(axis=1))


@pytest.mark.parametrize("sampler", [importance_sample, sparing_sample])
@pytest.mark.parametrize(("target", "size"), [(skewed, 3), (skewed, 6), (correlated, 4)])
def test_integrals_and_means_are_found(sampler, target, size: int) -> None:
    rng = np.random.default_rng(1)
    found = sampler(target, np.zeros(size), rng, 4000)
    assert found.k_hat < 0.7
    assert found.log_evidence == pytest.approx(0, abs=5 * found.evidence_error + 0.002)
    means = np.exp(found.log_weights) @ found.t
    expected = np.arange(4) if target is correlated else np.full(size, np.log(2) + 0.03649)
    np.testing.assert_allclose(means, expected, atol=6 / np.sqrt(found.effective))


@pytest.mark.parametrize(("target", "size"), [(skewed, 3), (correlated, 4)])
def test_a_surrogate_wastes_few_values(target, size: int) -> None:
    asked = []

    def counted(t: FloatArray) -> FloatArray:
        asked.append(len(t))
        return np.asarray(target(t))

    found = sparing_sample(counted, np.zeros(size), np.random.default_rng(1), 1000)
    assert found.effective > 850
    assert sum(asked) < 1000 + 1000


@pytest.mark.parametrize("sampler", [importance_sample, sparing_sample])
def test_tails_heavier_than_the_proposals_show_in_k_hat(sampler) -> None:
    found = sampler(heavy, np.zeros(6), np.random.default_rng(1), 4000)
    assert found.k_hat > 0.7


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [(np.zeros(1000), -np.inf), (np.r_[0.0, np.full(999, -900.0)], np.inf)],
)
def test_weights_all_alike_are_fine_and_a_single_one_is_not(
    ratios: FloatArray, expected: float
) -> None:
    assert pareto_smooth(ratios)[1] == expected


def test_resampling_takes_each_draw_in_proportion_to_its_weight() -> None:
    weights = np.random.default_rng(1).dirichlet(np.ones(50))
    counts = resample(np.log(weights), 1000, np.random.default_rng(2))
    assert counts.sum() == 1000
    assert np.abs(counts - 1000 * weights).max() < 1


def mild(t: FloatArray) -> FloatArray:
    """Return the same for 100 degrees of freedom, a little skewed, and moved to begin near 0."""
    return np.asarray((stats.chi2(100).logpdf(np.exp(t + 4.6)) + t + 4.6).sum(axis=1))


@pytest.mark.parametrize(("target", "size"), [(mild, 3), (correlated, 4)])
def test_a_surrogate_that_is_as_good_as_the_target_draws_alone(target, size: int) -> None:
    asked = []

    def counted(t: FloatArray) -> FloatArray:
        asked.append(len(t))
        return np.asarray(target(t))

    rng = np.random.default_rng(1)
    found = sparing_sample(counted, np.zeros(size), rng, 1000, pilot=60, checks=64, trusted=4000)
    assert sum(asked) < 1_800  # of 5,200
    assert len(found.t) == len(found.log_weights) == 5_200  # of which 4,000 are taken, each once
    assert 3_900 < found.effective <= 4_000
    assert resample(found.log_weights, 4_000, rng).max() == 1
    assert found.log_evidence == pytest.approx(0, abs=5 * found.evidence_error)


def test_a_surrogate_that_is_not_is_weighted_by_the_target() -> None:
    def pointed(t: FloatArray) -> FloatArray:
        return np.asarray(stats.gennorm(1.3).logpdf(t).sum(axis=1))

    rng = np.random.default_rng(1)
    found = sparing_sample(pointed, np.zeros(3), rng, 1000, pilot=60, checks=64, trusted=4000)
    assert len(found.t) == 1000
    assert found.log_evidence == pytest.approx(0, abs=5 * found.evidence_error)


def test_weights_over_six_hundred_powers_of_e_say_nothing_but_a_k_hat_that_is_too_large() -> None:
    """Simulation-based calibration of the student family met such weights, and a raw warning."""
    log_ratios = np.concatenate([-np.linspace(0, 650, 67), np.full(433, -653.0)])
    log_weights, k_hat = pareto_smooth(log_ratios)
    assert k_hat > 100
    assert np.exp(log_weights).sum() == pytest.approx(1)


@pytest.mark.parametrize("n", [100, 225, 1000, 4000])
@pytest.mark.parametrize("spread", [0.1, 1.0, 3.0])
def test_smoothed_weights_and_k_hat_are_arvizs(n: int, spread: float) -> None:
    ratios = spread * np.random.default_rng(n).normal(size=n)
    tail = int(np.ceil(min(0.2 * n, 3 * np.sqrt(n))))
    options = {"smooth_draws": True, "tail": "right", "log_weights": True}
    expected, k = array_stats._ps_tail(ratios.copy(), n, tail, **options)
    weights, k_hat = pareto_smooth(ratios)
    np.testing.assert_allclose(weights, expected - special.logsumexp(expected), atol=1e-12)
    assert k_hat == pytest.approx(k, abs=1e-12)


def test_weights_are_smoothed_from_a_tail_of_five_on() -> None:
    ratios = np.random.default_rng(1).normal(size=25)
    assert np.isfinite(pareto_smooth(ratios)[1])
    weights, k_hat = pareto_smooth(ratios[:20])
    assert k_hat == np.inf
    np.testing.assert_allclose(weights, ratios[:20] - special.logsumexp(ratios[:20]))


def test_a_tail_of_equal_weights_but_its_largest_is_no_constant_one() -> None:
    ratios = np.r_[np.full(80, -1.0), np.full(19, -0.5), 0.0]
    weights, k_hat = pareto_smooth(ratios)
    assert k_hat > -np.inf
    assert np.exp(weights).sum() == pytest.approx(1)


def test_the_evidence_is_the_mean_ratio_and_its_error_that_of_a_mean() -> None:
    """Closed forms; so few ratios are not smoothed."""
    ratios = np.array([1.0, 2.0, 3.0, 5.0, 9.0])
    proposed = np.array([-1.0, 0.5, 2.0, 0.0, 0.3])
    mode = Mode(np.zeros(1), 0.0, np.eye(1))
    found = weighted_draws(np.zeros((5, 1)), np.log(ratios) + proposed, proposed, mode)
    assert found.log_evidence == pytest.approx(np.log(4))
    assert found.evidence_error == pytest.approx(ratios.std() / ratios.mean() / np.sqrt(5))
    assert found.effective == pytest.approx(20**2 / (ratios**2).sum())
    np.testing.assert_allclose(np.exp(found.log_weights), ratios / 20)


def test_a_target_without_parameters_is_its_value() -> None:
    rng = np.random.default_rng(1)
    found = importance_sample(lambda t: np.full(len(t), 3.0), np.zeros(0), rng, 50)
    assert found.t.shape == (50, 0)
    assert (found.log_evidence, found.evidence_error, found.effective) == (3.0, 0.0, 50.0)
    np.testing.assert_allclose(np.exp(found.log_weights), 1 / 50)
    assert (found.log_density == 3.0).all()


def bent(t: FloatArray) -> FloatArray:
    """Return a density along a parabola, which its curvature at the mode knows nothing of."""
    return np.asarray(-0.5 * (t[:, 0] ** 2 + (t[:, 1] - 0.7 * t[:, 0] ** 2) ** 2))


def test_rounds_of_pilot_draws_make_draws_worth_more_where_the_curvature_misleads() -> None:
    worth = [
        importance_sample(bent, np.zeros(2), np.random.default_rng(1), 4000, rounds=n).effective
        for n in (0, 2)
    ]
    assert worth[1] > 1.2 * worth[0]


def test_resampling_takes_each_draw_in_proportion_on_average() -> None:
    weights = np.array([0.5, 0.1, 0.15, 0.25])
    rng = np.random.default_rng(1)
    counts = np.mean([resample(np.log(weights), 3, rng) for _ in range(4_000)], axis=0)
    np.testing.assert_allclose(counts, 3 * weights, atol=0.03)


@pytest.mark.parametrize("shape", [-0.5, -1e-13, 0.0, 1e-13, 1e-6, 0.7])
def test_quantiles_of_a_tail_are_scipys_at_a_shape_of_zero_too(shape: float) -> None:
    chance = np.linspace(0.01, 0.99, 9)
    expected = stats.genpareto.ppf(chance, shape, scale=2.0)
    np.testing.assert_allclose(_pareto_quantile(chance, shape, 2.0), expected, rtol=1e-8)


def test_a_posterior_is_found_from_where_its_slope_vanishes() -> None:
    """From 0 the first number's density is flat; its integral is by a grid."""

    def density(t: FloatArray) -> FloatArray:
        return 300 * (t[:, 0] ** 5 / 5 - t[:, 0] ** 6 / 6) - 0.5 * t[:, 1] ** 2

    found = importance_sample(density, np.zeros(2), np.random.default_rng(1), 4000)
    grid = np.linspace(-1.0, 2.0, 20_001)
    height = density(np.column_stack([grid, 0 * grid]))
    evidence = special.logsumexp(height) + np.log(grid[1] - grid[0]) + 0.5 * np.log(2 * np.pi)
    assert found.k_hat < 0.7
    assert found.log_evidence == pytest.approx(evidence, abs=0.1)
    assert np.exp(found.log_weights) @ found.t[:, 0] == pytest.approx(0.99, abs=0.02)

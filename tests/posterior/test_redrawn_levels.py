"""Deviations made from what they are drawn from: bits, distribution, summaries."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

from mixwell.numeric.level_covariances import pairs_of
from mixwell.posterior.redrawn_levels import RedrawnLevels

N, LEVELS, COLUMNS = 600, 12, 4
EVERY = np.arange(LEVELS)


def levels_of(q: int, *, n: int = N, apart: float = 0.05) -> RedrawnLevels:
    """Levels with none to five rows; draws of the rest lie `apart` from each other."""
    rng = np.random.default_rng(q)
    gram, cross = np.empty((LEVELS, q, q)), np.empty((LEVELS, q, COLUMNS))
    for i in range(LEVELS):
        z = rng.normal(1, 1, (i % 6, q))
        gram[i], cross[i] = z.T @ z, z.T @ rng.normal(size=(i % 6, COLUMNS))
    root = np.tril(rng.uniform(0.3, 0.9, (q, q))) * np.exp(apart * rng.normal(size=(n, 1, 1)))
    effects = np.array([0.5, -1.0, 0.3, -1.0])[:, None] + apart * rng.normal(size=(COLUMNS, n))
    return RedrawnLevels(
        gram=np.stack([gram[:, a, b] for a, b in pairs_of(q)], axis=1),
        pointers=np.arange(0, LEVELS * q * COLUMNS + 1, COLUMNS),
        places=np.tile(np.arange(COLUMNS, dtype=np.int32), LEVELS * q),
        values=cross.ravel(),
        effects=effects,
        root=root,
        variance=np.exp(apart * rng.normal(size=n)),
        unit=np.linspace(1, 2, q),
        entropy=2**61 + 5,
    )


def plain(found: RedrawnLevels, level: int, draw: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of a level's effects in a draw, by matrix algebra."""
    q = len(found.unit)
    gram = np.empty((q, q))
    for value, (a, b) in zip(found.gram[level], pairs_of(q), strict=True):
        gram[a, b] = gram[b, a] = value
    root, variance = found.root[draw], found.variance[draw]
    inner = np.linalg.inv(np.eye(q) + root.T @ gram @ root / variance)
    covariance = root @ inner @ root.T
    rows = found.values.reshape(LEVELS, q, COLUMNS)[level]
    mean = covariance @ (-rows @ found.effects[:, draw] / variance)
    return mean * found.unit, covariance * np.outer(found.unit, found.unit)


@pytest.mark.parametrize("q", [1, 2, 3])
def test_draws_have_the_same_bits_whichever_are_asked_for(q: int) -> None:
    found = levels_of(q)
    whole = found(slice(0, LEVELS))
    assert whole.shape == (N, LEVELS, q)
    np.testing.assert_array_equal(found(slice(4, 7)), whole[:, 4:7])
    levels, draws = np.array([9, 0, 4]), np.array([599, 3, 256, 255, 17])
    np.testing.assert_array_equal(found.draws(levels, draws), whole[np.ix_(draws, levels)])
    assert (found.seeded(1)(slice(0, LEVELS)) != whole).all()


@pytest.mark.parametrize("q", [1, 2, 3, 4])
def test_draws_are_of_the_levels_normal_distributions(q: int) -> None:
    found = levels_of(q)
    whole = found(slice(0, LEVELS))
    standard = np.empty_like(whole)
    for level in range(LEVELS):
        for draw in range(N):
            mean, covariance = plain(found, level, draw)
            factor = np.linalg.cholesky(covariance)
            standard[draw, level] = np.linalg.solve(factor, whole[draw, level] - mean)
    assert stats.kstest(standard.ravel(), "norm").pvalue > 1e-3
    together = np.corrcoef(standard.reshape(N, -1).T)  # of levels and effects
    away = together[np.tril_indices(len(together), -1)] * np.sqrt(N)
    assert np.abs(away).max() < 4.5
    after = (standard[1:] * standard[:-1]).mean()
    assert abs(after) * np.sqrt(standard[1:].size) < 4


@pytest.mark.parametrize("q", [1, 2, 3])
def test_moments_given_all_else_are_those_of_plain_algebra(q: int) -> None:
    found = levels_of(q)
    draws = np.array([0, 70, 599])
    means, covariances = found.moments(EVERY, draws)
    for level in EVERY:
        for i, draw in enumerate(draws):
            mean, covariance = plain(found, level, draw)
            np.testing.assert_allclose(means[level, :, i] * found.unit, mean, atol=1e-12)
            pairs = [covariance[a, b] / found.unit[a] / found.unit[b] for a, b in pairs_of(q)]
            np.testing.assert_allclose(covariances[level, :, i], pairs, atol=1e-12)


@pytest.mark.parametrize("apart", [0.02, 0.5])
@pytest.mark.parametrize("q", [1, 2, 3])
def test_summaries_are_those_of_the_mixture_over_all_draws(q: int, apart: float) -> None:
    found = levels_of(q, apart=apart)
    made = found.summaries(EVERY, np.arange(N), [0.055, 0.5, 0.945])
    for level in EVERY:
        each = [plain(found, level, draw) for draw in range(N)]
        for a in range(q):
            means = np.array([mean[a] for mean, _ in each])
            sds = np.sqrt([covariance[a, a] for _, covariance in each])
            sd = np.sqrt((sds**2).mean() + means.var())
            error = 0.5 / np.sqrt(N) * sd  # of some of the draws: half that of raw draws
            assert made.mean[level, a] == pytest.approx(means.mean(), abs=3 * error)
            assert made.sd[level, a] == pytest.approx(sd, abs=3 * error)
            for k, p in enumerate([0.055, 0.5, 0.945]):
                exact = optimize.brentq(
                    lambda x, p=p, m=means, s=sds: stats.norm.cdf((x - m) / s).mean() - p, -50, 50
                )
                assert made.quantiles[k, level, a] == pytest.approx(exact, abs=4 * error)


def test_sums_of_effects_are_summarized_with_what_is_added_in_each_draw() -> None:
    found = levels_of(2, apart=1.0)  # so far apart that every draw is used
    rng, weights = np.random.default_rng(1), np.array([[1.0, 0.5, 0.0], [0.0, 2.0, 0.0]])
    added, draws = rng.normal(size=(N, 3)), rng.permutation(N)[:400]
    made = found.summaries(EVERY, draws, [0.2], weights, added[:400])
    for level in EVERY[::4]:
        each = [plain(found, level, draw) for draw in draws]
        for column, w in enumerate(weights.T):
            means = np.array([mean @ w for mean, _ in each]) + added[:400, column]
            within = np.array([w @ covariance @ w for _, covariance in each])
            assert made.mean[level, column] == pytest.approx(means.mean(), abs=1e-10)
            sd = np.sqrt(within.mean() + means.var())
            assert made.sd[level, column] == pytest.approx(sd)
            if w.any():
                z = (made.quantiles[0, level, column] - means) / np.sqrt(within)
                assert stats.norm.cdf(z).mean() == pytest.approx(0.2, abs=1e-6)
            else:
                assert made.quantiles[0, level, column] == np.quantile(means, 0.2)


def test_the_mean_over_levels_is_that_of_their_means() -> None:
    for q in (1, 2, 3):
        found = levels_of(q, n=16)
        expected = found.summaries(EVERY, np.arange(16)).mean.mean(axis=0)
        np.testing.assert_allclose(found.mean_of_levels(), expected, rtol=1e-10)


def test_levels_without_any_variance_have_their_means_for_certain() -> None:
    found = replace(levels_of(1), root=np.zeros((N, 1, 1)))
    made = found.summaries(EVERY, np.arange(N), [0.1, 0.9])
    for values in (made.mean, made.sd, made.quantiles, found(slice(0, LEVELS))):
        np.testing.assert_array_equal(values, 0.0)

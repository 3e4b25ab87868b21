"""Polynomials of levels' log densities: how far off they are, and what they leave in doubt."""

from functools import cache

import numpy as np
import pytest
from scipy import stats

import mixwell as mw
from mixwell.infer.exact.quadrature.deviation_draws import drawn_deviations, shapes_around
from mixwell.infer.exact.quadrature.level_draws import _proposals
from mixwell.infer.exact.quadrature.level_shapes import (
    LevelShapes,
    level_shapes,
    log_student,
    student_radius,
)
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget, quadrature_target
from mixwell.numeric.search.mode import find_mode

LEVELS, ROWS, DRAWS = 24, 60, 4000


def vectors(n: int) -> np.ndarray:
    return np.random.default_rng(1).normal([1.0, -2.0], [0.3, 0.1], (n, 2))


def quartic(t: np.ndarray, z: np.ndarray, q: int) -> np.ndarray:
    """Return the falls of two classes, (place, class, vector): a polynomial, and what is none."""
    first, last = z[:, 0, None], z[:, q - 1, None]
    plain = -0.5 * (z**2).sum(axis=1)[:, None] + 0.02 * t[:, 0] * t[:, 1] * first * last
    plain = plain + 0.05 * t[:, 0] * last**3 - 0.01 * first**4
    return np.stack([plain, np.where(first > 1, -np.inf, plain)], axis=1)


@pytest.mark.parametrize("q", [1, 2])
def test_a_polynomial_is_found_and_a_density_that_ends_has_none(q: int) -> None:
    found = level_shapes(lambda t, z: quartic(t, z, q), vectors(DRAWS), q, DRAWS)
    assert found is not None
    assert found.lost.tolist() == [1]
    t, z = vectors(7), np.random.default_rng(2).normal(size=(q, 7))
    value, error = found.at(t, np.array([0])).falls(z)
    expected = [
        quartic(one[None], place[None], q)[0, 0, 0] for one, place in zip(t, z.T, strict=True)
    ]
    np.testing.assert_allclose(value, expected, atol=1e-5)
    assert error.max() < 1e-4
    assert np.isinf(found.at(t, np.array([1])).falls(z)[1]).all()
    assert np.isinf(found.at(t, np.array([0])).falls(abs(z) + 4.5)[1]).all()
    assert np.isinf(found.highest_ratios(t)[1]).all()


@pytest.mark.parametrize("q", [1, 2])
def test_ratios_are_nowhere_larger_than_the_highest(q: int) -> None:
    found = level_shapes(lambda t, z: quartic(t, z, q), vectors(DRAWS), q, DRAWS)
    assert found is not None
    t, line = vectors(50), np.linspace(-4.5, 4.5, 91)
    z = np.stack(np.meshgrid(*[line] * q)).reshape(q, -1)
    z = z[:, (z**2).sum(axis=0) <= 4.5**2]
    ratios = quartic(t, z.T, q)[:, 0] - log_student(z)[:, None]
    highest = found.highest_ratios(t)[0]
    assert (highest - ratios.max(axis=0)).min() > 0.0
    assert (highest - ratios.max(axis=0)).max() < 0.15


def test_few_draws_are_made_without() -> None:
    falls = lambda t, z: quartic(t, z, 1)  # noqa: E731
    assert level_shapes(falls, vectors(DRAWS), 1, 1_000) is None
    assert level_shapes(falls, vectors(50), 1, DRAWS) is None


@pytest.mark.parametrize("q", [1, 2])
def test_proposals_are_a_students(q: int) -> None:
    z = _proposals(np.random.default_rng(4), q, 20_000)
    for one in (*z, z.sum(axis=0) / np.sqrt(q)):
        assert stats.kstest(one, stats.t(5).cdf).pvalue > 1e-3
    assert student_radius(np.array([1.0])) == 0.0


@cache
def outcomes(formula: str, family: str) -> tuple[QuadratureTarget, np.ndarray]:
    rng = np.random.default_rng(5)
    g, x = np.repeat(np.arange(LEVELS), ROWS), rng.normal(size=LEVELS * ROWS)
    eta = rng.normal(0, 1, LEVELS)[g] + (0.5 + rng.normal(0, 0.5, LEVELS)[g]) * x
    y = rng.binomial(1, 1 / (1 + np.exp(-eta)))
    data = {"g": g, "x": x, "y": y, "n": rng.poisson(np.exp(eta)), "v": eta + rng.standard_t(3)}
    target = quadrature_target(mw.Model(formula, data, family=family).spec)
    mode = find_mode(target.rough, target.start, tolerance=0.3)
    away = rng.normal(size=(DRAWS, len(mode.t))) @ np.linalg.cholesky(mode.covariance).T
    return target, mode.t + away


CASES = [("y ~ x + (1 | g)", "bernoulli"), ("n ~ x + (x | g)", "poisson")]


@pytest.mark.parametrize(("formula", "family"), CASES)
def test_little_is_in_doubt_and_what_is_not_is_right(formula: str, family: str) -> None:
    target, t = outcomes(formula, family)
    guide, rng = target.guide(t), np.random.default_rng(6)
    shapes = shapes_around(target, t, guide, DRAWS)
    assert isinstance(shapes, LevelShapes)
    q = target.tallies.z.shape[1]
    some = t[5::40]
    z = _proposals(rng, q, len(some))
    each = shapes.at(some, np.arange(LEVELS))
    value, error = each.falls(np.repeat(z, LEVELS, axis=1))
    assert np.mean(error < 0.25) > 0.8
    point, peaks = target.point(some), target.peaks_near(some, guide)
    classes, of = np.tile(np.arange(LEVELS), len(some)), np.repeat(np.arange(len(some)), LEVELS)
    u = peaks.u[:, classes, of]
    tried = u + np.einsum("abn,bn->an", peaks.spread[:, :, classes, of], z[:, of])
    height, middle = target.levels.heights_of(point, classes, of, np.stack([tried, u]))
    assert np.mean(np.abs(value - (height - middle)) > error) < 0.01
    assert np.abs(value - (height - middle))[error < np.inf].max() < 0.5


@pytest.mark.parametrize(("formula", "family"), CASES[:1])
def test_draws_have_each_vectors_own_distribution(formula: str, family: str) -> None:
    target, t = outcomes(formula, family)
    r = drawn_deviations(target, t, np.ones(DRAWS, np.int64), np.random.default_rng(7))[::8, :, 0]
    point = target.point(t[::8])
    grid = np.linspace(-5, 5, 401)
    chances = np.empty(r.shape)
    for level in range(LEVELS):
        of, zero = np.arange(len(r)), np.full(len(r), level)
        u = np.broadcast_to(grid[:, None, None], (len(grid), 1, len(r)))
        height = target.levels.heights_of(point, zero, of, u)
        mass = np.exp(height - height.max(axis=0))
        below = (np.cumsum(mass, axis=0) - 0.5 * mass) / mass.sum(axis=0)
        drawn = r[:, level] / point.root[0, 0, 0]
        chances[:, level] = [np.interp(a, grid, b) for a, b in zip(drawn, below.T, strict=True)]
    assert stats.kstest(chances.ravel(), "uniform").pvalue > 1e-3
    for chance in chances.T:
        assert stats.kstest(chance, "uniform").pvalue > 1e-4

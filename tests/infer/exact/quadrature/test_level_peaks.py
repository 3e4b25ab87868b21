"""Searches for modes by differences of values, against tops that are known."""

import numpy as np
import pytest

from mixwell.infer.exact.quadrature.level_peaks import STENCILS, climb, curved
from mixwell.numeric.arrays import FloatArray, IntArray

CENTER = np.array([[[1.5, -2.0, 0.3]], [[0.2, 40.0, -0.7]]])
PRECISION = np.array([[2.0, 0.8], [0.8, 5.0]])


def places(u: FloatArray, width: FloatArray) -> FloatArray:
    """Return where a search asks, (place, q, class, vector)."""
    return u + STENCILS[len(u)][:, :, None, None] * width


def free(move: FloatArray, vectors: IntArray) -> FloatArray:
    return move


def normal(u: FloatArray, width: FloatArray, vectors: IntArray) -> FloatArray:
    away = places(u, width) - CENTER[:, :, vectors]
    return -0.5 * np.einsum("pqcv,qr,prcv->pcv", away, PRECISION, away)


def cauchy(u: FloatArray, width: FloatArray, vectors: IntArray) -> FloatArray:
    """Return a log density that is not concave beyond 1 from its top at 3."""
    return -np.log1p((places(u, width)[:, 0] - 3.0) ** 2)


def test_a_normal_density_is_known_after_a_step() -> None:
    u, curvature, arrived = climb(normal, np.zeros_like(CENTER), free, 4, 1e-18)
    assert arrived.all()
    np.testing.assert_allclose(u, CENTER, atol=1e-6)
    np.testing.assert_allclose(np.moveaxis(curvature[..., 0, :], -1, 0), [PRECISION] * 3, rtol=1e-5)
    spread = curved(u, curvature).spread[..., 0, 0]
    np.testing.assert_allclose(spread @ spread.T, np.linalg.inv(PRECISION), rtol=1e-5)


@pytest.mark.parametrize("start", [-30.0, 1.5, 3.0, 4.1, 25.0])
def test_a_top_is_found_from_where_the_density_is_not_concave(start: float) -> None:
    def bounded(move: FloatArray, vectors: IntArray) -> FloatArray:
        return np.clip(move, -2.0, 2.0)

    u, curvature, arrived = climb(cauchy, np.full((1, 1, 2), start), bounded, 100, 1e-18)
    assert arrived.all()
    np.testing.assert_allclose(u, 3.0, atol=1e-5)
    np.testing.assert_allclose(curvature, 2.0, rtol=1e-3)


def test_a_step_that_leads_down_is_taken_back() -> None:
    """Newton's step from 0 is far too long for this density, whose top is at 1 with curvature 1."""

    def steep(u: FloatArray, width: FloatArray, vectors: IntArray) -> FloatArray:
        x = places(u, width)[:, 0]
        return np.where(x < 1.0, x - 0.05 * x**2, 0.95 + 0.9 * (x - 1) - 50 * (x - 1) ** 2)

    u, _, arrived = climb(steep, np.zeros((1, 1, 1)), free, 60, 1e-18)
    assert arrived.all()
    assert u[0, 0, 0] == pytest.approx(1.009, abs=1e-4)


def test_a_search_that_has_too_few_steps_has_not_arrived() -> None:
    assert not climb(cauchy, np.full((1, 1, 1), -30.0), lambda m, v: np.clip(m, -2, 2), 3, 0.01)[2]


def test_densities_that_are_no_numbers_have_no_top() -> None:
    def nothing(u: FloatArray, width: FloatArray, vectors: IntArray) -> FloatArray:
        return np.full((3, *u.shape[1:]), np.nan)

    assert not climb(nothing, np.zeros((1, 2, 2)), free, 5, 0.01)[2].any()


def test_only_vectors_that_have_not_arrived_are_asked_for() -> None:
    asked = []

    def heights(u: FloatArray, width: FloatArray, vectors: IntArray) -> FloatArray:
        asked.append(vectors.tolist())
        return cauchy(u, width, vectors)

    start = np.array([[[3.0, 1.5]]])
    climb(heights, start, lambda m, v: np.clip(m, -2, 2), 100, 0.01)
    assert asked[0] == [0, 1]
    assert asked[1] == [1]

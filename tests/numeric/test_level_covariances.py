"""Covariances of many levels' effects against those of each level's matrix by itself."""

import numpy as np
import pytest

from mixwell.numeric.level_covariances import (
    level_covariances,
    level_draws,
    level_roots,
    pairs_of,
)

VARIANCE = np.array([0.3, 1.0, 5.0])


def levels(q: int) -> np.ndarray:
    """Z'Z of 40 levels with one to six rows, fewer than the effects among them, and one of none."""
    rng = np.random.default_rng(q)
    made = []
    for i in range(40):
        z = rng.normal(1, 1, (i % 7, q))
        made.append(z.T @ z)
    return np.array(made)


def roots(q: int) -> np.ndarray:
    return np.tril(np.random.default_rng(10 + q).normal(size=(3, q, q)))


def plain(gram: np.ndarray, root: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """K and log |A| of every vector and level, one by one."""
    q = gram.shape[-1]
    k, logs = np.empty((3, 40, q, q)), np.empty((3, 40))
    for i in range(3):
        for j in range(40):
            a = np.eye(q) + root[i].T @ gram[j] @ root[i] / VARIANCE[i]
            k[i, j] = root[i] @ np.linalg.inv(a) @ root[i].T
            logs[i, j] = np.linalg.slogdet(a)[1]
    return k, logs


@pytest.mark.parametrize("q", [1, 2, 3, 5])
def test_they_are_the_inverses_of_single_matrices(q: int) -> None:
    gram, root = levels(q), roots(q)
    expected, logs = plain(gram, root)
    found, determinants = level_covariances(gram, root, VARIANCE)
    for one, (a, b) in zip(found, pairs_of(q), strict=True):
        np.testing.assert_allclose(one, expected[..., a, b], atol=1e-12)
    np.testing.assert_allclose(determinants, logs, atol=1e-12)


@pytest.mark.parametrize("q", [1, 2, 3, 5])
def test_draws_have_their_mean_and_covariance(q: int) -> None:
    gram, root = levels(q), roots(q)
    expected, _ = plain(gram, root)
    score = np.random.default_rng(1).normal(size=(q, 3, 40))
    means = level_draws(gram, root, VARIANCE, score, None)
    np.testing.assert_allclose(means, np.einsum("ijab,bij->aij", expected, score), atol=1e-12)
    units = np.eye(q)[:, :, None, None] + np.zeros((3, 40))
    factor = [level_draws(gram, root, VARIANCE, score, unit) - means for unit in units]
    product = np.einsum("kaij,kbij->ijab", factor, factor)  # F F' of draws that are linear in noise
    np.testing.assert_allclose(product, expected, atol=1e-12)


@pytest.mark.parametrize("q", [1, 2, 3])
def test_an_effect_without_variance_stays_at_zero(q: int) -> None:
    gram, root = levels(q), np.zeros((3, q, q))
    found, logs = level_covariances(gram, root, VARIANCE)
    drawn = level_draws(gram, root, VARIANCE, np.ones((q, 3, 40)), np.ones((q, 3, 40)))
    assert not found.any()
    assert not logs.any()
    assert not drawn.any()


def test_effects_far_apart_in_size_keep_their_digits() -> None:
    root = np.array([[[1e8, 0.0], [3.0, 1e-8]]])
    gram = np.array([[[4.0, 2.0], [2.0, 3.0]]])
    found, logs = level_covariances(gram, root, np.ones(1))
    # by hand: |A| = 1 + tr(Sigma G) + |Sigma| |G|, Sigma = Lambda Lambda',
    # |Sigma| = 1, K = (Sigma + |Sigma| adj(G)) / |A|
    determinant = 1 + 4e16 + 2 * 2 * 3e8 + 3 * (9 + 1e-16) + 8
    assert logs[0, 0] == pytest.approx(np.log(determinant), abs=1e-14)
    np.testing.assert_allclose(found[0, 0, 0], (1e16 + 3) / determinant, rtol=1e-14)
    np.testing.assert_allclose(found[2, 0, 0], (9 + 1e-16 + 4) / determinant, rtol=1e-14)


@pytest.mark.parametrize("q", [1, 2, 3, 5])
def test_roots_are_lower_triangles_of_the_covariances(q: int) -> None:
    gram, root = levels(q), roots(q)
    expected, logs = plain(gram, root)
    found, determinants = level_roots(gram, root, VARIANCE)
    assert sorted(found) == sorted(pairs_of(q))
    factor = np.zeros((q, q, 3, 40))
    for place, entry in found.items():
        factor[place] = entry
    np.testing.assert_allclose(np.einsum("akij,bkij->ijab", factor, factor), expected, atol=1e-12)
    np.testing.assert_allclose(determinants, logs, atol=1e-12)


def test_an_effect_too_small_for_floats_leaves_the_other_a_number() -> None:
    root = np.array([[[0.0, 0.0], [0.5, 0.7]]])
    drawn = level_draws(np.eye(2)[None], root, np.ones(1), np.ones((2, 1, 1)), np.ones((2, 1, 1)))
    assert np.isfinite(drawn).all()
    assert drawn[0, 0, 0] == 0.0


@pytest.mark.parametrize("q", [1, 2, 3])
def test_noise_is_not_changed_by_drawing_with_it(q: int) -> None:
    noise = np.ones((q, 3, 40))
    level_draws(levels(q), roots(q), VARIANCE, np.ones((q, 3, 40)), noise)
    assert (noise == 1).all()


def test_two_large_effects_of_one_row_have_no_area_that_rounding_makes_up() -> None:
    """By hand: with G = z z' the determinant of I + Lambda' G Lambda is 1 + |Lambda' z|^2."""
    z = np.random.default_rng(3).normal(size=(200, 2))
    gram = z[:, :, None] * z[:, None, :]
    root = 1e6 * np.eye(2)[None]
    _, logs = level_covariances(gram, root, np.ones(1))
    found = np.exp(logs[0]) / (1 + 1e12 * (z**2).sum(axis=1))
    area = gram[:, 0, 0] * gram[:, 1, 1] - gram[:, 1, 0] ** 2
    assert (area < 0).any()
    np.testing.assert_allclose(found[area <= 0], 1.0, rtol=1e-12)

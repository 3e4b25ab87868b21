"""What compiled loops eliminate against products of each level's covariance by itself."""

import numpy as np
import pytest

from mixwell.numeric.level_covariances import level_covariances, pairs_of
from mixwell.numeric.loops.level_eliminations import eliminated

COLUMNS = 4


def levels(q: int, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Z'Z and Z'R of 30 levels with none to six rows: fewer than effects among them."""
    rng = np.random.default_rng(q)
    gram, cross = np.empty((30, q, q)), np.empty((30, q, COLUMNS))
    for i in range(30):
        z = scale * rng.normal(1, 1, (i % 7, q))
        gram[i], cross[i] = z.T @ z, z.T @ rng.normal(size=(i % 7, COLUMNS))
    return gram, cross


def by_pairs(gram: np.ndarray) -> np.ndarray:
    return np.stack([gram[:, a, b] for a, b in pairs_of(gram.shape[1])], axis=1)


@pytest.mark.parametrize("batch", [1, 16, 37])
@pytest.mark.parametrize("q", [1, 2, 3, 4])
def test_what_levels_explain_is_the_sum_of_what_each_does(q: int, batch: int) -> None:
    rng = np.random.default_rng(10 + batch)
    gram, cross = levels(q)
    root = np.tril(rng.normal(size=(batch, q, q)))
    root[0] = 0.0  # no variance at all: nothing is explained
    variance = rng.uniform(0.2, 5, batch)
    found, logs = eliminated(by_pairs(gram), cross, root, variance)
    own, own_logs = level_covariances(gram, root, variance)
    whole = np.empty((batch, len(gram), q, q))
    for entry, (a, b) in zip(own, pairs_of(q), strict=True):
        whole[:, :, a, b] = whole[:, :, b, a] = entry
    expected = np.einsum("nau,tnab,nbv->tuv", cross, whole, cross)
    np.testing.assert_allclose(found, expected[:, *np.tril_indices(COLUMNS)], atol=1e-9)
    np.testing.assert_allclose(logs, own_logs.sum(axis=1), atol=1e-11)


@pytest.mark.parametrize("q", [1, 2, 3, 4])
def test_determinants_whose_product_no_number_holds_have_their_logs(q: int) -> None:
    gram, cross = levels(q, scale=1e60 if q == 1 else 1e25)
    whole = np.arange(30) % 7 >= q  # of fewer rows than effects determinants are rounding errors
    root, variance = np.eye(q)[None], np.ones(1)
    found, logs = eliminated(by_pairs(gram)[whole], cross[whole], root, variance)
    expected = np.linalg.slogdet(np.eye(q) + gram[whole])[1].sum()
    assert expected > 1000 * np.log(10)
    assert logs[0] == pytest.approx(expected, rel=1e-9)
    assert np.isfinite(found).all()

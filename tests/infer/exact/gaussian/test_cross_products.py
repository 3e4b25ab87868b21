"""What is collected of a gaussian model's rows, against products of the whole matrices."""

import numpy as np
import pytest
from scipy import sparse

from mixwell.infer.exact.gaussian import cross_products
from mixwell.infer.exact.gaussian.cross_products import Block, Reduction, Rows, reduce_rows

N = 90
LOWER = [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]


def blocks(rng: np.random.Generator) -> tuple[Block, ...]:
    """Factors of two, three and one effects; the second has most columns, some of one value."""
    some = rng.integers(0, 2, N)
    both = np.column_stack([np.ones(N), some])
    return (
        Block(both, rng.permutation(N) % 4, 4),
        Block(np.column_stack([np.full(N, 2.0), some, np.zeros(N)]), np.arange(N) % 30, 30),
        Block(np.full((N, 1), 2.0), rng.permutation(N) % 3, 3),
    )


def columns(block: Block) -> np.ndarray:
    """Z of one factor, its columns level by level."""
    indicators = np.equal.outer(block.index, np.arange(block.n_levels))
    return (indicators[:, :, None] * block.values[:, None, :]).reshape(len(block.index), -1)


def dense(values: np.ndarray | sparse.csr_array) -> np.ndarray:
    return values if isinstance(values, np.ndarray) else values.toarray()


def products(data: Reduction) -> np.ndarray:
    """The stored products, (pairs, n_classes, M, M), of which the lower triangle is kept."""
    pairs, size = data.gram.shape[1] * (data.gram.shape[1] + 1) // 2, data.columns
    lower = np.zeros((pairs, len(data.counts), size, size))
    if data.positions is None:
        lower[:, :, *np.tril_indices(size)] = data.products
    else:
        flat = lower.reshape(-1, size * size)
        flat[:, data.positions] = dense(data.products).T
    return lower + np.tril(lower, -1).swapaxes(2, 3)


@pytest.mark.parametrize(("many_levels", "numbers"), [(1, 1), (3, 1), (32, 1), (32, 10**6)])
@pytest.mark.parametrize("most_dense", [0, 11, 120])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("center", "chunk"), [(False, 1000), (True, 17), (True, 1)])
def test_cross_products_are_those_of_the_whole_matrices(
    center: bool,
    chunk: int,
    weighted: bool,
    most_dense: int,
    many_levels: int,
    numbers: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cross_products, "DENSE", most_dense)
    monkeypatch.setattr(cross_products, "_MANY_LEVELS", many_levels)
    monkeypatch.setattr(cross_products, "_BLOCK", numbers)
    rng = np.random.default_rng(8)
    x = np.column_stack([np.ones(N), rng.normal(3, 1, N), np.arange(N) // 45])
    y, own = rng.normal(50, 1, N), blocks(rng)
    weights = rng.integers(1, 3, N) / 2 if weighted else None
    data = reduce_rows(Rows(own, lambda part: x[part], y, weights), center=center, chunk=chunk)

    moved = np.column_stack([x[:, :1], x[:, 1:] - x[:, 1:].mean(axis=0)]) if center else x
    rest = np.column_stack([columns(own[0]), columns(own[2]), moved, y - moved @ data.start])
    lead, w = columns(own[1]), np.ones((N, 1)) if weights is None else weights[:, None]
    cross = (lead.T @ (w * rest)).reshape(30, 3, -1)
    gram = (lead.T @ (w * lead)).reshape(30, 3, 30, 3)[np.arange(30), :, np.arange(30)]
    assert (data.eliminated, data.rest, data.n) == (1, (0, 2), N)
    assert (data.random, data.fixed, data.columns) == (11, 3, rest.shape[1])
    assert (data.positions is None) == (most_dense >= 11)
    np.testing.assert_allclose(data.x_means, x.mean(axis=0))
    np.testing.assert_allclose(data.sum_log_weights, np.log(w).sum(), atol=1e-12)
    np.testing.assert_allclose(data.base, rest.T @ (w * rest), atol=1e-9)
    np.testing.assert_allclose(dense(data.cross), cross.reshape(90, -1), atol=1e-9)
    np.testing.assert_allclose(data.gram[data.level_class], gram, atol=1e-12)
    assert len(np.unique(gram.round(9), axis=0)) == len(data.counts)
    np.testing.assert_array_equal(data.counts, np.bincount(data.level_class))
    stored = products(data)
    for c in range(len(data.counts)):
        g = cross[data.level_class == c]
        for k, (a, b) in enumerate(LOWER):
            one = np.einsum("ji,jk->ik", g[:, a], g[:, b])
            expected = one if a == b else one + one.T
            np.testing.assert_allclose(stored[k, c], expected, atol=1e-8)


def test_the_response_is_measured_from_near_the_solution() -> None:
    """Its sum of squares is that of residuals: of y itself it would have no digits left."""
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(N), rng.normal(size=N)])
    noise = rng.normal(size=N)
    y = 1e9 + 1e9 * x[:, 1] + noise
    data = reduce_rows(Rows((), lambda part: x[part], y, None), center=True)
    residual = noise - x @ np.linalg.lstsq(x, noise, rcond=None)[0]
    shift = np.linalg.solve(data.base[:2, :2], data.base[:2, 2])
    assert data.base[2, 2] - data.base[:2, 2] @ shift == pytest.approx(residual @ residual)
    assert data.eliminated is None
    assert data.rest == ()
    assert not data.products.size


def test_some_levels_keep_their_own_rows_and_classes() -> None:
    rng = np.random.default_rng(8)
    own = blocks(rng)
    x = np.column_stack([np.ones(N), rng.normal(size=N)])
    data = reduce_rows(Rows(own, lambda part: x[part], rng.normal(size=N), None))
    part = data.of_levels(slice(7, 12))
    np.testing.assert_array_equal(dense(part.cross), dense(data.cross)[21:36])
    np.testing.assert_array_equal(part.gram[part.level_class], data.gram[data.level_class[7:12]])
    np.testing.assert_array_equal(part.counts, np.bincount(part.level_class))


def test_columns_in_very_different_units_part_the_same_levels() -> None:
    """Levels are compared by each column's own size: none is drowned by another's."""
    rng = np.random.default_rng(2)
    index, steps = np.repeat(np.arange(10), 3), rng.normal(size=(5, 3))
    slope = np.tile(steps, (2, 1)).ravel()
    for size in (1e-9, 1.0, 1e9):
        z = np.column_stack([np.ones(30), size * slope])
        rows = Rows((Block(z, index, 10),), lambda part: np.ones((30, 1))[part], slope, None)
        assert reduce_rows(rows).counts.tolist() == [2.0] * 5


@pytest.mark.parametrize("value", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("chunk", [7, 1000])
def test_a_column_of_one_value_is_counted_as_what_it_is(value: float, chunk: int) -> None:
    rng = np.random.default_rng(8)
    n, index = 21, np.arange(21) % 4
    z = np.column_stack([np.full(n, value), rng.normal(size=n)])
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    y = rng.normal(size=n)
    found = reduce_rows(Rows((Block(z, index, 4),), lambda part: x[part], y, None), chunk=chunk)
    for level in range(4):
        own = z[index == level]
        gram = found.gram[found.level_class[level]]
        np.testing.assert_allclose(gram, own.T @ own, atol=1e-12)
        right = np.column_stack([x, y - x @ found.start])[index == level]
        np.testing.assert_allclose(
            found.cross[2 * level : 2 * level + 2], own.T @ right, atol=1e-12
        )

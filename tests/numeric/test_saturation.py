"""Rows to spare and sums of covariances, against dense matrices of numpy."""

import numpy as np
import pytest

from mixwell.numeric.saturation import RowEffects, covering, spare_rows

RNG = np.random.default_rng(5)


def dense(effects: RowEffects) -> list[np.ndarray]:
    """What every variance and covariance adds to that of the rows, as matrices."""
    same = effects.index[:, None] == effects.index[None, :]
    z = effects.values
    made = []
    for i, j in effects.pairs():
        product = np.outer(z[:, i], z[:, j]) * same
        made.append(product if i == j else product + product.T)
    return made


def is_sum(effects: list[RowEffects], residual: np.ndarray, fixed: np.ndarray) -> bool:
    """Whether the residuals' matrix is in the span of the effects', by least squares."""
    basis = np.linalg.qr(fixed)[0]
    rest = np.eye(len(residual)) - basis @ basis.T
    columns = [(rest @ part @ rest).ravel() for each in effects for part in dense(each)]
    wanted = (rest @ np.diag(residual) @ rest).ravel()
    matrix = np.column_stack(columns)
    left = wanted - matrix @ np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    return bool(np.linalg.norm(left) < 1e-6 * np.linalg.norm(wanted))


def drawn(rng: np.random.Generator) -> tuple[list[RowEffects], np.ndarray, np.ndarray]:
    """A small design of one or two factors; columns of few values, so that sums are common."""
    n = int(rng.integers(4, 15))
    effects = []
    for _ in range(int(rng.integers(1, 4))):
        index = np.arange(n) // int(rng.integers(1, 4))
        values = rng.choice([-1.0, 0.0, 1.0], (n, int(rng.integers(1, 3))))
        values[:, 0] = rng.choice([1.0, values[0, 0]])
        effects.append(RowEffects(values, index, bool(rng.integers(2))))
    fixed = np.column_stack([np.ones(n), rng.normal(size=n)])[:, : int(rng.integers(1, 3))]
    residual = np.ones(n) if rng.integers(2) else 1.0 / rng.integers(1, 3, n)
    return effects, residual, fixed


def test_a_sum_is_found_where_there_is_one_and_nowhere_else() -> None:
    answers = []
    for seed in range(300):
        effects, residual, fixed = drawn(np.random.default_rng(seed))
        found = covering(effects, residual, fixed)
        answers.append(found is not None)
        assert answers[-1] == is_sum(effects, residual, fixed), seed
        if found is not None:
            assert is_sum([effects[k] for k in found], residual, fixed), seed
    assert 30 < sum(answers) < 270  # both happen


def test_rows_to_spare_are_those_beyond_the_rank_of_each_level() -> None:
    for seed in range(50):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 60))
        index, values = rng.integers(0, 8, n), rng.choice([0.0, 1.0, 2.0], (n, 3))
        values[:, 0] = 1.0
        ranks = [np.linalg.matrix_rank(values[index == k]) for k in np.unique(index)]
        assert spare_rows(values, index) == n - sum(ranks)


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e7])
def test_an_offset_of_a_column_leaves_its_rank(offset: float) -> None:
    values = np.column_stack([np.ones(40), offset + RNG.normal(size=40)])
    index = np.repeat(np.arange(20), 2)
    assert spare_rows(values, index) == 0

"""The sparse factorization against NumPy's dense one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwell.infer.direct.sparse_factor import Factorization, Pattern
from mixwell.numeric.arrays import FloatArray


def upper(matrix: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return starts, rows and values of the upper triangle by columns."""
    starts, rows, values = [0], [], []
    for j in range(len(matrix)):
        found = np.flatnonzero(matrix[: j + 1, j])
        rows += found.tolist()
        values += matrix[found, j].tolist()
        starts.append(len(rows))
    return np.array(starts), np.array(rows, dtype=np.int64), np.array(values)


def sparse_matrix(seed: int, size: int, least: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    half = np.where(rng.random((size, size)) < 0.15, rng.normal(size=(size, size)), 0.0)
    half[:, size - least :] = rng.normal(size=(size, least))  # full columns, as of coefficients
    return half @ half.T * (np.abs(half @ half.T) > 0) + size * np.eye(size)


def with_full_tail(matrix: FloatArray, least: int) -> FloatArray:
    rng = np.random.default_rng(len(matrix))
    matrix = np.where(np.abs(matrix) > 0.5, matrix, 0.0)
    if least:
        tail = 0.1 * rng.normal(size=(len(matrix), least))
        matrix[:, -least:] += tail
        matrix[-least:, :] += tail.T
    return matrix + 3 * np.abs(matrix).sum(axis=1).max() * np.eye(len(matrix))


def split_at(pattern: Pattern, split: int) -> Pattern:
    return replace(pattern, chosen=split)


@given(st.integers(0, 10**6), st.integers(1, 25), st.integers(0, 3), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_solutions_and_determinants_are_numpys_wherever_the_dense_tail_begins(
    seed: int, size: int, least: int, share: float
) -> None:
    least = min(least, size)
    matrix = with_full_tail(sparse_matrix(seed, size, least), least)
    starts, rows, values = upper(matrix)
    pattern = Pattern(starts, rows, least, (size // 2,))
    assert pattern.split <= size - least
    factor = Factorization(split_at(pattern, int(share * (size - least))))
    assert factor.factorize(values)
    b = np.random.default_rng(seed).normal(size=size)
    np.testing.assert_allclose(factor.solve(b.copy()), np.linalg.solve(matrix, b), atol=1e-10)
    assert factor.log_determinant == pytest.approx(np.linalg.slogdet(matrix)[1])
    inverse = np.linalg.inv(matrix)
    places = np.repeat(np.arange(size), np.diff(starts))
    np.testing.assert_allclose(factor.inverse(), inverse[rows, places], atol=1e-10)
    # K' undoes K'^-1, and K^-1 b has the length of b in the matrix's inverse
    back = factor.half_solve_transposed(factor.times_half_transposed(b))
    np.testing.assert_allclose(back, b, atol=1e-10)
    half = factor.half_solve(b.copy())
    assert half @ half == pytest.approx(b @ np.linalg.solve(matrix, b))


@pytest.mark.parametrize("split", [0, 60, 120])
def test_a_long_dense_tail_is_lapacks(split: int) -> None:
    matrix = with_full_tail(sparse_matrix(1, 120, 0), 0)
    starts, rows, values = upper(matrix)
    pattern = split_at(Pattern(starts, rows, 0, ()), split)
    factor = Factorization(pattern)
    assert factor.factorize(values)
    b = np.arange(120.0)
    np.testing.assert_allclose(factor.solve(b.copy()), np.linalg.solve(matrix, b), atol=1e-9)


@pytest.mark.parametrize("split", [0, 2, 3])
def test_a_matrix_that_is_not_positive_definite_is_said_to_be_none(split: int) -> None:
    matrix = np.array([[1.0, 2.0, 0.1], [2.0, 1.0, 0.1], [0.1, 0.1, 1.0]])
    starts, rows, values = upper(matrix)
    factor = Factorization(split_at(Pattern(starts, rows, 0, ()), split))
    assert not factor.factorize(values)


def test_the_levels_of_a_large_factor_are_eliminated_one_by_one() -> None:
    """500 levels next to 20 crossed ones: no more operations than an elimination by hand."""
    size = 520
    matrix = np.eye(size) * 600
    matrix[:500, 500:] = 1.0
    matrix[500:, :500] = 1.0
    starts, rows, _ = upper(matrix)
    pattern = Pattern(starts, rows, 0, (500,))
    assert pattern.split == 500
    assert pattern.operations < 500 * 20**2

"""Equations of linear gaussian models, against dense solutions by NumPy."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import mixwell as mw
from mixwell.infer.direct.linear import eliminated_system
from mixwell.infer.direct.linear.eliminated_system import Workspace
from mixwell.infer.direct.linear.linear_target import LinearTarget, build_linear_target
from mixwell.infer.direct.target import build_target
from mixwell.numeric.arrays import FloatArray

__all__ = ["FORMULAS", "crossed_rows", "dense", "linear_target"]

FORMULAS = [
    "y ~ x + (1 | g)",
    "y ~ 0 + (1 | g) + (1 | h)",
    "y ~ x * k + (1 | g) + (1 | h) + (1 | i)",
    "y ~ x + (1 + x | g) + (1 | h)",
    "y ~ x + (1 + x || g) + (1 + x | h)",
    "y ~ x + offset(z) + (1 | h) + (1 | h:g)",
    "y | weights(w) ~ x + (1 + x + z | h) + (1 | g)",
    "y | se(w) ~ x + (1 | g) + (1 | h)",
]


def crossed_rows(n: int = 240, levels: int = 20) -> pd.DataFrame:
    """Rows of three crossed factors; some levels of `g` meet few of `h`."""
    rng = np.random.default_rng(11)
    g, h, i = rng.integers(0, levels, n), rng.integers(0, 7, n), rng.integers(0, 4, n)
    x, u = rng.normal(size=n), rng.normal(size=(levels, 2)) @ np.array([[0.8, 0.4], [0.0, 0.5]])
    y = 1 + 0.5 * x + u[g, 0] + u[g, 1] * x + rng.normal(0, 0.6, 7)[h] + rng.normal(size=n)
    named = {name: np.char.add(name, codes.astype(str)) for name, codes in
             {"g": g, "h": h, "i": i, "k": rng.integers(0, 3, n)}.items()}  # fmt: skip
    return pd.DataFrame(
        {"y": y, "x": x, "z": rng.normal(size=n), "w": rng.uniform(0.5, 2, n), **named}
    )


def linear_target(formula: str) -> LinearTarget:
    return build_linear_target(build_target(mw.Model(formula, crossed_rows()).spec))


def dense(linear: LinearTarget) -> FloatArray:
    """Return A, (row, x): what one of x alone adds to the rows."""
    columns, n = linear.target.columns, linear.system.size
    offset = columns.predictors(np.zeros(columns.size))[0]
    return np.stack(
        [columns.predictors(np.eye(columns.size)[j])[0] - offset for j in range(n)], axis=1
    )


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("soon", [2e7, 0.0])
def test_solutions_are_those_of_the_whole_matrix(
    formula: str, soon: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever part of the rest is factorized; to the norm in which a posterior's sd is 1."""
    monkeypatch.setattr(eliminated_system, "_SOON", soon)
    linear = linear_target(formula)
    columns, system = linear.target.columns, linear.system
    rng, scale = np.random.default_rng(2), 1.7
    a = dense(linear)
    matrix = scale * a.T @ (linear.roots[:, None] ** 2 * a)
    precisions = []
    for unit in columns.units:
        half = rng.normal(size=(unit.size, unit.size))
        precisions.append(half @ half.T + 0.3 * np.eye(unit.size))
        matrix[unit.span, unit.span] += np.kron(np.eye(unit.levels), precisions[-1])
    matrix[columns.random :, columns.random :] += linear.corner
    right, x = rng.normal(size=system.size), rng.normal(size=system.size)
    room = Workspace(system)
    for _ in range(2):  # from far, and from the solution
        assert room.solve(scale, precisions, linear.corner, right, x) > 0
        error = x - np.linalg.solve(matrix, right)
        assert error @ matrix @ error < 1e-8


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_entry_of_the_cross_product_is_lost(formula: str) -> None:
    linear = linear_target(formula)
    system, a = linear.system, dense(linear)
    edge, size = system.first.span.stop, system.first.size
    whole = a.T @ (linear.roots[:, None] ** 2 * a)
    upper = sparse.csc_array((system.values, system.rows, system.columns)).toarray()
    np.testing.assert_allclose(upper + np.triu(upper, 1).T, whole[edge:, edge:], atol=1e-9)
    crossing = np.zeros((edge, len(whole) - edge))
    for level, (begin, end) in enumerate(zip(system.starts, system.starts[1:], strict=False)):
        own = slice(level * size, (level + 1) * size)
        crossing[own, system.at[begin:end]] = system.cross[begin:end].T
    np.testing.assert_allclose(crossing, whole[:edge, edge:], atol=1e-9)
    blocks = [whole[i : i + size, i : i + size] for i in range(0, edge, size)]
    np.testing.assert_allclose(system.own, blocks, atol=1e-9)


def test_a_matrix_that_is_not_positive_definite_has_no_solution() -> None:
    linear = linear_target("y ~ x + (1 | g) + (1 | h)")
    room, n = Workspace(linear.system), linear.system.size
    for first, second in ((-1e3, 1.0), (1.0, -1e3)):
        precisions = [np.array([[first]]), np.array([[second]])]
        assert room.solve(1.0, precisions, linear.corner, np.ones(n), np.zeros(n)) == 0

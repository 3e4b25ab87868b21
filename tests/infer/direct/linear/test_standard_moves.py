"""Moves along the standard form of effects: sums of squares as the rows themselves have them."""

import numpy as np
import pytest
from tests.infer.direct.linear.test_eliminated_system import (
    FORMULAS,
    crossed_rows,
    dense,
    linear_target,
)

import mixwell as mw
from mixwell.infer.direct.linear.linear_target import LinearTarget, build_linear_target
from mixwell.infer.direct.linear.standard_moves import StandardMoves
from mixwell.infer.direct.target import build_target
from mixwell.numeric.arrays import FloatArray


def squares_of_rows(linear: LinearTarget, x: FloatArray) -> float:
    response = np.asarray(linear.target.rows.response.values, dtype=float)
    left = response - linear.target.columns.predictors(x)[0]
    return float(linear.roots**2 @ left**2)


def somewhere(linear: LinearTarget, seed: int) -> FloatArray:
    return linear.x + np.random.default_rng(seed).normal(size=len(linear.x))


@pytest.mark.parametrize("formula", FORMULAS)
def test_sums_of_squares_are_those_of_the_rows_before_and_after_moves(formula: str) -> None:
    linear, rng = linear_target(formula), np.random.default_rng(4)
    moves, changed = StandardMoves(linear, rng), False
    for seed in range(4):
        x, t = somewhere(linear, seed), linear.t + 0.3 * rng.normal(size=linear.t.size)
        assert moves.look(x) == pytest.approx(squares_of_rows(linear, x), rel=1e-10)
        before = linear.target.log_effects(x, t)
        roots = linear.target.covariances.roots(t)
        moved, squares = moves.move(x, t, adapt=True)
        changed |= bool((moved != t).any())
        assert squares == pytest.approx(squares_of_rows(linear, x), rel=1e-9)
        # the standard form is what it was: only determinants differ
        after = linear.target.log_effects(x, moved)
        for part, old, new in zip(
            linear.target.covariances.parts,
            roots,
            linear.target.covariances.roots(moved),
            strict=True,
        ):
            change = np.log(np.diagonal(old)).sum() - np.log(np.diagonal(new)).sum()
            before += part.unit.levels * change
        assert after == pytest.approx(before, rel=1e-9)
    assert changed


def test_little_noise_around_large_effects_is_not_lost_in_rounding() -> None:
    """Residuals of 1e-4 where effects are about 1: a share of 1e-8 of all squares."""
    rows = crossed_rows()
    rng = np.random.default_rng(6)
    u = {level: rng.normal() for level in [*rows["g"].unique(), *rows["h"].unique()]}
    rows["y"] = 50 + rows["x"] + rows["g"].map(u) + rows["h"].map(u) + 1e-4 * rng.normal(size=240)
    linear = build_linear_target(build_target(mw.Model("y ~ x + (1 | g) + (1 | h)", rows).spec))
    x, a = linear.x.copy(), dense(linear)
    x[: linear.system.size] = np.linalg.lstsq(a, rows["y"].to_numpy(), rcond=None)[0]
    expected = squares_of_rows(linear, x)
    assert expected < 240 * 1e-7
    assert StandardMoves(linear, rng).look(x) == pytest.approx(expected, rel=1e-5)

"""Separating directions of small designs, where they can be read off the rows."""

import numpy as np
import pytest

from mixwell.numeric import separation
from mixwell.numeric.separation import separating_direction

#: An intercept, two levels against a first one, and a number.
X = np.array(
    [[1.0, 0, 0, -1], [1, 0, 0, 2], [1, 1, 0, -2], [1, 1, 0, 1], [1, 0, 1, -1], [1, 0, 1, 3]]
)


def _direction(up, down):
    found = separating_direction(X, np.array(up, dtype=bool), np.array(down, dtype=bool))
    return None if found is None else np.sign(found).tolist()


@pytest.mark.parametrize(
    ("up", "down", "direction"),
    [
        ([0, 0, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, -1, 0, 0]),  # a cell of zeros among counts
        ([1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0], [1, 0, 0, 0]),  # all outcomes alike
        ([1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [1, -1, -1, 0]),  # the reference cell
        ([0, 1, 0, 1, 0, 1], [1, 0, 1, 0, 1, 0], [0, 0, 0, 1]),  # a threshold of the last column
        ([0, 0, 1, 1, 0, 0], [0, 0, 1, 1, 0, 0], None),  # rows that say nothing, others in place
        ([1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], None),  # the others hold every column in place
    ],
)
def test_a_direction_has_what_it_needs_and_no_more(up, down, direction) -> None:
    assert _direction(up, down) == direction


def test_many_rows_without_separation_are_told_by_some_of_them() -> None:
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(100_000), rng.normal(size=(100_000, 2))])
    up = rng.random(100_000) < 0.5
    assert separating_direction(x, up, ~up) is None


def test_a_rare_cell_among_many_rows_is_found() -> None:
    rng = np.random.default_rng(1)
    rare = np.arange(100_000) % 20_001 == 7
    x = np.column_stack([np.ones(100_000), rng.normal(size=100_000), rare])
    up = (rng.random(100_000) < 0.5) | rare
    found = separating_direction(x, up, ~up)
    assert found is not None
    assert np.sign(found).tolist() == [0, 0, 1]


@pytest.mark.parametrize("unit", [1e-8, 0.01, 300.0, 1e8])
def test_a_direction_is_in_the_units_of_its_columns(unit: float) -> None:
    up, down = np.array([0, 1, 0, 1, 0, 1], dtype=bool), np.array([1, 0, 1, 0, 1, 0], dtype=bool)
    units = np.array([1.0, unit, 1 / unit, unit])
    found = separating_direction(X * units, up, down)
    plain = separating_direction(X, up, down)
    assert found is not None
    np.testing.assert_allclose(found * units, plain, rtol=1e-6)


def test_a_column_of_zeros_is_in_no_direction() -> None:
    up = np.array([0, 1, 0, 1, 0, 1], dtype=bool)
    with np.errstate(all="raise"):
        found = separating_direction(np.column_stack([X, np.zeros(6)]), up, ~up)
    assert found is not None
    assert np.sign(found).tolist() == [0, 0, 0, 1, 0]


def test_many_rows_that_hold_leave_the_directions_that_move_none_of_them() -> None:
    rng = np.random.default_rng(1)
    rare = np.arange(100_000) % 1_000 == 7
    x = rng.normal(size=100_000) / 3
    found = separating_direction(
        np.column_stack([np.ones(100_000), x, x + rare]), rare, ~rare & rare
    )
    assert found is not None
    np.testing.assert_allclose(found, [0, -found[2], found[2]], atol=1e-6 * found[2])


def test_cells_that_can_be_moved_are_all_moved() -> None:
    """Each of 12 cells has its own column: those of one outcome are the ones that can be moved."""
    cells = np.repeat(np.eye(12), 5, axis=0)
    up = np.tile([True, False, True, True, False], 12)
    up[:15], up[40:45] = True, False
    found = separating_direction(cells, up, ~up)
    assert found is not None
    assert np.sign(found).tolist() == [1, 1, 1, 0, 0, 0, 0, 0, -1, 0, 0, 0]


@pytest.mark.parametrize("seed", range(6))
def test_no_row_is_moved_back_and_none_is_moved_in_random_designs_that_overlap(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(6_000), rng.normal(size=(6_000, 3))])
    up = x @ [0.3, 1.0, -2.0, 0.0] > 0
    found = separating_direction(x, up, ~up)
    assert found is not None
    moved = np.where(up, 1, -1) * (x @ found)
    assert moved.min() > -1e-6 * np.abs(found).max()
    assert (moved > 0).mean() > 0.99
    row = int(np.argmax(np.abs(x @ [0.3, 1.0, -2.0, 0.0])))
    up[row] = ~up[row]  # one row far on the wrong side
    assert separating_direction(x, up, ~up) is None


def test_one_column_that_moves_all_is_preferred_to_smaller_steps_along_several() -> None:
    """The smallest sum of steps is 0.6, 0.6, 1; the last column does it alone with 2.5."""
    x = np.array([[1.0, 0.0, 0.4], [0.0, 1.0, 0.4], [0.0, 0.0, 1.0]])
    up = np.ones(3, dtype=bool)
    found = separating_direction(x, up, ~up)
    assert found is not None
    assert np.sign(found).tolist() == [0, 0, 1]


def test_rows_that_the_largest_sum_of_moves_leaves_in_place_are_moved_as_well() -> None:
    """The sum is largest at (1, 0), where the last row rests; (1, 1) moves it, too."""
    x = np.array([[1.0, -0.6], [1.0, -0.7], [0.0, 1.0]])
    up = np.ones(3, dtype=bool)
    found = separating_direction(x, up, ~up)
    assert found is not None
    assert (x @ found > 0).all()


@pytest.mark.parametrize(("number", "holds"), [(1e-7, False), (1e-5, True)])
def test_numbers_below_a_millionth_of_the_largest_hold_nothing_in_place(number, holds) -> None:
    x, up = np.array([[3.0], [3 * number]]), np.array([True, False])
    assert (separating_direction(x, up, np.zeros(2, dtype=bool)) is None) == holds


def test_residuals_of_a_fit_show_the_same_as_linear_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """200 small designs, numbers and marks, of which some have a direction that moves few rows."""
    rng, clear = np.random.default_rng(1), []
    for _ in range(200):
        n, p = int(rng.integers(6, 40)), int(rng.integers(1, 5))
        marks = rng.integers(0, 2, (n, p)).astype(float)
        x = np.column_stack([np.ones(n), marks if rng.random() < 0.5 else rng.normal(size=(n, p))])
        up = rng.random(n) < 1 / (1 + np.exp(-x @ rng.normal(0, 2, p + 1)))
        found = separating_direction(x, up, ~up)
        with monkeypatch.context() as patch:
            patch.setattr(separation, "_clearly_none", lambda rows: False)
            by_programs = separating_direction(x, up, ~up)
        assert (found is None) == (by_programs is None)
        clear.append(found is None)
    assert 20 < sum(clear) < 180


def test_residuals_of_an_estimate_spare_linear_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one far from no effect, to which Newton's steps lead."""

    def unwanted(*_: object) -> None:
        pytest.fail("a linear program was asked for")

    monkeypatch.setattr(separation, "_least_cost", unwanted)
    rng = np.random.default_rng(2)
    for size in (0.0, 1.5):
        x = np.column_stack([np.ones(500), rng.normal(size=(500, 3))])
        up = rng.random(500) < 1 / (1 + np.exp(-x @ np.array([0.5, size, -size, size / 2])))
        assert separating_direction(x, up, ~up) is None

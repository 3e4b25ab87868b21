"""Separating directions of small designs, where they can be read off the rows."""

import numpy as np
import pytest

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

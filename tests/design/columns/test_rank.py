"""Which columns are left out: against planted dependencies, on all rows and on some of them."""

import numpy as np
import pytest

from mixwell.design.columns.rank import independent_columns, work


def names_of(matrix: np.ndarray) -> list[str]:
    return [f"c{j}" for j in range(matrix.shape[1])]


def dropped(matrix: np.ndarray, shares: np.ndarray | None = None) -> dict[str, str]:
    kept, reasons = independent_columns(matrix, names_of(matrix), shares)
    assert [f"c{j}" for j in kept] == [name for name in names_of(matrix) if name not in reasons]
    return reasons


@pytest.mark.parametrize("seed", range(3))
def test_of_many_columns_those_are_left_out_that_others_before_them_make_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(300, 200)) * 10.0 ** rng.integers(-8, 8, 200)
    planted = sorted(rng.choice(np.arange(5, 200), 60, replace=False).tolist())
    for j in planted:
        matrix[:, j] = matrix[:, :j] @ (rng.normal(size=j) / np.linalg.norm(matrix[:, :j], axis=0))
    assert list(dropped(matrix)) == [f"c{j}" for j in planted]


def test_a_column_is_kept_from_a_ten_millionth_of_its_length_on() -> None:
    basis = np.linalg.qr(np.random.default_rng(1).normal(size=(50, 2)))[0]
    for left, reasons in ((1.01e-7, 0), (0.99e-7, 1)):
        assert len(dropped(basis @ [[1.0, np.sqrt(1 - left**2)], [0.0, left]])) == reasons


def test_more_columns_than_rows_leave_as_many_as_there_are_rows() -> None:
    matrix = np.random.default_rng(1).normal(size=(3, 6))
    assert list(dropped(matrix)) == ["c3", "c4", "c5"]


def test_reasons_say_what_makes_a_column_up() -> None:
    rng = np.random.default_rng(1)
    a = rng.normal(size=(30, 6))
    assert dropped(np.column_stack([a[:, 0], a[:, 0], 2 * a[:, 0], 0 * a[:, 0]])) == {
        "c1": "it equals c0",
        "c2": "it is 2 times c0",
        "c3": "it is zero in every row used (an empty cell, or a constant 0)",
    }
    said = "it is a combination of c0, c1, c2, c3 and 2 more"
    assert dropped(np.column_stack([a, a.sum(axis=1)])) == {"c6": said}
    assert dropped(np.column_stack([a, a[:, 1] - a[:, 4]])) == {
        "c6": "it is a combination of c1, c4"
    }
    kept, reasons = independent_columns(np.full((4, 2), [1.0, 3.0]), ["Intercept", "x"])
    assert (kept, reasons) == ([0], {"x": "it is constant (3), as the intercept is"})


def test_a_difference_in_one_of_a_million_rows_keeps_a_column() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=1_000_000)
    own, same = x.copy(), 2 * x
    row = int(np.argsort(x)[len(x) // 2])  # neither the largest nor the smallest
    own[row] += 0.5
    assert dropped(np.column_stack([x, own, same])) == {"c2": "it is 2 times c0"}


def test_a_difference_in_one_of_a_million_rows_keeps_a_column_far_from_zero() -> None:
    rng = np.random.default_rng(1)
    x = 1e9 + rng.uniform(-5, 5, size=1_000_000)
    own = x.copy()
    own[int(np.argsort(x)[len(x) // 2])] += 0.5
    matrix, shares = np.column_stack([np.ones(len(x)), x, own]), np.array([1.0, 3e-9, 3e-9])
    assert dropped(matrix, shares) == {}
    assert list(dropped(np.column_stack([np.ones(len(x)), x, x]), shares)) == ["c2"]


def test_digits_that_cancel_do_not_count_against_a_column_that_has_its_length() -> None:
    """What remains of it is beyond the tolerance, though it is a difference of large columns."""
    u, v, w = np.linalg.qr(np.random.default_rng(1).normal(size=(50, 3)))[0].T
    matrix = np.column_stack([u, u + 2e-7 * v, v + 5e-7 * w])
    assert dropped(matrix, np.array([1.0, 1.0, 1e-5])) == {}


@pytest.mark.parametrize(
    ("rows", "columns", "count"),
    [
        (10, 3, 10 * 3 * 3),
        (3, 10, 3 * 10 * 3),
        (20_000, 100, 20_000 * 100 * 100),  # as many entries as are looked at directly
        (20_001, 100, 2_000 * 100 * 100),
        (1_000_000, 1_000, 4_000 * 1_000 * 1_000),
    ],
)
def test_work_counts_the_multiplications(rows: int, columns: int, count: int) -> None:
    assert work(rows, columns) == count

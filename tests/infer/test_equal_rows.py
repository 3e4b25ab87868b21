"""Equal rows, against NumPy's own sorting of whole rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mixwell.infer import equal_rows as module
from mixwell.infer.equal_rows import equal_rows

NUMBERS = st.sampled_from([0.0, -1.0, 0.1, 0.1 + 1e-16, 1e300, 2.0**-1074])


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.integers(-3, 3)), min_size=1, max_size=40))
def test_groups_are_those_of_whole_rows_in_the_order_of_their_first_ones(
    rows: list[tuple[float, float, int]],
) -> None:
    wide = np.array([row[:2] for row in rows])
    whole = np.array([row[2] for row in rows], dtype=np.int32)
    found = equal_rows([wide, whole], len(rows))
    assert found is not None
    first, group = found
    distinct = list(dict.fromkeys(rows))
    assert [rows[i] for i in first] == distinct
    assert [distinct[k] for k in group] == rows


def test_nothing_is_returned_where_too_many_rows_differ() -> None:
    values = np.array([1.0, 1.0, 2.0, 3.0])
    assert equal_rows([values], 2) is None
    assert equal_rows([values], 3) is not None


def test_rows_that_share_a_number_by_chance_are_not_taken_for_equal() -> None:
    """A multiplier of 0 gives every row the number 0."""
    spread = module._SPREAD
    try:
        module._SPREAD = np.uint64(0)  # type: ignore[misc]
        assert equal_rows([np.array([1, 2, 1])], 3) is None
    finally:
        module._SPREAD = spread  # type: ignore[misc]

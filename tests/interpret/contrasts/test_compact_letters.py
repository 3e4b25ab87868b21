"""Compact letters: who shares one, in which order, and when there are too many."""

import numpy as np
import pytest

from mixwell.errors import DataError
from mixwell.interpret.contrasts.compact_letters import compact_letters


def pairs(k, *different):
    found = np.zeros((k, k), dtype=bool)
    for i, j in different:
        found[i, j] = found[j, i] = True
    return found


@pytest.mark.parametrize(
    ("different", "order", "expected"),
    [
        (pairs(1), [1.0], ["a"]),
        (pairs(3), [1.0, 2.0, 3.0], ["a", "a", "a"]),
        (pairs(2, (0, 1)), [2.0, 1.0], ["b", "a"]),
        (pairs(3, (0, 2)), [1.0, 2.0, 3.0], ["a", "ab", "b"]),
        (pairs(3, (0, 1), (0, 2), (1, 2)), [1.0, 2.0, 3.0], ["a", "b", "c"]),
        # Piepho's point: who is alike need not lie side by side
        (pairs(4, (0, 1), (2, 3)), [1.0, 2.0, 3.0, 4.0], ["ab", "cd", "ac", "bd"]),
    ],
)
def test_letters_go_in_order_to_the_largest_sets_that_do_not_differ(different, order, expected):
    assert compact_letters(different, np.array(order)) == expected


@pytest.mark.parametrize("seed", range(20))
def test_two_share_a_letter_just_where_they_do_not_differ(seed):
    rng = np.random.default_rng(seed)
    k = 8
    different = np.triu(rng.random((k, k)) < rng.random(), 1)
    different |= different.T
    letters = compact_letters(different, rng.normal(size=k))
    share = np.array([[bool({*one} & {*two}) for two in letters] for one in letters])
    np.testing.assert_array_equal(share, ~different)


def test_more_means_than_a_table_has_rows_get_none():
    with pytest.raises(DataError, match="Letters for 200 means cannot be read: at most 60"):
        compact_letters(pairs(200), np.arange(200.0))


def test_more_letters_than_the_alphabet_has_are_refused():
    with pytest.raises(
        DataError, match=r"30 means would need 30 letters or more, and there are 26"
    ):
        compact_letters(~np.eye(30, dtype=bool), np.arange(30.0))
    # sets that multiply on the way: 20 pairs who differ have 2^20 of them
    many = pairs(40, *[(i, i + 1) for i in range(0, 40, 2)])
    with pytest.raises(DataError, match="and there are 26"):
        compact_letters(many, np.arange(40.0))

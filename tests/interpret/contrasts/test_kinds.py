"""Contrast families: their weights at other numbers of levels, and what is said of wrong ones."""

import numpy as np
import pytest

from mixwell.errors import DataError
from mixwell.interpret.contrasts import kinds
from mixwell.interpret.contrasts.kinds import contrasts_of

LEVELS = ["b1", "b2", "b3"]

# emmeans:::poly.emmc(1:k) of emmeans 1.8.4, which has at most six degrees
POLYNOMIALS = {
    2: [[-1, 1]],
    4: [[-3, -1, 1, 3], [1, -1, -1, 1], [-1, 3, -3, 1]],
    8: [
        [-7, -5, -3, -1, 1, 3, 5, 7],
        [7, 1, -3, -5, -5, -3, 1, 7],
        [-7, 5, 7, 3, -3, -7, -5, 7],
        [7, -13, -3, 9, 9, -3, -13, 7],
        [-7, 23, -17, -15, 15, 17, -23, 7],
        [1, -5, 9, -5, -5, 9, -5, 1],
    ],
    10: [
        [-9, -7, -5, -3, -1, 1, 3, 5, 7, 9],
        [6, 2, -1, -3, -4, -4, -3, -1, 2, 6],
        [-42, 14, 35, 31, 12, -12, -31, -35, -14, 42],
        [18, -22, -17, 3, 18, 18, 3, -17, -22, 18],
        [-6, 14, -1, -11, -6, 6, 11, 1, -14, 6],
        [3, -11, 10, 6, -8, -8, 6, 10, -11, 3],
    ],
}


@pytest.mark.parametrize("k", POLYNOMIALS)
def test_polynomials_are_those_of_emmeans_up_to_the_sixth_degree(k):
    made = contrasts_of("poly", [f"v{i}" for i in range(k)])
    assert made.weights.tolist() == POLYNOMIALS[k]
    assert made.labels == kinds.POLYNOMIALS[: k - 1]


@pytest.mark.parametrize(
    ("weights", "label"),
    [
        ([-1, 0.5, 0.5], "0.5 b2 + 0.5 b3 - b1"),
        ([0, -0.25, 1], "b3 - 0.25 b2"),
        ([0, 0, 0], "0"),
    ],
)
def test_weights_are_spelled_with_what_is_added_first(weights, label):
    assert contrasts_of(weights, LEVELS).labels == (label,)


def test_a_single_level_is_itself_and_has_nothing_to_be_compared_with():
    made = contrasts_of("identity", ["b1"])
    assert (made.labels, made.weights.tolist(), made.label(0, "/")) == (("b1",), [[1.0]], "b1")
    with pytest.raises(DataError, match="there is one of the blocks only, b1"):
        contrasts_of("pairwise", ["b1"], what="blocks")


@pytest.mark.parametrize(
    "kind", ["reference(b2)", 'reference("b2")', "reference( 'b2' )", " Reference (b2)"]
)
def test_a_reference_may_stand_in_quotes_and_blanks(kind):
    assert contrasts_of(kind, LEVELS).weights.tolist() == [[1, -1, 0], [0, -1, 1]]


@pytest.mark.parametrize("argument", ["'b2x", "xb2x", 'x"', "'", "''", "b2'"])
def test_a_reference_in_half_a_pair_of_quotes_is_no_level(argument):
    bare = argument if argument != "''" else ""
    with pytest.raises(DataError) as caught:
        contrasts_of(f"reference({argument})", LEVELS)
    assert str(caught.value).startswith(f"There is no level {bare!r} to compare with.")
    levels = [*LEVELS, argument]
    assert contrasts_of(f"reference({argument})", levels).weights[:, 3].tolist() == [-1, -1, -1]


@pytest.mark.parametrize("kind", ["pairwise", "revpairwise"])
def test_pairs_are_counted_before_too_many_are_made(kind, monkeypatch):
    with pytest.raises(DataError, match="1001 rows have 500500 pairs"):
        contrasts_of(kind, [str(i) for i in range(1001)], what="rows")
    monkeypatch.setattr(kinds, "MOST_IN_PAIRS", 3)
    assert len(contrasts_of(kind, LEVELS).labels) == 3
    with pytest.raises(DataError, match="4 rows have 6 pairs"):
        contrasts_of(kind, [*LEVELS, "b4"], what="rows")


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ([[1, -1, 0], [1, -1]], None),
        ([[1, -1, 0], [1, np.nan, 0]], "contrast 2"),
        ([1, np.inf, 0], "contrast 1"),
        ({"mine": [1, -1]}, "contrast 'mine'"),
    ],
)
def test_wrong_weights_are_named_by_their_label_or_place(given, where):
    with pytest.raises(DataError) as caught:
        contrasts_of(given, LEVELS)
    assert caught.value.where == where


def test_a_name_that_is_like_none_gets_one_list_of_them():
    with pytest.raises(DataError) as caught:
        contrasts_of("zzzzzz", LEVELS)
    assert caught.value.hint.count("Choices") == 1
    with pytest.raises(DataError) as caught:
        contrasts_of("pairwize", LEVELS)
    assert caught.value.hint.startswith(
        'Did you mean "pairwise", "revpairwise" or "pairs"? Choices: '
    )

"""What the checks of levels, columns and hypotheses let pass, and what they name."""

import numpy as np
import pytest

from mixwell.design.codings import choices as contrasts
from mixwell.design.codings.coding import tidy
from mixwell.errors import DataError

LETTERS = ("low", "mid", "high")


@pytest.mark.parametrize(
    ("contrast", "levels", "message"),
    [
        (contrasts.Full(), [], "needs 1 or more levels, but there are none"),
        (contrasts.Sum(), ["a"], 'needs 2 or more levels, but there is only "a"'),
        (contrasts.Sum(), ["c", "a", "b", "a"], '"a" is given more than once'),
        (
            contrasts.Custom([[1], [0], [0]]),
            LETTERS,
            "3 levels is a table of 3 rows and 2 columns, but this one is 3 by 1",
        ),
        (contrasts.Custom([[1, 0]]), "ab", "2 rows and 1 column, but this one is 1 by 2"),
        (contrasts.Custom([[0, 1], [0, 0], [0, 0]]), LETTERS, "determine each other"),
        (contrasts.Custom([[1, 1], [0, 1e-12], [0, 0]]), LETTERS, "determine each other"),
        (contrasts.Hypotheses([[-1, 1, 0], [0, 0, 0]]), LETTERS, "determine each other"),
        (contrasts.Poly(), range(96), "degree 95 over 96 levels cannot be computed"),
    ],
)
def test_what_is_wrong_is_named(contrast, levels, message):
    with pytest.raises(DataError, match=message):
        contrast.code(levels)


@pytest.mark.parametrize("sizes", [(1e-15, 1e-12), (1e15, 1e12), (1e-12, 1e12), (1, 1e-14)])
def test_columns_of_any_size_are_a_coding(sizes):
    plain = contrasts.Helmert().code(LETTERS)
    made = contrasts.Custom(plain.matrix * sizes).code(LETTERS)
    units = np.array([[1, *sizes]]).T
    np.testing.assert_allclose(made.hypothesis * units, plain.hypothesis, atol=1e-14)
    again = contrasts.Hypotheses(made.hypothesis[1:]).code(LETTERS)
    np.testing.assert_allclose(again.matrix, made.matrix, rtol=1e-12)


@pytest.mark.parametrize("size", [1e-9, 1, 1e9])
def test_hypotheses_add_up_to_zero_on_the_scale_of_their_weights(size):
    rows = size * np.array([[-1, 1, 0], [-1 / 3, -1 / 3, 2 / 3]])
    made = contrasts.Hypotheses(np.round(rows / size, 7) * size).code(LETTERS)
    np.testing.assert_allclose(made.hypothesis[1:] / size, rows / size, atol=1e-6)
    with pytest.raises(DataError, match='"2" add up to'):
        contrasts.Hypotheses(rows + size * np.array([[0], [1e-5]])).code(LETTERS)


def test_levels_that_a_hypothesis_does_not_name_weigh_nothing():
    rows = {"top": {"high": 1, "low": -1}, "up": {"mid": 1, "low": -1}}
    made = contrasts.Hypotheses(rows).code(LETTERS)
    np.testing.assert_array_equal(made.hypothesis[1:], [[-1, 0, 1], [-1, 1, 0]])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1 + 4e-14, 0.5, -2 - 4e-14], [1, 0.5, -2]),
        ([5e-15, 0.1], [0, 0.1]),
        ([5e-14, 0.1], [5e-14, 0.1]),
        ([1e-9, 1e6], [0, 1e6]),
        ([[1e-9, 1e6], [1e-9, 1.0]], [[0, 1e6], [1e-9, 1.0]]),
        ([1e-9, 1.0], [1e-9, 1.0]),
        ([2e-13, 1.0], [2e-13, 1.0]),
    ],
)
def test_rounding_errors_next_to_whole_numbers_are_made_exact(values, expected):
    assert tidy(np.array(values)).tolist() == expected


def test_zeros_have_no_sign():
    assert not np.signbit(tidy(np.array([-0.0, -1e-15, 0.3]))).any()


@pytest.mark.parametrize(
    "contrast", [contrasts.Sum(), contrasts.SuccessiveDifferences(), contrasts.Simple()]
)
def test_hypotheses_that_are_whole_numbers_are_exactly_these(contrast):
    made = contrast.code([str(k) for k in range(7)]).hypothesis[1:]
    fractions = contrasts.Sum() == contrast
    np.testing.assert_array_equal(made.round(12) % 1 > 0, np.full(made.shape, fractions))
    assert fractions or (made == made.round()).all()


def test_codings_differ_by_their_labels_as_by_their_numbers():
    made = contrasts.Sum().code(LETTERS)
    assert made != contrasts.Deviation().code(LETTERS)
    one, other = (contrasts.Custom([[k], [1]]).code("ab") for k in (0, -1))
    assert one != other
    assert one == contrasts.Custom([[0], [1]]).code("ab")
    assert len({made, contrasts.Sum().code(LETTERS), one}) == 2


def test_polynomials_of_as_many_levels_as_in_r_are_made():
    assert contrasts.Poly().code([str(k) for k in range(95)]).labels[-1] == "^94"


def test_where_scores_are_makes_no_difference():
    near = contrasts.Poly(range(6)).code("abcdef").matrix
    far = contrasts.Poly(2.0**30 + np.arange(6)).code("abcdef").matrix
    np.testing.assert_allclose(far, near, atol=1e-12)

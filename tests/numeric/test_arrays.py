"""What counts as numbers where numbers are asked for."""

import numpy as np
import pandas as pd
import pytest

from mixwell.numeric.arrays import float_array

REFUSAL = ValueError("Not numbers.")


NUMBERS = [3, 2.5, [1, 2], (1, 2.5), range(3), np.arange(3), pd.Series([1, 2]), [[1], [2]]]
TRUTHS = [True, np.True_, [True, False], [1, True], np.array([True]), pd.Series([True])]
OTHERS = ["3", ["3"], [1, "2"], None, [1, None], {}, [[1], [1, 2]], object()]


@pytest.mark.parametrize("values", NUMBERS)
def test_numbers_become_floats(values):
    np.testing.assert_array_equal(float_array(values, REFUSAL), np.array(values, dtype=float))


@pytest.mark.parametrize("values", [*TRUTHS, *OTHERS])
def test_truth_values_and_texts_are_no_numbers(values):
    with pytest.raises(ValueError, match="Not numbers"):
        float_array(values, REFUSAL)


def test_truth_values_count_where_that_is_asked_for():
    assert float_array([True, False], REFUSAL, truths=True).tolist() == [1.0, 0.0]
    with pytest.raises(ValueError, match="Not numbers"):
        float_array(["1"], REFUSAL, truths=True)

"""Quantiles of counted values, against NumPy's of the values written out."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwell.numeric.intervals.counted_quantiles import quantiles_of_counted

SHARES = np.array([0.0, 0.1, 1 / 3, 0.5, 0.75, 0.9, 1.0])
NUMBERS = st.floats(-1e6, 1e6, allow_subnormal=False)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(NUMBERS, st.integers(1, 9), min_size=1, max_size=12))
def test_quantiles_are_those_of_the_values_written_out_to_the_last_bit(counted) -> None:
    values = np.array(sorted(counted))
    counts = np.array([counted[value] for value in values.tolist()])
    expected = np.quantile(np.repeat(values, counts), SHARES)
    found = quantiles_of_counted(values, np.cumsum(counts), SHARES)
    np.testing.assert_array_equal(found, expected)

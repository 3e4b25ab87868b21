"""Names for the arrays that functions take and return; shapes stand in their docstrings."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["BoolArray", "FloatArray", "IntArray", "float_array"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def float_array(values: object, refusal: Exception) -> FloatArray:
    """Return values as floats, in an array of their own; raises `refusal` where they are none.

    >>> float_array([1, 2], ValueError("Not numbers."))
    array([1., 2.])
    """
    try:
        return np.array(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise refusal from error

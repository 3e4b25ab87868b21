"""Whether numbers are finite, of very many of them: their sum says so."""

from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mixwell.threads import in_threads

__all__ = ["has_finite_sum"]

#: Numbers that a thread sums up at once.
_SHARE: Final = 2**19


def has_finite_sum(values: NDArray[np.floating]) -> bool:
    """Return whether the sum is finite: then all numbers are.

    Of finite numbers only very large ones have another sum. However they lie, they are read once,
    in the order in which they lie, by all processors.

    >>> has_finite_sum(np.ones((2, 3))), has_finite_sum(np.array([1.0, np.nan]))
    (True, False)
    """
    flat = values.ravel(order="K")
    shares = [flat[start : start + _SHARE] for start in range(0, flat.size, _SHARE)]
    return isfinite(sum(in_threads(_sum, shares)))


def _sum(values: NDArray[np.floating]) -> float:
    with np.errstate(all="ignore"):
        return float(values.sum())

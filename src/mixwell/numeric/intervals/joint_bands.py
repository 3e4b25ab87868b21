"""Equal-tailed intervals that hold for many rows of draws at once.

The k-th smallest and the k-th largest draw of every row, with the largest k for which a share of
the draws lies within all intervals that the other draws make. They do not depend on the rows'
scales: of increasing functions of the rows they are the functions of the ends.

Source: Besag, Green, Higdon and Mengersen 1995, section 6.3, each draw left out in its turn.
"""

import numpy as np

from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["common_place", "ends_at", "least_depth"]


def least_depth(values: FloatArray) -> IntArray:
    """Return how deep each draw lies in the row where it lies least deep, `(sample,)`.

    Of draws `(row, sample)`: 1 is the smallest or the largest of a row, equal draws are as deep as
    the deepest of them.

    >>> import numpy as np
    >>> least_depth(np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [3.0, 1.0, 2.0, 2.5, 0.0]])).tolist()
    [1, 2, 3, 2, 1]
    """
    n = values.shape[1]
    depth = np.full(n, n, dtype=np.int64)
    for row in values:
        ordered = np.sort(row)
        from_below = np.searchsorted(ordered, row, side="right")
        from_above = n - np.searchsorted(ordered, row, side="left")
        depth = np.minimum(depth, np.minimum(from_below, from_above))
    return depth


def common_place(depth: IntArray, prob: float) -> int:
    """Return the largest k whose intervals hold the share `prob` of draws, of which they know not.

    Each draw is held against the k-th smallest and largest of the others, so that new draws lie
    within the intervals as often. It is 0 where even the outermost draws do not suffice.

    >>> import numpy as np
    >>> common_place(np.array([1, 2, 3, 4, 5, 4, 3, 2, 1]), 0.5)
    2
    """
    n = len(depth)
    needed = min(max(int(np.ceil(prob * n - 1e-9)), 1), n)
    return int(np.partition(depth, n - needed)[n - needed]) - 1


def ends_at(values: FloatArray, place: int) -> tuple[FloatArray, FloatArray]:
    """Return the k-th smallest and the k-th largest draw of each row of draws `(row, sample)`."""
    n = values.shape[1]
    places = sorted({place - 1, n - place})
    ordered = np.partition(values, places, axis=1)
    return ordered[:, places[0]], ordered[:, places[-1]]

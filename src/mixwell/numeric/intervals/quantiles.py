"""Equal-tailed intervals of many rows of draws, by the few order statistics that they need.

Only a row's two tails are looked at: a subsample says where they begin, and what lies inside is
left out before anything is put in order. The answer is that of `numpy.quantile(method="linear")`,
which ArviZ's `eti` calls, to the last bit.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mixwell.numeric.arrays import FloatArray

# One draw in so many shows where a row's tails begin.
EVERY = 8
# Standard errors of the subsample's quantiles by which the tails are taken wider than needed.
MARGIN = 3.0
# Tails of more than this share of a row save nothing over the whole of it.
MOST = 0.6


def equal_tailed(values: FloatArray, prob: float) -> tuple[FloatArray, FloatArray]:
    """Return both ends of the equal-tailed interval of each row of draws `(row, sample)`.

    The draws must be finite. Source: Hyndman and Fan 1996, definition 7.

    >>> import numpy as np
    >>> low, high = equal_tailed(np.arange(101.0)[None], 0.9)
    >>> round(float(low[0]), 9), round(float(high[0]), 9)
    (5.0, 95.0)
    """
    n = values.shape[1]
    (low, low_share), (high, high_share) = _places(n, prob)
    tails = _Tails(n, low, high)
    found = tails.of(values)
    return (
        _between(found[:, 0], found[:, 1], low_share),
        _between(found[:, 2], found[:, 3], high_share),
    )


@lru_cache(maxsize=8)
def _places(n: int, prob: float) -> tuple[tuple[int, float], tuple[int, float]]:
    """Return below which order statistic each end lies, and how far toward the next."""
    tail = (1 - prob) / 2
    ends = []
    for share in (tail, 1 - tail):
        place = share * (n - 1)
        below = int(np.floor(place))
        ends.append((below, place - below))
    return ends[0], ends[1]


def _between(below: FloatArray, above: FloatArray, share: float) -> FloatArray:
    # as numpy interpolates: from the nearer side, so that the end itself is hit exactly
    step = above - below
    if share >= 0.5:
        return np.asarray(above - step * (1 - share))
    return np.asarray(below + step * share)


class _Tails:
    """The order statistics `low`, `low + 1`, `high`, `high + 1` of rows of `n` draws."""

    def __init__(self, n: int, low: int, high: int) -> None:
        self.n = n
        self.places = np.minimum([low, low + 1, high, high + 1], n - 1)

    def of(self, values: FloatArray) -> FloatArray:
        """Return the four order statistics of each row, `(row, 4)`."""
        if self.n < 8 * EVERY:
            return self._whole(values)
        low, high = self._borders(values)
        below, above = values <= low[:, None], values >= high[:, None]
        # a border that cuts a tail too short is rare, and its row is looked at whole
        short = np.count_nonzero(below, axis=1) <= self.places[1]
        short |= np.count_nonzero(above, axis=1) < self.n - self.places[2]
        below |= above
        found = self._inside(values, below, (low + high) / 2)
        if short.any():
            found[short] = self._whole(values[short])
        return found

    def _whole(self, values: FloatArray) -> FloatArray:
        ordered = np.partition(values, np.unique(self.places), axis=1)
        return np.asarray(ordered[:, self.places])

    def _borders(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return where the tails of each row begin, with a margin."""
        sample = np.sort(values[:, ::EVERY], axis=1)
        m = sample.shape[1]
        ends = []
        for place, side in ((self.places[1], 1), (self.places[2], -1)):
            share = place / self.n
            wider = MARGIN * np.sqrt(m * share * (1 - share)) + 1
            ends.append(int(np.clip(np.rint(m * share + side * wider), 0, m - 1)))
        return sample[:, ends[0]], sample[:, ends[1]]

    def _inside(
        self, values: FloatArray, tails: NDArray[np.bool_], middle: FloatArray
    ) -> FloatArray:
        """Put the tails of each row side by side and in order, the gap filled with its middle."""
        counts = np.count_nonzero(tails, axis=1)
        width = int(counts.max())
        if width > MOST * self.n:
            return self._whole(values)
        packed = np.repeat(middle[:, None], width, axis=1)
        packed[np.arange(width) < counts[:, None]] = values.take(np.flatnonzero(tails))
        places = self.places.copy()
        places[2:] -= self.n - width
        packed.partition(np.unique(np.clip(places, 0, width - 1)), axis=1)
        return np.asarray(packed[:, np.clip(places, 0, width - 1)])

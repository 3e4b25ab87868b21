"""Many rows of draws at once, `(row, sample)`: their summaries, and functions of them, in blocks.

A block of rows stays in the processor's cache, and blocks are worked on by a few threads: sorting,
sums and elementwise functions release the interpreter.
"""

from collections.abc import Callable

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.intervals.quantiles import equal_tailed
from mixwell.numeric.moments import sample_sd
from mixwell.posterior.draws import SCALES, IntervalSettings, estimates, point_estimate, taken_back
from mixwell.threads import in_threads

NUMBERS = ("estimate", "sd", "lower", "upper", "p_direction")
# Draws in one block.
BLOCK = 200_000
# Standard deviations whose squares have lost digits.
_LEAST = 1e-150
# More threads than this wait for memory.
THREADS = 3


def summarize(
    values: FloatArray, shape: tuple[int, int], null: float, settings: IntervalSettings
) -> dict[str, FloatArray]:
    """Return the numeric columns of draws `(row, sample)`, nan for rows that are not finite.

    `shape` is the number of chains and of draws a chain; `p_direction` is about `null`. Finite are
    the draws on the scale of the settings.
    """
    columns = {name: np.full(len(values), np.nan) for name in NUMBERS}
    border = float(_there(np.array(null), settings))

    def work(rows: slice) -> None:
        # one infinite draw would make the mean infinite and the interval a warning
        there = _there(values[rows], settings)
        usable = np.isfinite(there).all(axis=1)
        if usable.any():
            kept = there if usable.all() else there[usable]
            for name, found in _numbers(kept, shape, border, settings).items():
                columns[name][rows][usable] = found

    _by_blocks(work, values)
    return columns


def _there(values: FloatArray, settings: IntervalSettings) -> FloatArray:
    """Return draws on the scale on which they are summarized."""
    if not settings.scale:
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        return SCALES[settings.scale].there(values)


def _numbers(
    values: FloatArray, shape: tuple[int, int], null: float, settings: IntervalSettings
) -> dict[str, FloatArray]:
    if settings.kind == "eti":
        lower, upper = equal_tailed(values, settings.prob)
        point, sd = _moments(values)
        if settings.point != "mean":
            point = point_estimate(_by_draw(values, shape), settings.point)
        found = taken_back({"estimate": point, "sd": sd, "lower": lower, "upper": upper}, settings)
    else:
        found = estimates(_by_draw(values, shape), settings)
    above = np.count_nonzero(values > null, axis=1)
    below = np.count_nonzero(values < null, axis=1)
    found["p_direction"] = np.maximum(above, below) / values.shape[1]
    return found


def _moments(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the standard deviation of each row, also where squares are no numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean, sd = values.mean(axis=1), sample_sd(values, 1)
    far = ~((sd > _LEAST) & (sd < np.inf)) & (values.shape[1] > 1)
    if far.any():  # in the unit of the largest
        largest = np.abs(values[far]).max(axis=1)
        unit = np.where(largest > 0, largest, 1.0)
        scaled = values[far] / unit[:, None]
        mean[far], sd[far] = unit * scaled.mean(axis=1), unit * sample_sd(scaled, 1)
    return mean, sd


def _by_draw(values: FloatArray, shape: tuple[int, int]) -> FloatArray:
    return values.reshape(len(values), *shape).transpose(1, 2, 0)


def elementwise(function: Callable[[FloatArray], FloatArray], values: FloatArray) -> FloatArray:
    """Return an elementwise function of draws `(row, sample)`, computed in blocks.

    >>> import numpy as np
    >>> elementwise(np.exp, np.zeros((2, 1))).tolist()
    [[1.0], [1.0]]
    """
    if np.shares_memory(function(values[:1]), values):
        return values  # the identity hands back what it is given
    made = np.empty_like(values)

    def work(rows: slice) -> None:
        made[rows] = function(values[rows])

    _by_blocks(work, values)
    return made


def _by_blocks(work: Callable[[slice], None], values: FloatArray) -> None:
    step = max(1, BLOCK // max(values.shape[1], 1))
    blocks = [slice(start, start + step) for start in range(0, len(values), step)]
    in_threads(work, blocks, workers=THREADS)

"""Which of a variable's very many parameters most need to be judged: found once, noted on it.

A model with thousands of levels has thousands of deviations of the same kind, of which ranked
measures are computed for those alone that a cheap screen finds worst.
"""

import math

import numpy as np
import xarray as xr

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.posterior.level_deviations import Deviations

__all__ = ["has_many", "note_screened", "screen", "screened"]

#: Parameters of a variable that are all judged, and places that each of two measures chooses.
ALL_UP_TO, CHOSEN = 400, 100
#: The attribute that holds the places which were found.
_NOTED = "screened"


def has_many(variable: xr.DataArray) -> bool:
    """Whether only some of a variable's parameters are judged."""
    return math.prod(variable.shape[2:]) > ALL_UP_TO


def note_screened(posterior: xr.Dataset) -> None:
    """Find what is to be judged of chains, and note it, so that nothing reads all draws again."""
    for variable in posterior.data_vars.values():
        if has_many(variable):
            variable.attrs[_NOTED] = _worst(variable)


def screened(variable: xr.DataArray) -> IntArray:
    """Return the places along the dim after chain and draw that most need to be judged.

    They are those that were noted, which files hold too, or are found now.
    """
    noted = np.atleast_1d(np.asarray(variable.attrs.get(_NOTED, ())))
    fits = noted.ndim == 1 and noted.dtype.kind in "iu" and noted.size > 0
    if fits and noted.min() >= 0 and noted.max() < variable.shape[2]:
        return np.unique(noted).astype(np.int64)
    return _worst(variable)


def _worst(variable: xr.DataArray) -> IntArray:
    effects = math.prod(variable.shape[3:])
    found = Deviations((), ("",) * effects, variable)

    def work(values: FloatArray) -> dict[str, FloatArray]:
        flat = values.reshape(*values.shape[:2], -1)
        return {
            name: measure.reshape(values.shape[2], -1).max(axis=1)
            for name, measure in zip(("between", "slowness"), screen(flat), strict=True)
        }

    chosen = [np.argsort(-measure)[:CHOSEN] for measure in found.summarize(work).values()]
    return np.union1d(*chosen)


def screen(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return two cheap measures a parameter of draws ``(chain, draw, parameter)``; larger is worse.

    The first is the variance of half-chain means in units of the within variance (split R-hat
    without ranks); the second the same of batches of about the square root of the number of draws,
    which grows with the autocorrelation time. Parameters that do not vary come first.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        many, within = max(2, math.isqrt(values.shape[1])), values.var(axis=(0, 1))
        return _batch_ratio(values, 2, within), _batch_ratio(values, many, within)


def _batch_ratio(values: FloatArray, batches: int, within: FloatArray) -> FloatArray:
    chains, draws, parameters = values.shape
    length = max(1, draws // batches)
    used = values[:, : length * batches].reshape(chains * batches, length, parameters)
    ratio = used.mean(axis=1).var(axis=0) * length / within
    return np.asarray(np.nan_to_num(ratio, nan=np.inf))

"""Log densities of priors that are PyMC variables."""

from collections.abc import Callable

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from numpy.typing import NDArray

from mixwell.specify.priors import Prior

__all__ = ["compiled"]

FloatArray = NDArray[np.float64]


def compiled(prior: Prior) -> Callable[[FloatArray], FloatArray]:
    """Return PyMC's log density of a prior as a function of an array of any shape."""
    value = pt.dvector()
    function = pytensor.function([value], pm.logp(prior.native, value), mode="FAST_COMPILE")

    def density(at: FloatArray) -> FloatArray:
        flat = np.array(at, dtype=float).ravel()
        return np.asarray(function(flat), dtype=float).reshape(np.shape(at))

    return density

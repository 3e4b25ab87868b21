"""What PyMC knows of priors that are its variables: log densities and bounds."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pymc.distributions.shape_utils import change_dist_size

from mixwell.numeric.arrays import FloatArray
from mixwell.specify.priors import Prior

__all__ = ["compiled", "is_positive", "takes_every_value"]

#: A value just below zero.
_BELOW = -1e-9


def compiled(prior: Prior) -> Callable[[FloatArray], FloatArray]:
    """Return PyMC's log density of a prior as a function of an array of any shape."""
    value = pt.dvector()
    function = pytensor.function([value], pm.logp(prior.native, value), mode="FAST_COMPILE")

    def density(at: FloatArray) -> FloatArray:
        flat = np.array(at, dtype=float).ravel()
        return np.asarray(function(flat), dtype=float).reshape(np.shape(at))

    return density


def takes_every_value(prior: Prior) -> bool:
    """Return whether PyMC samples a prior as it is, without a change of variables to its bounds."""
    return _transform(prior.native) is None


def is_positive(native: Any) -> bool:
    """Return whether PyMC samples a variable on a scale on which it cannot be negative."""
    if _transform(native) is None:
        return False
    return not np.isfinite(pm.logp(native, _BELOW).eval(mode="FAST_COMPILE"))


def _transform(native: Any) -> object:
    with pm.Model(model=None) as alone:  # no part of a model that is being built
        variable = alone.register_rv(change_dist_size(native, (1,)), "x")
    return alone.rvs_to_transforms[variable]

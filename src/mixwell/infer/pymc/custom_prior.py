"""Log densities of priors that are PyMC variables."""

from collections.abc import Callable

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pymc.distributions.shape_utils import change_dist_size

from mixwell.numeric.arrays import FloatArray
from mixwell.specify.priors import Prior

__all__ = ["compiled", "takes_every_value"]


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
    with pm.Model() as model:
        variable = model.register_rv(change_dist_size(prior.native, ()), "x")
    return model.rvs_to_transforms[variable] is None

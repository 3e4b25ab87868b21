"""Posteriors that are no distributions, found before their mode is sought."""

import numpy as np

from mixwell.infer.direct.reference import Conditional, build_reference
from mixwell.infer.direct.target import Target
from mixwell.infer.exact.improper import (
    FALL,
    FAR,
    NEAR,
    is_flat,
    refuse_unbounded,
    without_an_end,
)

__all__ = ["refuse_flat_tails"]

#: How many multiplications are too many for a look at a tail.
_TOO_MANY = 5e10


def refuse_flat_tails(target: Target) -> None:
    """Raise `SamplingError` that names what an improper posterior leaves without an end.

    Standard deviations with flat priors by the power with which their marginal density falls far
    out: it is that of any gaussian likelihood with the same effects. Coefficients with flat priors
    where outcomes are separated.
    """
    refuse_unbounded(target.spec)
    covariances = target.covariances
    flat = [k for k, c in enumerate(covariances.coordinates) if is_flat(c.prior)]
    # where matrices are too large to try it: levels are many there, and every one adds to the power
    if not flat or target.columns.pattern.operations > _TOO_MANY:
        return
    conditional = Conditional(build_reference(target, np.zeros(target.columns.size)))
    for k in flat:
        t = np.zeros(covariances.size)
        found = []
        for t[k] in (NEAR, FAR):
            conditional.move(t.copy())
            found.append(conditional.log_marginal)
        if np.isfinite(found[0]) and not found[1] < found[0] - FALL * (FAR - NEAR):
            raise without_an_end(covariances.coordinates[k].key)

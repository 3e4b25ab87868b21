"""A linear gaussian posterior, made ready for exact draws of x given its covariances and scale."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mixwell.families.link import Link
from mixwell.infer.direct.columns import PredictorColumns
from mixwell.infer.direct.linear.eliminated_system import (
    EliminatedSystem,
    build_eliminated_system,
)
from mixwell.infer.direct.peak import first_t, first_x
from mixwell.infer.direct.target import Target
from mixwell.numeric.arrays import FloatArray

__all__ = ["LinearTarget", "build_linear_target", "is_dear"]


#: From so many effects on that are left without the largest unit.
REST_MINIMUM = 600


@dataclass(frozen=True, eq=False)
class LinearTarget:
    """A target whose rows are normal around A x with standard deviations sigma over sqrt(weight).

    `y` (row,) is the response less the offset, `roots` the square roots of `weights`; `right` is
    A' W y. Chains begin around `x` and `t`. `scale` is where the x of sigma is, None where sigma is known, and 1 then, as the
    weights hold it. `prior_pull` and `prior_weights` are the normal stand-ins of the coefficients'
    priors, of which those that are normal are their own.
    """

    target: Target
    x: FloatArray
    t: FloatArray
    y: FloatArray
    weights: FloatArray
    roots: FloatArray
    right: FloatArray
    scale: int | None
    link: Link | None
    prior_pull: FloatArray
    prior_weights: FloatArray
    system: EliminatedSystem

    @cached_property
    def spreads(self) -> FloatArray:
        """Standard deviations to begin with, (sds,)."""
        return self.target.covariances.sds(self.t)

    @property
    def mean(self) -> PredictorColumns:
        """The columns of the linear predictor."""
        return self.target.columns.parts[0]

    def sigma(self, x: FloatArray) -> float:
        """Return the scale of rows."""
        if self.scale is None or self.link is None:
            return 1.0
        return float(self.link.inverse(x[self.scale]))

    @cached_property
    def corner(self) -> FloatArray:
        """The precision of the coefficients' priors, (coefficient, coefficient)."""
        count = self.system.size - self.target.columns.random
        return self.target.priors.square(self.prior_weights)[:count, :count]

    def rest(self, x: FloatArray) -> float:
        """Return the log prior density of coefficients and scale, less the normal stand-ins'."""
        priors = self.target.priors
        v = priors.of(self.target.coefficients(x))
        own = priors.further(v)[0] - 0.5 * float(
            (priors.precisions * (v - priors.means) ** 2).sum()
        )
        return own - float(((self.prior_pull - 0.5 * self.prior_weights * v) * v).sum())

    def log_density(self, x: FloatArray, t: FloatArray, squares: float) -> float:
        """Return the log posterior density but for a constant; `squares` are those of residuals."""
        target, sigma = self.target, self.sigma(x)
        found = -0.5 * squares / sigma**2
        if self.scale is not None:
            found -= len(self.y) * float(np.log(sigma))
        found += target.priors.value(target.priors.of(target.coefficients(x)))
        return found + target.log_effects(x, t) + target.covariances.log_prior(t)


def is_dear(target: Target) -> bool:
    """Return whether x is drawn by conjugate gradients, not in factors of its precision.

    Rows are normal, with one linear predictor and one scale, or known ones, and many effects are
    left without the largest unit.
    """
    spec, columns = target.spec, target.columns
    response = spec.response
    estimated = response.se is not None and response.se_sigma
    plain = response.censoring is None and not response.truncated and not estimated
    if not (spec.family.closed_form and plain and columns.units and not spec.design.parameters):
        return False
    return columns.random - columns.units[0].span.stop > REST_MINIMUM


def build_linear_target(target: Target) -> LinearTarget:
    """Sum up the rows of a linear target."""
    x, t = first_x(target), first_t(target)
    columns, rows, priors = target.columns, target.rows, target.priors
    response, part = rows.response, columns.parts[0]
    weights = np.ones(rows.n) if response.weights is None else np.asarray(response.weights, float)
    scale, link = None, None
    if len(columns.parts) > 1:
        name = rows.labels[1]
        scale, link = columns.coefficients[name].start, rows.family.link_of(name)
    else:
        weights = weights / np.asarray(response.se) ** 2
    y = np.asarray(response.values, dtype=float)
    if part.offset is not None:
        y = y - part.offset
    none = np.zeros((len(columns.parts) - 1, rows.n))
    values = columns.cross(np.vstack([weights[None], none]))
    v = priors.of(target.coefficients(x))
    prior_weights, known = priors.curvature(v), scale if scale is None else scale - columns.random
    prior_pull = priors.slope(v) + prior_weights * v
    if known is not None:  # the scale is drawn by itself
        prior_weights[known] = prior_pull[known] = 0.0
    return LinearTarget(
        target=target,
        x=x,
        t=t,
        y=y,
        weights=weights,
        roots=np.sqrt(weights),
        right=columns.back(np.vstack([(weights * y)[None], none])),
        scale=scale,
        link=link,
        prior_pull=prior_pull,
        prior_weights=prior_weights,
        system=build_eliminated_system(columns, values, part.span.stop),
    )

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
from mixwell.specify.spec import Spec

__all__ = ["LinearTarget", "build_linear_target", "is_linear"]


@dataclass(frozen=True, eq=False)
class LinearTarget:
    """A target whose rows are normal around A x with standard deviations sigma over sqrt(weight).

    Chains begin around `x` and `t`. `roots` (row,) are square roots of weights, `values` the upper
    triangle of A'WA, `right` is A'W y with y the response less the offset; `near` and `squares` are
    A'W y and y'W y of what x's coefficients leave of y. `scale` is where sigma is in x, None where
    it is known: then weights hold it. `prior_pull` and `prior_weights` are the normal stand-ins of
    the coefficients' priors; those that are normal are their own.
    """

    target: Target
    x: FloatArray
    t: FloatArray
    roots: FloatArray
    right: FloatArray
    near: FloatArray
    squares: float
    values: FloatArray
    scale: int | None
    link: Link | None
    prior_pull: FloatArray
    prior_weights: FloatArray
    system: EliminatedSystem

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

    @cached_property
    def crossing(self) -> FloatArray:
        """The part of A'WA of coefficients and effects, (coefficient, effect)."""
        pattern, random = self.target.columns.pattern, self.target.columns.random
        found = np.empty((self.system.size - random, random))
        for row, begin in zip(found, pattern.starts[random:].tolist(), strict=False):
            row[:] = self.values[begin : begin + random]
        return found

    @cached_property
    def square(self) -> FloatArray:
        """The part of A'WA of coefficients, (coefficient, coefficient)."""
        pattern, random = self.target.columns.pattern, self.target.columns.random
        count = self.system.size - random
        found = np.empty((count, count))
        for j, begin in enumerate(pattern.starts[random : self.system.size].tolist()):
            own = self.values[begin + random : begin + random + j + 1]
            found[: j + 1, j] = found[j, : j + 1] = own
        return found

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
            found -= len(self.roots) * float(np.log(sigma))
        found += target.priors.value(target.priors.of(target.coefficients(x)))
        return found + target.log_effects(x, t) + target.covariances.log_prior(t)


def is_linear(spec: Spec) -> bool:
    """Return whether rows are normal with one linear predictor, and one scale or known ones."""
    response = spec.response
    estimated = response.se is not None and response.se_sigma
    plain = response.censoring is None and not response.truncated and not estimated
    further = spec.design.parameters or not spec.layout.units
    return bool(spec.family.closed_form and plain and not further)


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
    left = y - part.fixed @ x[part.span]
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
        roots=np.sqrt(weights),
        right=columns.back(np.vstack([(weights * y)[None], none])),
        near=columns.back(np.vstack([(weights * left)[None], none])),
        squares=float(weights @ left**2),
        values=values,
        scale=scale,
        link=link,
        prior_pull=prior_pull,
        prior_weights=prior_weights,
        system=build_eliminated_system(columns, values, part.span.stop),
    )

"""From a gaussian specification to its target: rows reduced, priors arranged."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg

from mixwell.design.elsewhere.summed_seen import SummedSeen
from mixwell.errors import SamplingError
from mixwell.infer.exact.gaussian.cross_products import Block, Reduction, Rows, reduce_rows
from mixwell.infer.exact.gaussian.gaussian_likelihood import FixedPrior, factorize
from mixwell.infer.exact.gaussian.gaussian_target import GaussianTarget, fixed_entries
from mixwell.infer.exact.gaussian.summed_reduction import reduction_of, summed_units
from mixwell.infer.exact.gaussian.units import Units, units_of
from mixwell.infer.exact.parameters import build_parameters
from mixwell.infer.prior_density import normal_prior, width
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.spec import Spec

__all__ = ["fitted_without_an_error", "gaussian_rows", "gaussian_target", "summed_columns"]

#: Squares this small compared with those of the response are rounding errors.
_ROUNDING = 1e-28
#: The same of what sums leave, of what is away from a center near the mean.
_SUMMED = 1e-14
#: A prior this many times wider than a coefficient's conditional sd is left to the weights.
_WIDE = 3.0


def gaussian_rows(spec: Spec) -> Rows:
    """Return what is reduced: known standard errors and precision weights as row weights."""
    design, response = spec.design, spec.response
    y = response.values if design.offset is None else response.values - design.offset
    weights = response.weights
    if response.se is not None:
        known = 1 / response.se**2
        weights = known if weights is None else known * weights
    blocks = tuple(
        Block(found.values, found.index, len(found.levels)) for found in spec.layout.of("mean")
    )
    return Rows(blocks, design.mean.fixed.near, y, weights)


def fitted_without_an_error() -> SamplingError:
    """Return the error that a response computed from its predictors deserves."""
    return SamplingError(
        "The posterior of sigma is improper: the model fits the response without an error, and "
        "ever smaller values are ever more likely.",
        where="the response",
        hint="Leave out the predictor that the response was computed from.",
    )


def gaussian_target(spec: Spec, *, wide: bool = True) -> GaussianTarget:
    """Reduce a gaussian specification's rows and arrange its priors.

    A coefficient whose prior is neither normal nor flat is integrated out as if it were flat, and
    its draws are weighted by the prior, where the prior is `wide` compared with what the
    data say; else it is sampled.
    """
    entries = fixed_entries(spec)
    centered = spec.design.mean.fixed.intercept and entries[0].centered
    elsewhere = spec.design.elsewhere
    whole = _of_sums(spec, centered) if elsewhere is not None else _of_rows(spec, centered)
    data, units = whole.data, whole.units
    if data.base[-1, -1] <= whole.rounding and "sigma" in spec.auxiliary:
        raise fitted_without_an_error()
    prior = FixedPrior(np.zeros(len(entries)), np.zeros(len(entries)))
    flat = GaussianTarget(spec, data, build_parameters(spec, ()), prior, centered, entries, units)
    mean, precision, given = np.zeros(len(entries)), np.zeros(len(entries)), []
    widths = None
    for j, entry in enumerate(entries):
        found = normal_prior(entry.prior)
        if found is not None:
            mean[j], precision[j] = found
            continue
        if widths is None:
            widths = _standard_errors(flat)
        scale = width(entry.prior)
        if not wide or scale is None or not scale > _WIDE * widths[j]:
            given.append(j)
    prior = units.prior(mean, precision, given)
    parameters = build_parameters(spec, [entries[j] for j in given])
    return GaussianTarget(spec, data, parameters, prior, centered, entries, units)


@dataclass(frozen=True, eq=False)
class _Reduced:
    """Cross-products in their units, and squares of the response that are rounding errors."""

    data: Reduction
    units: Units
    rounding: float


def _of_rows(spec: Spec, centered: bool) -> _Reduced:
    plain = gaussian_rows(spec)
    units = units_of(plain, spec.design.mean.fixed.sizes)
    if spec.response.se is not None:  # errors are known in the response's units
        units = replace(units, weight=1 / units.response**2)
    rows = units.rows(plain)
    weighed = rows.y if rows.weights is None else rows.weights * rows.y
    data = reduce_rows(rows, center=centered)
    return _Reduced(data, units, _ROUNDING * float(weighed @ rows.y))


def _of_sums(spec: Spec, centered: bool) -> _Reduced:
    """Return the same of rows that lie elsewhere, whose columns were summed there."""
    seen = spec.design.elsewhere
    assert isinstance(seen, SummedSeen)
    sums = seen.sums
    x, whole, _ = summed_columns(spec, seen)
    effects = [own[list(b.places)] for own, b in zip(whole, sums.blocks, strict=True)]
    units = summed_units(sums, x, effects)
    if spec.response.se is not None:
        units = replace(units, weight=1 / units.response**2)
    data = reduction_of(sums, x, effects, units, center=centered)
    unit = sums.scales[-1] / units.response  # of what the response's sums are squares of
    around = float(sums.base[-1, -1]) * unit**2 / units.weight
    return _Reduced(data, units, _SUMMED * around)


def summed_columns(spec: Spec, seen: SummedSeen) -> tuple[FloatArray, list[FloatArray], FloatArray]:
    """Return X's columns, each factor's effects and the response by the sums' basis, (basis, any).

    The response is less its offset, (basis,).
    """
    fixed = spec.design.mean.fixed
    effects = [
        np.hstack([seen.near_columns(own.plan, own.shift) for own in found.blocks])
        for found in spec.layout.of("mean")
    ]
    y = seen.sums.combinations(seen.sums.columns.products[-1:])[:, 0]
    return seen.near_columns(fixed.plan, fixed.shift, fixed.kept), effects, y


def _standard_errors(target: GaussianTarget) -> FloatArray:
    """Return the coefficients' conditional sds at the starting point, flat priors."""
    # the response plays no part, and may leave no residual under flat priors
    batch = target.batch(target.start[None])
    found = factorize(target.data, target.prior, batch, response=False)
    factor = found.cholesky[0, target.data.random :, target.data.random :]
    inverse = linalg.solve_triangular(factor, np.eye(len(factor)), lower=True)
    return np.linalg.norm(inverse, axis=0) * target.units.coefficients

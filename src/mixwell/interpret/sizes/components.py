"""The variance of a response taken apart in every draw, on the scale of its linear predictor.

The parts are the fixed effects, the deviations of each grouping factor, and the residuals: of
outcomes and ratings the error behind them, of other families what their distribution scatters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mixwell.design.columns.fixed_effects import FixedEffects
from mixwell.design.response.response import Response
from mixwell.errors import DataError, require_choice
from mixwell.families import Family
from mixwell.families.arguments import Arguments
from mixwell.interpret.expected.distinct_rows import distinct_rows
from mixwell.interpret.expected.over_groups import over_groups, scatter_of
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.posterior.likelihood import row_arguments
from mixwell.posterior.linear_predictor import linear_predictor
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import row_parameters
from mixwell.posterior.row_blocks import row_blocks
from mixwell.specify.layout import FactorEffects
from mixwell.specify.scales import part_of
from mixwell.specify.spec import Spec

__all__ = [
    "SCALES",
    "Components",
    "between_of_rows",
    "error_of_rows",
    "family_rows",
    "groups_of",
    "latent_components",
    "require_scale",
    "residual_of_rows",
    "spread_of_rows",
]

#: Where variances are: of the linear predictor with the error behind it, or of the responses.
SCALES = ("latent", "response")


@dataclass(frozen=True, eq=False)
class Components:
    """Parts of a variance in every draw, `(sample,)`; those of `groups` are by factor.

    `together` is the part of all groups: more than their sum where a bent scale makes them
    interact.
    """

    fixed: FloatArray
    groups: Mapping[str, FloatArray]
    together: FloatArray
    residual: FloatArray

    @property
    def total(self) -> FloatArray:
        """The whole variance."""
        return self.fixed + self.together + self.residual


def require_scale(scale: object) -> None:
    """Refuse a scale that is none of `SCALES`; raises `DataError`."""
    require_choice("scale", scale, SCALES)


def groups_of(spec: Spec, parameter: str) -> list[FactorEffects]:
    """Return the random effects of a linear predictor."""
    return list(spec.layout.of(parameter))


def latent_components(posterior: Posterior, parameter: str = "mean") -> Components:
    """Return the parts of the variance on the scale of a linear predictor.

    Those of the fixed effects and of the groups are over the data's rows, a factor with several
    effects with its mean variance z' S z (Johnson 2014). The residual is that of `latent_residual`.
    """
    fixed, b = posterior.spec.predictors[parameter].fixed, posterior.coefficients(parameter)
    own = groups_of(posterior.spec, parameter)
    groups = {found.key: between_of_rows(posterior, found) for found in own}
    together = np.sum(list(groups.values()), axis=0) + np.zeros(posterior.samples)
    residual = latent_residual(posterior, parameter) + np.zeros(posterior.samples)
    rows = fixed.known is None and fixed.counts is None
    spread = spread_of_rows(fixed.values, b) if rows else _spread(fixed, b)
    return Components(spread, groups, together, residual)


def _spread(fixed: FixedEffects, coefficients: FloatArray) -> FloatArray:
    """Return the same as `spread_of_rows`, of columns that are known by their covariances."""
    near = fixed.to_near(coefficients.T)
    found = np.einsum("si,ij,sj->s", near, fixed.moments.covariance, near, optimize=True)
    return np.asarray(np.maximum(found, 0.0))


def spread_of_rows(x: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Return the variance over rows of what fixed effects make of their columns, `(sample,)`."""
    away = x - x.mean(axis=0)
    moments = away.T @ away / max(len(x) - 1, 1)
    found = np.einsum("is,ij,js->s", coefficients, moments, coefficients, optimize=True)
    return np.asarray(np.maximum(found, 0.0))


def between_of_rows(
    posterior: Posterior, found: FactorEffects, rows: BoolArray | slice = slice(None)
) -> FloatArray:
    """Return the mean over rows of z' S z, `(sample,)`."""
    first = found.blocks[0]
    if (first.known is not None or first.counts is not None) and isinstance(rows, slice):
        squares = found.moments.squares
        return np.asarray(np.einsum("dij,ij->d", posterior.covariance(found).matrix, squares))
    z = found.values[rows]
    return np.asarray(np.einsum("dij,ij->d", posterior.covariance(found).matrix, z.T @ z / len(z)))


def latent_residual(posterior: Posterior, parameter: str) -> FloatArray:
    """Return the residual variance on the scale of a linear predictor, `(sample,)`.

    Of outcomes and ratings it is that of the error behind them (pi^2 / 3 for logit), of families
    whose linear predictor is the mean that of the responses, averaged over rows. Of others it is
    what the distribution scatters around the mean response, carried to the link's scale: for a log
    link log(1 + V / M^2), for other links V over the squared slope of the mean (delta method).
    Source: Nakagawa, Johnson and Schielzeth 2017. Raises `DataError` where there is no variance.
    """
    spec = posterior.spec
    family, _ = part_of(spec.family, spec.response, parameter)
    if family.latent_error is not None:
        return error_of_rows(posterior, family)
    if family.linear or family.mean_is_linear:
        return residual_of_rows(posterior, parameter)
    if family.variance_function is None or family.mean is None:
        raise DataError(
            f'The family "{family.name}" with link {family.link_name} has no residual variance on '
            "the link scale.",
            where="scale",
            hint="Compare the sds of fit.VarCorr() instead.",
        )
    return _scatter_of_distribution(posterior, parameter)


def error_of_rows(
    posterior: Posterior, family: Family, rows: BoolArray | slice = slice(None)
) -> FloatArray:
    """Return the mean variance of the error behind outcomes or ratings, `(sample,)`.

    Where discrimination has a formula rows have errors of different scales.
    """
    variance, own = family.latent_error or np.nan, family.discrimination
    if own is None or own.name not in posterior.spec.predictors:
        return np.full(posterior.samples, variance)

    def scatter(_: Family, found: Arguments, part: slice) -> FloatArray:
        each = np.broadcast_to(found[own.name], found["eta"].shape)
        return _mean_of(posterior, variance / each**2, rows)

    return _by_draws(posterior, "mean", scatter)


def residual_of_rows(
    posterior: Posterior, parameter: str, rows: BoolArray | slice = slice(None)
) -> FloatArray:
    """Return the mean residual variance of rows on the scale of the linear predictor, `(sample,)`.

    For families whose linear predictor is the mean.
    """
    known, residual = posterior.spec.response.known, posterior.spec.residual
    if known is not None and isinstance(rows, slice):
        scale = np.ones(posterior.samples) if residual is None else posterior.flat(residual)
        return np.asarray(scale**2 * known.row_variance)

    def noise(family: Family, found: Arguments, _: slice) -> FloatArray:
        values = found.value(family.linear_variance or family.variance_function)
        return _mean_of(posterior, np.broadcast_to(values, found["eta"].shape), rows)

    return _by_draws(posterior, parameter, noise)


def _mean_of(posterior: Posterior, each: FloatArray, rows: BoolArray | slice) -> FloatArray:
    """Return the mean over rows of what each has, (draw, obs), equal ones counted."""
    counts = posterior.spec.response.counts
    chosen = None if counts is None else counts[rows]
    return np.asarray(np.average(each[:, rows], axis=1, weights=chosen))


def _by_draws(
    posterior: Posterior, parameter: str, ask: Callable[[Family, Arguments, slice], FloatArray]
) -> FloatArray:
    """Return what is asked of the data's rows, `(sample,)`, in blocks of draws."""
    spec = posterior.spec
    number = spec.family.parameter(parameter).part if spec.family.parts else 0
    found, done = np.empty(posterior.samples), 0
    for values in row_parameters(posterior, deviations=False):
        part = slice(done, done + len(values["eta"]))
        found[part] = ask(*family_rows(spec, values, number), part)
        done = part.stop
    return found


def family_rows(
    spec: Spec,
    values: Mapping[str, FloatArray],
    number: int = 0,
    response: Response | None = None,
) -> tuple[Family, Arguments]:
    """Return the family of a response, of several that of the number, and what it reads of rows.

    `values` are those of `row_parameters`; without a `response` rows are the data's.
    """
    own, response = dict(values), spec.response if response is None else response
    rows = row_arguments(spec.family, response, own.pop("eta"), own)
    if not spec.family.parts:
        return spec.family, rows
    family, names = spec.family.parts[number], spec.family.part_names(number)
    return family, family.arguments(**{name: rows[here] for name, here in names.items()})


def _scatter_of_distribution(posterior: Posterior, parameter: str) -> FloatArray:
    """Return what responses scatter around the population's mean, on the link's scale."""
    middle, counts = _mean_of_first(posterior, parameter), posterior.spec.response.counts

    def mean_of(values: FloatArray) -> FloatArray:
        own = counts if values.shape[-1] > 1 else None
        return np.asarray(np.average(values, axis=-1, weights=own))

    def scatter(family: Family, rows: Arguments, part: slice) -> FloatArray:
        eta = family.link(middle[part])
        held = {p.name: mean_of(rows[p.name]) for p in family.further if rows.has(p.name)}
        typical = family.arguments(eta=eta, **held)
        mean, variance = typical.value(family.mean), typical.value(family.variance_function)
        slope = family.link.slope(eta)
        if family.mean_slope is not None:
            slope = slope * typical.call(family.mean_slope)
        if family.link.comparison == "ratio" and np.allclose(slope, mean):
            return np.asarray(np.log1p(variance / mean**2))
        return np.asarray(variance / slope**2)

    return _by_draws(posterior, parameter, scatter)


def _mean_of_first(posterior: Posterior, parameter: str) -> FloatArray:
    """Return the first parameter of the family, averaged over rows and over groups, `(sample,)`."""
    spec = posterior.spec
    rows, weights, _ = distinct_rows(spec, (parameter,))
    columns, coefficients = rows[parameter], posterior.coefficients(parameter)
    factors = [found.factor for found in groups_of(spec, parameter)]
    link, total = spec.family.shown_link(parameter), np.zeros(posterior.samples)
    for part in row_blocks(len(columns), posterior.samples):
        own = columns[part]
        eta = linear_predictor(coefficients, own, {})
        scatter = scatter_of(posterior, factors, {parameter: own.effects})
        mean = over_groups(scatter, {parameter: eta}, lambda at: link.inverse(at[parameter]))
        total += weights[part] @ mean
    return total / weights.sum()

"""How much of the variance the model explains, as a whole and term by term.

Every quantity is computed in each draw and summarized last.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mixwell.design.columns.fixed_effects import FixedEffects
from mixwell.design.elsewhere.summed_seen import SummedSeen
from mixwell.errors import DataError, require_truth
from mixwell.families import Family
from mixwell.interpret.sizes.components import family_rows, latent_components, require_scale
from mixwell.interpret.sizes.fitted_spread import fitted_spread
from mixwell.interpret.sizes.share_table import share_table
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import row_parameters
from mixwell.specify.spec import Spec

__all__ = ["explained_by_terms", "explained_variance", "term_parts"]

#: Singular values of columns, relative to the largest, that rounding has left: those of rows that
#: stand for sums are roots, with more rounding than the rows themselves.
_DEPENDENT = 1e-10


def explained_variance(
    posterior: Posterior, scale: str = "response", *, ci_prob: float | None = None
) -> pd.DataFrame:
    """Return R2: `conditional` with the groups' deviations, `marginal` by fixed effects alone.

    On the response scale it is Bayesian R2, the variance of the data's fitted means over it plus
    the mean residual variance, of counts out of trials that of proportions. On the latent scale it
    is that of Nakagawa and Schielzeth: variances of fixed effects and of groups, as their standard
    deviations say, over these plus the residual variance (see `latent_components`). Truncated
    responses count as they were before truncation. Each of several responses has its own rows.
    Sources: Gelman, Goodrich, Gabry and Vehtari 2019; Nakagawa and Schielzeth 2013; Nakagawa,
    Johnson and Schielzeth 2017; Johnson 2014. Raises `DataError`.
    """
    require_scale(scale)
    found = _fitted(posterior) if scale == "response" else _of_components(posterior)
    rows: dict[str, FloatArray] = {}
    for of, conditional, marginal in found:
        rows[f"conditional{of}"], rows[f"marginal{of}"] = conditional, marginal
    return share_table(rows, posterior, "r2", scale, ci_prob)


type _Pair = tuple[str, FloatArray, FloatArray]


def _of_components(posterior: Posterior) -> Iterator[_Pair]:
    spec = posterior.spec
    for name in spec.locations:
        parts = latent_components(posterior, name)
        of = f" {spec.family.parameter(name).label}" if len(spec.locations) > 1 else ""
        yield of, (parts.fixed + parts.together) / parts.total, parts.fixed / parts.total


def _fitted(posterior: Posterior) -> Iterator[_Pair]:
    family = posterior.spec.family
    for each in family.parts or (family,):
        _refuse_without_variance(each)
    seen = posterior.spec.design.elsewhere
    if isinstance(seen, SummedSeen):
        fitted, parts = fitted_spread(posterior, seen), latent_components(posterior)
        total = fitted + parts.residual
        yield "", fitted / total, np.minimum(parts.fixed / total, 1.0)
        return
    for number in range(max(len(family.parts), 1)):
        fitted, noise = _over_draws(posterior, number)
        fixed, _ = _over_draws(posterior, number, deviations=False)
        total = fitted + noise
        of = f" {family.levels[number]}" if family.parts else ""
        yield of, fitted / total, np.minimum(fixed / total, 1.0)


def _refuse_without_variance(family: Family) -> None:
    """Refuse families of which fitted and residual variances do not add up."""
    if family.categories:
        said = "are categories, which have no variance."
        hint = 'scale="latent" has that of the linear predictor; fit.loo() says how well they '
        hint += "are predicted."
    elif family.variance_function is None:
        said = "have no variance that r2 could share out."
        hint = "fit.loo() says how well they are predicted."
    else:
        return
    raise DataError(f'Responses of the family "{family.name}" {said}', where="r2", hint=hint)


def _over_draws(
    posterior: Posterior, number: int, *, deviations: bool = True
) -> tuple[FloatArray, FloatArray]:
    blocks = row_parameters(posterior, deviations=deviations)
    parts = [_variances(posterior.spec, values, number) for values in blocks]
    fitted, noise = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return fitted, noise


def _variances(
    spec: Spec, values: dict[str, FloatArray], number: int
) -> tuple[FloatArray, FloatArray]:
    """Return the variance over rows of the fitted mean, and the mean residual variance, (draw,)."""
    family, rows = family_rows(spec, values, number)
    shape = rows["eta"].shape
    mean, noise = rows.value(family.mean), rows.value(family.variance_function)
    if spec.response.trials is not None:
        # of proportions: as counts, rows would differ by their trials, which nobody predicted
        noise = noise / spec.response.trials**2
    away = mean - mean[:, :1]  # where means are the same, they differ by nothing, not by rounding
    counts = spec.response.counts
    noise = np.average(np.broadcast_to(noise, shape), axis=1, weights=counts)
    if counts is None:
        return away.var(axis=1, ddof=min(shape[1] - 1, 1)), np.asarray(noise)
    away = away - np.average(away, axis=1, weights=counts)[:, None]
    return np.asarray(away**2 @ counts / max(counts.sum() - 1, 1)), np.asarray(noise)


def explained_by_terms(
    posterior: Posterior, *, partial: bool = False, ci_prob: float | None = None
) -> pd.DataFrame:
    """Return for each term of the fixed effects what it alone adds to the variance explained.

    In every draw, the variance over the data's rows of what the linear predictor has along the
    term's columns beyond those of all other terms that do not contain it (type II sums of squares,
    whatever the coding), over the whole variance on the latent scale: the part (semi-partial) R2,
    for least squares exactly the R2 of the model less that without the term. With `partial` it is
    over itself plus what fixed effects leave, the variance of groups and residuals. Parts do not
    add up to the marginal R2 where terms overlap. Sources: Stoffel, Nakagawa and Schielzeth 2021;
    Nakagawa, Johnson and Schielzeth 2017. Raises `DataError` where there is no term, or no
    residual variance on the link scale.
    """
    require_truth("partial", partial)
    spec = posterior.spec
    rows: dict[str, FloatArray] = {}
    for name in spec.locations:
        of = f" of {spec.family.parameter(name).label}" if len(spec.locations) > 1 else ""
        rows |= {f"{t}{of}": part for t, part in term_parts(posterior, name, partial=partial)}
    if not rows:
        raise DataError(
            "The model has no term of fixed effects that could explain variance.",
            hint="fit.icc() says what lies between groups.",
        )
    kind = {"r2": "partial" if partial else "part"}
    return share_table(rows, posterior, "term", "latent", ci_prob, kind)


def term_parts(
    posterior: Posterior, parameter: str, *, partial: bool = False
) -> Iterator[tuple[str, FloatArray]]:
    """Yield the terms of a linear predictor with their shares, `(sample,)`; raises `DataError`.

    See `explained_by_terms`.
    """
    fixed, b = posterior.spec.predictors[parameter].fixed, posterior.coefficients(parameter)
    parts = latent_components(posterior, parameter)
    for term, form in _own_forms(fixed):
        own = np.maximum(np.einsum("is,ij,js->s", b, form, b, optimize=True), 0.0)
        whole = own + parts.together + parts.residual if partial else parts.total
        yield term, own / whole


def _own_forms(fixed: FixedEffects) -> Iterator[tuple[str, FloatArray]]:
    """Return each term with the quadratic form of its own variance in the coefficients."""
    terms = fixed.plan.all_terms
    of_column = np.array([term for term, _ in fixed.columns], dtype=int)
    variables = [{entry.atom.name for entry in term.variables} for term in terms]
    x, n = fixed.around_mean_rows, fixed.count
    size = np.sqrt((x**2).sum(axis=0))
    size[size == 0] = 1.0
    for number, own in enumerate(variables):
        if not own or number not in of_column:
            continue
        others = [k for k, held in enumerate(variables) if k != number and not own < held]
        without = _left(x, x[:, np.isin(of_column, others)] / size[np.isin(of_column, others)])
        chosen = np.isin(of_column, [*others, number])
        beyond = _left(x, x[:, chosen] / size[chosen])
        form = without.T @ without - beyond.T @ beyond
        yield terms[number].name, form / max(n - 1, 1)


def _left(x: FloatArray, columns: FloatArray) -> FloatArray:
    """Return what least squares on some columns leave of others."""
    if not columns.shape[1]:
        return x
    return np.asarray(x - columns @ np.linalg.lstsq(columns, x, rcond=_DEPENDENT)[0])

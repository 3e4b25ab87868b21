"""How much of the variance the model explains, and how much lies between groups.

Every quantity is computed in each draw and summarized last.
"""

import numpy as np
import pandas as pd

from mixwell.errors import DataError
from mixwell.families import Family
from mixwell.families.arguments import Arguments
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import diagnostics, estimates, interval_settings
from mixwell.posterior.likelihood import row_arguments
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import row_parameters
from mixwell.specify.layout import FactorEffects
from mixwell.specify.scales import part_of
from mixwell.specify.spec import Spec

__all__ = ["explained_variance", "intraclass_correlation"]


def explained_variance(posterior: Posterior, ci_prob: float | None = None) -> pd.DataFrame:
    """Return Bayesian R2: variance of the fitted means over it plus the residual variance.

    Rows `conditional` (with the groups' deviations) and `marginal` (fixed effects alone), on the
    response scale, which is that of proportions for counts out of trials; truncated responses count
    as they were before truncation. Source: Gelman, Goodrich,
    Gabry and Vehtari (2019). Each of several responses has its own rows.
    """
    spec = posterior.spec
    for family in spec.family.parts or (spec.family,):
        _refuse_without_variance(family)
    rows: dict[str, FloatArray] = {}
    for number in range(max(len(spec.family.parts), 1)):
        of = f" {spec.family.levels[number]}" if spec.family.parts else ""
        fitted, noise = _over_draws(posterior, number)
        fixed, _ = _over_draws(posterior, number, deviations=False)
        total = fitted + noise
        rows[f"conditional{of}"] = fitted / total
        rows[f"marginal{of}"] = np.minimum(fixed / total, 1.0)
    return _summarized(rows, posterior, "r2", ci_prob)


def _refuse_without_variance(family: Family) -> None:
    """Refuse families of which fitted and residual variances do not add up."""
    if family.categories:
        raise DataError(
            f'Responses of the family "{family.name}" are categories, which have no variance.',
            where="r2",
            hint="fit.loo() says how well they are predicted, fit.icc() what lies between groups.",
        )
    if family.variance_function is None:
        raise DataError(
            f'Responses of the family "{family.name}" have no variance that r2 could share out.',
            where="r2",
            hint="fit.loo() says how well they are predicted.",
        )


def _over_draws(
    posterior: Posterior, number: int, *, deviations: bool = True
) -> tuple[FloatArray, FloatArray]:
    blocks = row_parameters(posterior, deviations=deviations)
    parts = [_variances(posterior.spec, values, number) for values in blocks]
    fitted, noise = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return fitted, noise


def intraclass_correlation(posterior: Posterior, ci_prob: float | None = None) -> pd.DataFrame:
    """Return for each grouping factor its share of the variance not due to fixed effects.

    On the link scale; a factor with several effects counts with their mean variance over the rows
    (Johnson 2014). For binary responses the residual is the link's latent error.

    Raises
    ------
    DataError
        For a family whose link scale has no residual variance, and a model without groups.
    """
    spec = posterior.spec
    parts = [found for name in spec.locations if (found := spec.layout.of(name))]
    if not parts:
        raise DataError(
            "The model has no grouping factor.", hint="Add a term such as (1 | group) first."
        )
    rows: dict[str, FloatArray] = {}
    for factors in parts:
        between = {found.key: _variance(posterior, found) for found in factors}
        total = _residual(posterior, factors[0].parameter) + np.sum(list(between.values()), axis=0)
        rows |= {factor: share / total for factor, share in between.items()}
    return _summarized(rows, posterior, "factor", ci_prob)


def _variance(posterior: Posterior, found: FactorEffects) -> FloatArray:
    """Mean over rows of z' S z, in each draw."""
    moments = found.values.T @ found.values / len(found.values)
    return np.asarray(np.einsum("dij,ij->d", posterior.covariance(found).matrix, moments))


def _variances(
    spec: Spec, values: dict[str, FloatArray], number: int
) -> tuple[FloatArray, FloatArray]:
    """Return the variance over rows of the fitted mean, and the mean residual variance, (draw,)."""
    family, rows = _rows(spec, values, number)
    shape = rows["eta"].shape
    mean, noise = rows.value(family.mean), rows.value(family.variance_function)
    if spec.response.trials is not None:
        # of proportions: as counts, rows would differ by their trials, which nobody predicted
        noise = noise / spec.response.trials**2
    away = mean - mean[:, :1]  # where means are the same, they differ by nothing, not by rounding
    return away.var(axis=1), np.broadcast_to(noise, shape).mean(axis=1)


def _rows(spec: Spec, values: dict[str, FloatArray], number: int) -> tuple[Family, Arguments]:
    """Return the family of a response, of several that of the number, and what it reads of rows."""
    own = dict(values)
    rows = row_arguments(spec.family, spec.response, own.pop("eta"), own)
    if not spec.family.parts:
        return spec.family, rows
    family, names = spec.family.parts[number], spec.family.part_names(number)
    return family, family.arguments(**{name: rows[here] for name, here in names.items()})


def _linear_variance(spec: Spec, values: dict[str, FloatArray], number: int) -> FloatArray:
    """Return the mean residual variance on the scale of the linear predictor, (draw,)."""
    family, rows = _rows(spec, values, number)
    noise = rows.value(family.linear_variance or family.variance_function)
    return np.asarray(np.broadcast_to(noise, rows["eta"].shape).mean(axis=1))


def _residual(posterior: Posterior, parameter: str) -> FloatArray:
    spec = posterior.spec
    family, _ = part_of(spec.family, spec.response, parameter)
    if family.link.latent_variance is not None:
        return np.asarray(family.link.latent_variance)
    if family.linear:
        blocks = row_parameters(posterior)
        number = spec.family.parameter(parameter).part
        return np.concatenate([_linear_variance(spec, values, number) for values in blocks])
    raise DataError(
        f'The family "{family.name}" with link {family.link_name} has no residual variance on the '
        "link scale.",
        where="icc",
        hint="Compare the sds of fit.VarCorr() instead.",
    )


def _summarized(
    rows: dict[str, FloatArray], posterior: Posterior, name: str, ci_prob: float | None
) -> pd.DataFrame:
    draws = np.stack([values.reshape(posterior.shape) for values in rows.values()], axis=2)
    settings = interval_settings(ci_prob)
    columns = {**estimates(draws, settings), **diagnostics(draws)}
    about = "before truncation" if posterior.spec.response.truncated else ""
    return settings.said(pd.DataFrame({name: list(rows), **columns}), about)

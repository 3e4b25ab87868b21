"""How much of the variance the model explains, and how much lies between groups.

Every quantity is computed in each draw and summarized last.
"""

import numpy as np
import pandas as pd

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import estimates
from mixwell.posterior.likelihood import row_scale
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import row_parameters
from mixwell.specify.layout import FactorEffects
from mixwell.specify.spec import Spec

__all__ = ["explained_variance", "intraclass_correlation"]

#: Variance of the latent error behind a binary response, by link (Nakagawa and Schielzeth 2010).
_LATENT = {"logit": np.pi**2 / 3, "probit": 1.0, "cloglog": np.pi**2 / 6}


def explained_variance(posterior: Posterior) -> pd.DataFrame:
    """Return Bayesian R2: variance of the fitted means over it plus the residual variance.

    Rows `conditional` (with the groups' deviations) and `marginal` (fixed effects alone), on the
    response scale. Source: Gelman, Goodrich, Gabry and Vehtari (2019).
    """
    spec = posterior.spec
    trials = spec.response.trials
    conditional, residual = [], []
    for values in row_parameters(posterior):
        mean = values.pop("mean")
        noise = _noise(spec, mean, values)
        count = mean if trials is None else mean * trials
        conditional.append(count.var(axis=1))
        residual.append(np.broadcast_to(noise, mean.shape).mean(axis=1))
    fitted, noise_draws = np.concatenate(conditional), np.concatenate(residual)
    fixed = spec.family.inverse_link(posterior.on_rows(deviations=False))
    if trials is not None:
        fixed = fixed * trials
    total = fitted + noise_draws
    rows = {"conditional": fitted / total, "marginal": np.minimum(fixed.var(axis=1) / total, 1.0)}
    return _summarized(rows, posterior, "r2")


def intraclass_correlation(posterior: Posterior) -> pd.DataFrame:
    """Return for each grouping factor its share of the variance not due to fixed effects.

    On the link scale; a factor with several effects counts with their mean variance over the rows
    (Johnson 2014). For binary responses the residual is the link's latent error.

    Raises
    ------
    DataError
        For a family whose link scale has no residual variance, and a model without groups.
    """
    factors = posterior.spec.layout.of("mean")
    if not factors:
        raise DataError(
            "The model has no grouping factor.", hint="Add a term such as (1 | group) first."
        )
    between = {found.factor: _variance(posterior, found) for found in factors}
    total = _residual(posterior) + np.sum(list(between.values()), axis=0)
    rows = {factor: share / total for factor, share in between.items()}
    return _summarized(rows, posterior, "factor")


def _variance(posterior: Posterior, found: FactorEffects) -> FloatArray:
    """Mean over rows of z' S z, in each draw."""
    moments = found.values.T @ found.values / len(found.values)
    return np.asarray(np.einsum("dij,ij->d", posterior.covariance(found).matrix, moments))


def _noise(spec: Spec, mean: FloatArray, values: dict[str, FloatArray]) -> FloatArray:
    """Variance of every row's response about its mean, (draw, obs); known errors count."""
    if spec.family.weights_scale_variance:
        values = {**values, "sigma": row_scale(spec.response, values.get("sigma"), spec.design.n)}
    return spec.family.variance(mean, spec.response.trials, **values)


def _residual(posterior: Posterior) -> FloatArray:
    spec = posterior.spec
    if spec.link in _LATENT:
        return np.asarray(_LATENT[spec.link])
    if spec.link == "identity" and spec.family.name in ("gaussian", "student"):
        blocks = row_parameters(posterior)
        means = [(values.pop("mean"), values) for values in blocks]
        return np.concatenate([_noise(spec, m, v).mean(axis=1) for m, v in means])
    raise DataError(
        f'The family "{spec.family.name}" with link {spec.link} has no residual variance on the '
        "link scale.",
        where="icc",
        hint="Compare the sds of fit.VarCorr() instead.",
    )


def _summarized(rows: dict[str, FloatArray], posterior: Posterior, name: str) -> pd.DataFrame:
    draws = np.stack([values.reshape(posterior.shape) for values in rows.values()], axis=2)
    return pd.DataFrame({name: list(rows), **estimates(draws)})

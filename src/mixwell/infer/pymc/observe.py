"""The likelihood of a specification as PyMC variables."""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from mixwell.numeric.arrays import FloatArray
from mixwell.specify.spec import Spec

__all__ = ["observe"]

Tensor = Any


def observe(spec: Spec, eta: Tensor, parameters: dict[str, Tensor]) -> None:
    """Add the observed response to the model on the stack.

    `eta` is the linear predictor (obs,), `parameters` the family's others, scalars or (obs,).
    Weights divide a gaussian or student variance; other families' log likelihood is multiplied.
    """
    response = spec.response
    kind, args = _distribution(spec, eta, parameters)
    values = np.array(response.values, dtype=np.int64 if spec.family.discrete else float)
    name = spec.layout.observed
    if response.censoring is not None:
        _censored(spec, name, kind, args, values)
    elif response.lower is not None or response.upper is not None:
        lower, upper = _bound(response.lower), _bound(response.upper)
        pm.Truncated(
            name,
            kind.dist(**args),
            lower=lower,
            upper=upper,
            observed=values,
            dims=spec.layout.row_dim,
        )
    else:
        kind(name, **args, observed=values, dims=spec.layout.row_dim)
    if response.weights is not None and not spec.family.weights_scale_variance:
        weights = pm.Data(
            "weights", np.array(response.weights, dtype=float), dims=spec.layout.row_dim
        )
        if response.censoring is None:
            model = pm.modelcontext(None)
            log_density = pm.logp(model[name], model.rvs_to_values[model[name]])
            pm.Potential("likelihood_weights", ((weights - 1.0) * log_density).sum())


def _bound(bound: FloatArray | None) -> FloatArray | None:
    return None if bound is None else np.array(bound, dtype=float)


def _mean(spec: Spec, eta: Tensor) -> Tensor:
    match spec.link:
        case "identity":
            return eta
        case "log":
            return pt.exp(eta)
        case "inverse":
            return 1.0 / eta
        case "sqrt":
            return eta**2
        case "logit":
            return pm.math.invlogit(eta)
        case "probit":
            return 0.5 * pt.erfc(-eta / np.sqrt(2.0))
        case _:
            return -pt.expm1(-pt.exp(eta))


def _distribution(spec: Spec, eta: Tensor, parameters: dict[str, Tensor]) -> tuple[Any, Any]:
    mean, family = _mean(spec, eta), spec.family.name
    match family:
        case "gaussian":
            return pm.Normal, {"mu": mean, "sigma": _sigma(spec, parameters)}
        case "student":
            scale = _sigma(spec, parameters)
            return pm.StudentT, {"nu": parameters["nu"], "mu": mean, "sigma": scale}
        case "poisson":
            return pm.Poisson, {"mu": mean}
        case "negativebinomial":
            return pm.NegativeBinomial, {"mu": mean, "alpha": parameters["alpha"]}
        case "gamma":
            alpha = parameters["alpha"]
            return pm.Gamma, {"alpha": alpha, "beta": alpha / mean}
        case "beta":
            kappa = parameters["kappa"]
            return pm.Beta, {"alpha": mean * kappa, "beta": (1 - mean) * kappa}
    chance = {"logit_p": eta} if spec.link == "logit" else {"p": mean}
    if family == "bernoulli":
        return pm.Bernoulli, chance
    trials = np.array(spec.response.trials, dtype=np.int64)
    return pm.Binomial, {"n": pm.Data("trials", trials, dims=spec.layout.row_dim), **chance}


def _sigma(spec: Spec, parameters: dict[str, Tensor]) -> Tensor:
    """Return each row's standard deviation: sigma, known errors and precision weights."""
    response = spec.response
    sigma: Tensor
    if response.se is None:
        sigma = parameters["sigma"]
    else:
        se = pm.Data("se", np.array(response.se, dtype=float), dims=spec.layout.row_dim)
        sigma = pt.sqrt(se**2 + parameters["sigma"] ** 2) if response.se_sigma else se
    if response.weights is None:
        return sigma
    return sigma / pt.sqrt(
        pm.Data("weights", np.array(response.weights, dtype=float), dims=spec.layout.row_dim)
    )


def _censored(spec: Spec, name: str, kind: Any, args: dict[str, Tensor], values: Any) -> None:
    """Observe rows that are known only to lie below, above or between values.

    For counts a right-censored row is at least its value, as in PyMC.
    """
    response = spec.response
    side = np.asarray(response.censoring)
    plain, between = np.flatnonzero(side != 2), np.flatnonzero(side == 2)
    weights = response.weights if not spec.family.weights_scale_variance else None
    lower = np.where(side == -1, values, -np.inf)[plain]
    upper = np.where(side == 1, values, np.inf)[plain]
    if plain.size:
        dist = kind.dist(**_rows(args, plain, between.size > 0))
        dims = None if between.size else spec.layout.row_dim
        observed = values[plain]
        made = pm.Censored(name, dist, lower=lower, upper=upper, observed=observed, dims=dims)
        if weights is not None:
            value = pm.modelcontext(None).rvs_to_values[made]
            pm.Potential(
                "likelihood_weights", ((weights[plain] - 1.0) * pm.logp(made, value)).sum()
            )
    if between.size:
        dist = kind.dist(**_rows(args, between, True))
        top = pm.logcdf(dist, np.array(response.censoring_upper)[between].astype(values.dtype))
        inside = top + pt.log1mexp(pm.logcdf(dist, values[between]) - top)
        factor = 1.0 if weights is None else weights[between]
        pm.Potential(spec.layout.interval, (factor * inside).sum())


def _rows(args: dict[str, Tensor], rows: NDArray[np.int64], subset: bool) -> dict[str, Tensor]:
    if not subset:
        return args
    return {k: v[rows] if getattr(v, "ndim", 0) == 1 else v for k, v in args.items()}

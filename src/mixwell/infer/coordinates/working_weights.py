"""Working weights and scores of iteratively reweighted least squares, for every family.

Each linear predictor is read as a weighted least-squares problem around its current value: a row's
information is what it knows about its own linear predictor, the score the slope of its log
likelihood. Source: McCullagh and Nelder 1989, section 2.5; for the log of a standard deviation the
information is 2, that of the variance function of squared residuals.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mixwell.families.links import LINKS
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.likelihood import row_scale
from mixwell.specify.spec import Spec

__all__ = ["Working", "dispersion", "start", "working"]

_STEP = 1e-5
#: Parameters for which no rule is known start, and stay, at these values.
_TYPICAL = {"nu": 10.0, "alpha": 2.0, "kappa": 10.0}
#: How near probabilities are let to 0 and 1, and means to 0 where all counts are.
_LEAST = 1e-8
_TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True, eq=False)
class Working:
    """One linear predictor's rows: information and score, each (n,)."""

    information: FloatArray
    score: FloatArray


def start(spec: Spec) -> dict[str, FloatArray]:
    """Return a value of every linear predictor to begin at, each (n,)."""
    response, family = spec.response, spec.family
    y = np.array(response.values, dtype=float)
    n, spread = y.size, float(y.std()) or 1.0
    eta: dict[str, FloatArray] = {"sigma": np.full(n, np.log(spread))}
    link = LINKS[spec.link]
    if link.name in ("logit", "probit", "cloglog"):
        if family.name == "beta":
            mean = (y + y.mean()) / 2
        else:
            trials = np.ones(n) if response.trials is None else response.trials
            mean = (y + 0.5) / (trials + 1.0)
    elif link.name == "identity" and family.name in ("gaussian", "student"):
        mean = np.full(n, y.mean())
    else:
        mean = np.maximum((y + y.mean()) / 2, 0.05 * spread)
    return {"mean": link(mean), **eta}


def working(
    spec: Spec, eta: Mapping[str, FloatArray], extra: Mapping[str, float]
) -> dict[str, Working]:
    """Return each modeled predictor's information and score at `eta`; `extra` are parameters.

    Censored and truncated rows count as observed: only their size of information is asked for.
    """
    response, family = spec.response, spec.family
    y, mean, slope = _mean(spec, eta["mean"])
    parameters: dict[str, FloatArray] = {name: np.asarray(v) for name, v in extra.items()}
    if "sigma" in spec.design.parameters:
        parameters["sigma"] = np.exp(np.clip(eta["sigma"], -30.0, 30.0))
    found = {}
    if family.weights_scale_variance:
        scale = np.maximum(row_scale(response, parameters.get("sigma"), y.size), _TINY)
        z = (y - mean) / scale
        pull, sure = z, np.ones_like(z)
        if family.name == "student":
            nu = parameters["nu"]
            pull, sure = (nu + 1) * z / (nu + z**2), sure * (nu + 1) / (nu + 3)
        found["mean"] = Working(sure * (slope / scale) ** 2, pull * slope / scale)
        if "sigma" in spec.design.parameters:
            found["sigma"] = Working(np.full(y.size, 2.0), pull * z - 1.0)
        return found
    variance = np.maximum(family.variance(mean, response.trials, **parameters), _TINY)
    if response.trials is not None:
        slope, mean = slope * response.trials, mean * response.trials
    factor = 1.0 if response.weights is None else response.weights
    found["mean"] = Working(factor * slope**2 / variance, factor * (y - mean) * slope / variance)
    return found


def dispersion(
    spec: Spec, eta: Mapping[str, FloatArray], degrees: float, before: Mapping[str, float]
) -> dict[str, float]:
    """Estimate the family's parameters that have no formula, by moments of Pearson residuals.

    `degrees` is how many degrees of freedom the coefficients take; `before` the values so far.
    """
    response, family = spec.response, spec.family
    y, mean, _ = _mean(spec, eta["mean"])
    left = max(y.size - degrees, 0.1 * y.size)
    extra = {name: before.get(name, _TYPICAL.get(name, 1.0)) for name in spec.auxiliary}
    squares = (y - mean) ** 2
    if "sigma" in extra:
        weights = np.ones(y.size) if response.weights is None else response.weights
        known = 0.0 if response.se is None else np.asarray(response.se) ** 2
        share = 0.6 if family.name == "student" else 1.0
        excess = float((weights * squares).sum() / left) * share - float(np.mean(known))
        extra["sigma"] = float(np.sqrt(max(excess, 1e-4 * float(np.var(y)), 1e-300)))
    elif family.name == "gamma":
        extra["alpha"] = float(np.clip(left / (squares / mean**2).sum(), 1e-2, 1e6))
    elif family.name == "beta":
        kappa = left / (squares / (mean * (1 - mean))).sum() - 1
        extra["kappa"] = float(np.clip(kappa, 1e-1, 1e6))
    elif family.name == "negativebinomial":
        alphas = np.geomspace(1e-2, 1e4, 40)
        pearson = [float((squares / (mean + mean**2 / a)).sum()) for a in alphas]
        extra["alpha"] = float(alphas[np.argmin(np.abs(np.array(pearson) - left))])
    return extra


def _mean(spec: Spec, eta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the response, its mean (a probability for binomial), and the mean's slope in eta."""
    link, y = LINKS[spec.link], np.asarray(spec.response.values, dtype=float)
    if link.name == "identity":
        mean, slope = eta, np.ones_like(eta)
    else:
        with np.errstate(all="ignore"):
            mean = link.inverse(eta)
            slope = (link.inverse(eta + _STEP) - link.inverse(eta - _STEP)) / (2 * _STEP)
    if link.name in ("logit", "probit", "cloglog"):
        return y, np.clip(mean, _LEAST, 1 - _LEAST), slope
    if spec.family.name not in ("gaussian", "student"):
        mean = np.maximum(mean, 1e-3 * float(np.abs(y).mean()) or _LEAST)
    return y, mean, slope

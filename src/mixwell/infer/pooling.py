"""Levels by themselves and all rows as one: what partial pooling lies between.

Given the other effects at their posterior means, each level's own coefficients are estimated from
its rows alone (no pooling), and the fixed effects from all rows without random effects under their
own normal priors (complete pooling), by iteratively reweighted least squares. Levels by themselves
have a weak prior, that of the default slopes, where the link is not the identity: a level of which
all outcomes are the same has no estimate otherwise.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixwell.infer.coordinates.working_weights import Parameters, dispersion, start, working
from mixwell.infer.prior_density import normal_prior
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import Posterior
from mixwell.specify.layout import FactorEffects
from mixwell.specify.scales import carried_spread, part_of
from mixwell.specify.spec import Spec

__all__ = ["Pooling", "pooling"]

_STEPS = 30
#: How far linear predictors go in a step, where the link bends.
_FURTHEST = 2.0
#: With the identity link the prior of levels by themselves only keeps matrices invertible.
_HARDLY = 1e-8


@dataclass(frozen=True, eq=False)
class Pooling:
    """Estimates of a factor's effects on the link scale, with standard errors.

    `separate` and `separate_sd` are (n_levels, n_effects), nan where a level's rows alone do not
    determine the effect; `complete` and `complete_sd` (n_effects,), nan for effects without a fixed
    effect.
    """

    separate: FloatArray
    separate_sd: FloatArray
    complete: FloatArray
    complete_sd: FloatArray


def pooling(posterior: Posterior, found: FactorEffects) -> Pooling:
    """Estimate a factor of the mean without and with complete pooling."""
    spec = posterior.spec
    known = [name for name in spec.auxiliary if name in posterior.draws]
    extra = {name: posterior.flat(name).mean(axis=0) for name in known}
    predictor, names = spec.design.mean, spec.design.mean.fixed.names
    eta = np.zeros(spec.design.n) if predictor.offset is None else predictor.offset.copy()
    offset = eta.copy()
    b = posterior.coefficients().mean(axis=1)
    eta += predictor.fixed.values @ b
    for other in spec.layout.of("mean"):
        if other is not found:
            eta += (posterior.deviations(other).mean()[other.index] * other.values).sum(axis=1)
    linear = spec.family.link.linear
    spread = carried_spread(*part_of(spec.family, spec.response, "mean")) if linear else 1.0
    widths = np.sqrt(np.mean(found.values**2, axis=0))
    ridge = np.diag((widths / (2.5 * spread)) ** 2)
    if linear:
        ridge *= _HARDLY
    own, sd = _levels(spec, found, eta, extra, ridge)
    unknown = ~_identified(found)
    own[unknown], sd[unknown] = np.nan, np.nan
    fixed = np.array([b[names.index(e)] if e in names else 0.0 for e in found.effects])
    whole, whole_sd = _fixed(spec, offset, extra)
    where = [names.index(e) if e in names else -1 for e in found.effects]
    complete = np.array([whole[k] if k >= 0 else np.nan for k in where])
    complete_sd = np.array([whole_sd[k] if k >= 0 else np.nan for k in where])
    return Pooling(own + fixed, sd, complete, complete_sd)


def _identified(found: FactorEffects) -> NDArray[np.bool_]:
    """Whether each level's rows alone determine each effect, (n_levels, n_effects)."""
    z = found.values / np.maximum(np.sqrt(np.mean(found.values**2, axis=0)), 1e-300)
    values, vectors = np.linalg.eigh(_gram(found, z, 1.0))
    seen = vectors * (values > 1e-9 * np.maximum(values[:, -1:], 1e-300))[:, None, :]
    return np.asarray((seen**2).sum(axis=2) > 1 - 1e-6)


def _gram(found: FactorEffects, z: FloatArray, w: FloatArray | float) -> FloatArray:
    """Return Z'WZ of each level's rows, (n_levels, n_effects, n_effects)."""
    gram = np.zeros((len(found.levels), z.shape[1], z.shape[1]))
    for a, left in enumerate(z.T):
        for c, right in enumerate(z.T):
            gram[:, a, c] = np.bincount(found.index, w * left * right, minlength=len(gram))
    return gram


def _rows(spec: Spec, eta: FloatArray, extra: Parameters) -> tuple[FloatArray, FloatArray]:
    found = working(spec, {**start(spec), "mean": eta}, extra)["mean"]
    return np.maximum(found.information, 1e-10), found.score


def _levels(
    spec: Spec, found: FactorEffects, eta: FloatArray, extra: Parameters, ridge: FloatArray
) -> tuple[FloatArray, FloatArray]:
    count, q, z, index = len(found.levels), len(found.effects), found.values, found.index
    r, inverse = np.zeros((count, q)), np.zeros((count, q, q))
    for _ in range(_STEPS):
        now = eta + (r[index] * z).sum(axis=1)
        w, score = _rows(spec, now, extra)
        pulls = [np.bincount(index, column * score, minlength=count) for column in z.T]
        pull = np.stack(pulls, axis=1)
        inverse = np.linalg.inv(_gram(found, z, w) + ridge)
        step = np.einsum("jab,jb->ja", inverse, pull - r @ ridge)
        r = r + (step if spec.family.link.linear else np.clip(step, -_FURTHEST, _FURTHEST))
        if float(np.abs(step).max()) < 1e-6:
            break
    return r, np.sqrt(np.einsum("jaa->ja", inverse))


def _fixed(spec: Spec, offset: FloatArray, extra: Parameters) -> tuple[FloatArray, FloatArray]:
    x = spec.design.mean.fixed.near()
    if spec.design.mean.fixed.elsewhere:  # what holds the intercept is taken at the means
        x = x - x.mean(axis=0)
    if x.shape[1] == 0:
        return np.zeros(0), np.zeros(0)
    precision, pull = _fixed_priors(spec)
    eta = start(spec)["mean"]
    beta, inverse = np.zeros(x.shape[1]), np.eye(x.shape[1])
    for number in range(_STEPS):
        w, score = _rows(spec, eta, extra)
        inverse = np.linalg.pinv(x.T @ (x * w[:, None]) + precision, hermitian=True)
        new = inverse @ (x.T @ (w * (eta - offset) + score) + pull)
        done = float(np.abs(new - beta).max()) < 1e-8
        if number and not spec.family.link.linear:
            furthest = float(np.abs(x @ (new - beta)).max())
            new = beta + (new - beta) * min(1.0, _FURTHEST / max(furthest, 1e-300))
        beta, eta = new, x @ new + offset
        extra = {**extra, **dispersion(spec, {"mean": eta}, x.shape[1], extra)}
        if done:
            break
    return beta, np.sqrt(np.diag(inverse))


def _fixed_priors(spec: Spec) -> tuple[FloatArray, FloatArray]:
    """Return the precision of the fixed effects' normal priors, and its product with their mean.

    Other priors are left out: the defaults are wide.
    """
    x = spec.design.mean.fixed.near()
    precision, pull = np.zeros((x.shape[1], x.shape[1])), np.zeros(x.shape[1])
    for j, entry in enumerate(spec.priors.coefficients()):
        normal = normal_prior(entry.prior)
        if normal is None:
            continue
        middle, weight = normal
        centered = entry.role == "intercept" and entry.centered
        row = x.mean(axis=0) if centered else np.eye(len(pull))[j]
        precision += weight * np.outer(row, row)
        pull += weight * middle * row
    return precision, pull

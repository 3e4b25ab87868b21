"""Posteriors that are no distributions: a density that does not fall off, found before drawing.

Flat priors leave it to the data to close the posterior. Data with too few levels leave a standard
deviation without an upper end; data that are separated leave coefficients without one; data that
are fitted without an error leave the residual's without a lower one.
"""

import numpy as np

from mixwell.errors import SamplingError
from mixwell.infer.exact.gaussian.gaussian_target import GaussianTarget, fitted_without_an_error
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.specify.priors import Prior
from mixwell.specify.spec import Spec

__all__ = ["improper_parameter", "refuse_improper", "unbounded_coefficients"]

type Target = GaussianTarget | QuadratureTarget
#: How far out on the log scale the tail is looked at, and how fast it must fall there.
_NEAR, _FAR, _FALL = 12.0, 15.0, 0.1
#: Numbers in the largest linear program that is worth its time.
_LARGEST = 2_000_000
_MOVED = 1e-6


def refuse_improper(target: Target) -> None:
    """Raise `SamplingError` that names the parameter of an improper posterior."""
    name = improper_parameter(target)
    if name is not None:
        raise SamplingError(
            f"The posterior of {name} is improper: its prior is flat, and the data leave it "
            "without an upper end.",
            where=f'priors["{name}"]',
            hint='Give it a proper prior, such as "HalfStudentT(3, 2.5)", or leave the default.',
        )
    scale = target.spec.family.scale
    estimated = scale is not None and scale.name in target.spec.auxiliary
    if scale is not None and estimated and _falls(target, scale.name, -1.0) is False:
        raise fitted_without_an_error()
    names = unbounded_coefficients(target)
    if names:
        raise SamplingError(
            f"The posterior of {', '.join(names)} is improper: the prior is flat, and larger "
            "values fit the data ever better (separation).",
            where="priors",
            hint='Give a proper prior, such as priors={"b": "Normal(0, 2.5)"}, or leave the '
            "default.",
        )


def improper_parameter(target: Target) -> str | None:
    """Return the name of a positive parameter with a flat prior that cannot be normalized.

    In t = log(sd) the density of a proper posterior falls exponentially; with a flat prior on the
    standard deviation of a factor with two levels it stays level for ever (Gelman 2006).
    """
    for coordinate in target.parameters.scalars:
        if coordinate.prior.distribution != "HalfFlat" or coordinate.prior.native is not None:
            continue
        if _falls(target, coordinate.key, 1.0) is False:
            return coordinate.key
    return None


def _falls(target: Target, key: str, sign: float) -> bool | None:
    """Return whether the density falls far out on one side; None where it is not a number."""
    points = np.stack([target.start, target.start])
    points[:, target.parameters.place(key)] += sign * np.array([_NEAR, _FAR])
    near, far = target.log_density(points)
    if not np.isfinite(near):
        return None
    return bool(far < near - _FALL * (_FAR - _NEAR))


def unbounded_coefficients(target: Target) -> list[str]:
    """Return the coefficients with flat priors along which the likelihood never falls.

    Some linear combination of their columns separates extreme outcomes from the others, rows
    where it is zero excepted (Albert and Anderson 1984; by linear programming, Konis 2007).
    """
    spec, support = target.spec, target.spec.family.support
    # a likelihood of an extreme outcome that tends to 1 as the predictor goes on
    extreme = support.lowest is not None and spec.family.link.exponential
    if isinstance(target, GaussianTarget) or not extreme:
        return []
    flat = [j for j, key in enumerate(target.keys) if _is_flat(spec.priors[key])]
    x = spec.design.mean.fixed.values[:, flat]
    if target.x_means.size:
        x = x - target.x_means[flat]
    if not flat or x.size > _LARGEST:
        return []
    found = _separating(x, *_extreme_outcomes(spec))
    return [target.keys[j] for j, moved in zip(flat, found, strict=True) if moved]


def _extreme_outcomes(spec: Spec) -> tuple[BoolArray, BoolArray]:
    """Return which outcomes are at the upper and at the lower end of the family's support."""
    response, support = spec.response, spec.family.support
    given = {"y": response.values}
    if response.trials is not None:
        given["trials"] = response.trials
    rows = spec.family.arguments(**given)
    none = np.zeros(len(response.values), dtype=bool)
    ends = [none if end is None else rows.call(end) for end in (support.highest, support.lowest)]
    return ends[0], ends[1]


def _is_flat(prior: Prior) -> bool:
    return prior.native is None and prior.distribution == "Flat"


def _separating(x: FloatArray, full: BoolArray, empty: BoolArray) -> list[bool]:
    """Return which columns a separating direction needs: x d >= 0 at full, <= 0 at empty rows."""
    from scipy.optimize import linprog  # only for flat priors

    size = np.abs(x).max(axis=0)
    scaled = x / np.where(size > 0, size, 1.0)
    sign = full.astype(float) - empty.astype(float)
    rows, counts = np.unique(
        np.column_stack([scaled * (sign + (sign == 0))[:, None], sign]), axis=0, return_counts=True
    )
    one_sided, directions = rows[:, -1] != 0, rows[:, :-1]
    equal = directions[~one_sided]
    solved = linprog(
        -(directions[one_sided] * counts[one_sided, None]).sum(axis=0),
        A_ub=-directions[one_sided] if one_sided.any() else None,
        b_ub=np.zeros(one_sided.sum()) if one_sided.any() else None,
        A_eq=equal if len(equal) else None,
        b_eq=np.zeros(len(equal)) if len(equal) else None,
        bounds=(-1, 1),
    )
    best = np.zeros(x.shape[1]) if solved.x is None else np.asarray(solved.x)
    if not (one_sided.any() and (directions[one_sided] @ best).max() > _MOVED):
        best[:] = 0.0
    return [bool(abs(d) > _MOVED) for d in best]

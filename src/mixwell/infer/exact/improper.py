"""Posteriors that are no distributions: a density that does not fall off, found before drawing.

Flat priors leave it to the data to close the posterior. Data with too few levels leave a standard
deviation without an upper end; data that are separated leave coefficients without one; data that
are fitted without an error leave the residual's without a lower one.
"""

import numpy as np

from mixwell.errors import SamplingError
from mixwell.infer.exact.gaussian.gaussian_model import fitted_without_an_error
from mixwell.infer.exact.gaussian.gaussian_target import (
    GaussianTarget,
    fixed_entries,
)
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget
from mixwell.specify.priors import Prior
from mixwell.specify.separated import separating_coefficients
from mixwell.specify.spec import Spec
from mixwell.text.names import quoted

__all__ = [
    "FALL",
    "FAR",
    "NEAR",
    "improper_parameter",
    "is_flat",
    "refuse_improper",
    "refuse_unbounded",
    "unbounded_coefficients",
    "without_an_end",
]

type Target = GaussianTarget | QuadratureTarget
#: How far out on the log scale the tail is looked at, and how fast it must fall there.
NEAR, FAR, FALL = 12.0, 15.0, 0.1


def refuse_improper(target: Target) -> None:
    """Raise `SamplingError` that names the parameter of an improper posterior."""
    name = improper_parameter(target)
    if name is not None:
        raise without_an_end(name)
    scale = target.spec.family.scale
    estimated = scale is not None and scale.name in target.spec.auxiliary
    if scale is not None and estimated and _falls(target, scale.name, -1.0) is False:
        raise fitted_without_an_error()
    if not isinstance(target, GaussianTarget):
        refuse_unbounded(target.spec)


def without_an_end(name: str) -> SamplingError:
    """Return the error for a standard deviation whose posterior has no upper end."""
    return SamplingError(
        f"The posterior of {name} is improper: its prior is flat, and the data leave it "
        "without an upper end.",
        where=f"priors[{quoted(name)}]",
        hint='Give it a proper prior, such as "HalfStudentT(3, 2.5)", or leave the default.',
    )


def refuse_unbounded(spec: Spec) -> None:
    """Raise `SamplingError` for coefficients with flat priors where outcomes are separated."""
    names = unbounded_coefficients(spec)
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

    The posterior of a standard deviation with a flat prior falls far out as its power of minus the
    number of levels, and of one more for every flat coefficient that moves with the levels: three
    levels close it next to a flat intercept, two next to one with a proper prior (Gelman 2006). In
    t = log(sd) that is one less, and 0 is level for ever.
    """
    for coordinate in target.parameters.scalars:
        if coordinate.prior.distribution != "HalfFlat" or coordinate.prior.native is not None:
            continue  # those of coefficients, which have two ends, are looked at by themselves
        moving = 0 if isinstance(target, GaussianTarget) else _moving(target, coordinate.key)
        if _falls(target, coordinate.key, 1.0, moving) is False:
            return coordinate.key
    return None


def _moving(target: QuadratureTarget, key: str) -> int:
    """Return how many combinations of flat coefficients are sums of one effect over the levels.

    Where coefficients are coordinates themselves, as the effect's size grows they move with it, and
    each leaves a power less in the marginal density.
    """
    entries = fixed_entries(target.spec)
    flat = [j for j, entry in enumerate(entries) if is_flat(entry.prior)]
    found = next((f for f in target.parameters.factors if key in f.sd_keys), None)
    if found is None or not flat:
        return 0
    x, z = target.spec.design.mean.fixed.near()[:, flat], found.values[:, found.sd_keys.index(key)]
    count = len(found.levels)
    squares = np.maximum(np.bincount(found.index, z * z, count), 1e-300)
    left = np.empty_like(x)
    for j, column in enumerate(x.T):
        left[:, j] = (
            column - z * (np.bincount(found.index, z * column, count) / squares)[found.index]
        )
    sizes = np.maximum(np.abs(x).max(axis=0), 1e-300)
    return len(flat) - int(np.linalg.matrix_rank(left / sizes, tol=1e-9 * np.sqrt(len(x))))


def _falls(target: Target, key: str, sign: float, moving: int = 0) -> bool | None:
    """Return whether the density falls far out on one side; None where it is not a number.

    It must fall by so many powers more as there are coefficients `moving` along. Toward zero, where
    a density without an end is above all others, one that is below the start's has fallen, whatever
    rounding does to it there.
    """
    points = np.stack([target.start, target.start, target.start])
    points[1:, target.parameters.place(key)] += sign * np.array([NEAR, FAR])
    start, near, far = target.log_density(points)
    if not np.isfinite(near):
        return None
    return bool(far < near - (FALL + moving) * (FAR - NEAR) or (sign < 0 and near < start))


def unbounded_coefficients(spec: Spec) -> list[str]:
    """Return the coefficients with flat priors along which the likelihood never falls.

    Some linear combination of their columns separates extreme outcomes from the others.
    """
    entries = spec.priors.coefficients()
    flat = [entry.element for entry in entries if is_flat(entry.prior)]
    return separating_coefficients(spec, flat)


def is_flat(prior: Prior) -> bool:
    """Whether a prior has the same density everywhere that it has one."""
    return prior.native is None and prior.distribution in ("Flat", "HalfFlat")

"""Degrees of freedom of a mode's fixed effects: which are known, and why others are not."""

from collections.abc import Mapping

import numpy as np

from mixwell.errors import SamplingError, require_choice
from mixwell.infer.exact.applicable import is_gaussian
from mixwell.infer.exact.gaussian.gaussian_model import gaussian_rows
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.numeric.small_samples.f_tests import WaldTests
from mixwell.numeric.small_samples.kenward_roger import kenward_roger
from mixwell.numeric.small_samples.optimum import at_optimum
from mixwell.numeric.small_samples.satterthwaite import satterthwaite
from mixwell.numeric.small_samples.variance_moments import LevelEffects, numbers_held
from mixwell.package_options import require_memory
from mixwell.specify.layout import FactorEffects
from mixwell.specify.spec import Spec

__all__ = ["METHODS", "small_sample_tests", "usual_method"]

METHODS = ("satterthwaite", "kenward-roger", "asymptotic")
_CHOOSE = 'ddf="asymptotic" has chi-square and normal tests, with infinite degrees of freedom.'


def usual_method(spec: Spec, *, flat: bool) -> str:
    """Return the degrees of freedom that are given where none are asked for."""
    return "asymptotic" if _why_not(spec, flat=flat) else "satterthwaite"


def read_method(given: object) -> str:
    """Return one of the methods for a spelling of it, R's too; raises `DataError`."""
    name = given.lower() if isinstance(given, str) else given
    require_choice("ddf", name, METHODS)
    return str(name)


def small_sample_tests(
    spec: Spec,
    method: str,
    sd: Mapping[str, FloatArray],
    corr: Mapping[str, FloatArray],
    sigma: float,
    *,
    reml: bool,
    flat: bool,
    zero: float,
) -> WaldTests:
    """Return the tests of a gaussian model's near columns at its estimates, by a method.

    `sd` and `corr` hold each factor's standard deviations and correlations, of which those below
    `zero` residual ones are 0. Raises `SamplingError` for models that have no such degrees of
    freedom and estimates that they are not for, `DataError` for what memory does not hold.
    """
    _refuse(spec, method, reml=reml, flat=flat)
    rows = gaussian_rows(spec)
    weights = np.ones(len(rows.y)) if rows.weights is None else rows.weights
    used = weights > 0
    size = np.sqrt(weights[used])
    effects = [
        _level_effects(found, sd[found.key] / sigma, corr[found.key], size, used, zero)
        for found in spec.layout.of("mean")
    ]
    require_memory(
        numbers_held(effects),
        f"{method.capitalize()} degrees of freedom: levels that meet in rows,",
        where="ddf",
        hint=_CHOOSE,
    )
    x, y = rows.x(slice(None))[used] * size[:, None], rows.y[used] * size
    estimated = "sigma" in spec.auxiliary
    model, sigma = at_optimum(x, y, effects, sigma, reml=reml, scale=estimated)
    if method == METHODS[1]:
        return kenward_roger(model, sigma)
    found = satterthwaite(model, sigma, reml=reml)
    return found if method == METHODS[0] else WaldTests(found.b, found.covariance)


def _level_effects(
    found: FactorEffects,
    sd: FloatArray,
    corr: FloatArray,
    size: FloatArray,
    used: BoolArray,
    zero: float,
) -> LevelEffects:
    """Return a factor's effects on the rows used, with what is as good as 0 at 0."""
    units: list[tuple[int, ...]] = []
    position = 0
    for block in found.blocks:
        own = range(position, position + len(block.effects))
        units += [tuple(own)] if block.covariance == "full" else [(a,) for a in own]
        position += len(block.effects)
    columns = found.values[used]
    rms = np.sqrt(np.mean(columns**2, axis=0))
    covariance = corr[: len(sd), : len(sd)] * np.outer(sd, sd)
    root = np.zeros_like(covariance)
    for unit in units:
        at = np.ix_(unit, unit)
        root[at] = _root(covariance[at], zero / np.maximum(rms[list(unit)], 1e-300))
    index = found.index[used]
    return LevelEffects(columns * size[:, None], index, len(found.levels), root, tuple(units))


def _root(covariance: FloatArray, zero: FloatArray) -> FloatArray:
    """Return the lower triangular root, with columns of 0 where the diagonal is below `zero`."""
    root = np.zeros_like(covariance)
    for b in range(len(covariance)):
        left = covariance[b:, b] - root[b:, :b] @ root[b, :b]
        if left[0] > zero[b] ** 2:
            root[b:, b] = left / np.sqrt(left[0])
    return root


def _why_not(spec: Spec, *, flat: bool) -> str | None:
    """Return why a model or its mode has no degrees of freedom, as a sentence."""
    if not is_gaussian(spec) or spec.family.parts:
        family = f'the family is "{spec.family.name}"'
        return f"Degrees of freedom are those of gaussian responses; {family}."
    if spec.design.parameters:
        name = next(iter(spec.design.parameters))
        return f"Degrees of freedom are those of one residual variance; {name} has a formula here."
    if not flat:
        return "Degrees of freedom belong to the estimates without priors, and these have priors."
    if spec.design.elsewhere is not None:
        return "Degrees of freedom go through the rows one by one, and they are not in memory."
    return None


def _refuse(spec: Spec, method: str, *, reml: bool, flat: bool) -> None:
    """Refuse what has no degrees of freedom; raises `SamplingError`."""
    reason = _why_not(spec, flat=flat)
    if reason is not None:
        own = is_gaussian(spec) and not spec.design.parameters
        hint = "Give flat=True to mode()." if own and not flat else _CHOOSE
        raise SamplingError(reason, where="ddf", hint=hint)
    if method == METHODS[1] and not reml:
        raise SamplingError(
            "Kenward and Roger's degrees of freedom are those of REML.",
            where="ddf",
            hint='Leave reml=False out, or give ddf="satterthwaite".',
        )

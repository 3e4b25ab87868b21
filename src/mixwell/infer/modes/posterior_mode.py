"""Point estimates: the mode of the marginal posterior; with flat priors lmer's REML or ML fit."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import SamplingError, require_truth, require_whole
from mixwell.infer.exact.applicable import is_gaussian, why_not_exact
from mixwell.infer.exact.climb import climb
from mixwell.infer.exact.exact_draws import Target, build_target
from mixwell.infer.exact.gaussian.conditional_draws import conditional_draws, conditional_means
from mixwell.infer.exact.gaussian.gaussian_target import GaussianTarget
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget, quadrature_target
from mixwell.infer.modes.point_estimate import (
    ZERO,
    FurtherCoefficients,
    PointEstimate,
)
from mixwell.infer.modes.ways import by_laplace
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.search.mode import find_mode
from mixwell.specify.exact_fit import refuse_exact_fit
from mixwell.specify.naming import element
from mixwell.specify.priors import Prior, PriorTable
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    from mixwell.infer.direct.laplace.laplace_mode import LaplaceMode

__all__ = ["point_estimate"]

#: How much of Laplace's correlations a search begins with: the rest keeps full rank.
_FULL_RANK = 0.98
#: How far below a rough guess the log of a standard deviation begins at least.
_EDGE = 4.0


def point_estimate(
    spec: Spec, *, reml: bool = True, flat: bool = False, nodes: int | None = None
) -> PointEstimate:
    """Find the mode of the marginal posterior, random effects integrated out.

    Standard deviations and correlations are at the mode of their density on their own scale, not on
    the log scale, so that flat priors give maximum likelihood. In gaussian models the fixed effects
    are integrated out too (`reml`), or at their best values, where they always are next to formulas
    of further parameters. `flat` puts flat priors in the place
    of the model's: lmer's estimates, and glmer's for families without a dispersion (lme4 maximizes
    something else where there is one). `nodes` are those of the quadrature in generalized models of
    one factor, lme4's `nAGQ`; 1, and models that are neither those nor gaussian, are Laplace's
    approximation with the observed information: glmmTMB's estimates. The search begins at several
    points, in large models at Laplace's mode alone; where they end at different tops, the estimate
    says so.

    Raises `DataError` for arguments of the wrong kind and for what memory does not hold,
    `SamplingError` for more than one node where there is no quadrature, where no mode is found, and
    after an interrupt.

    >>> import mixwell as mw
    >>> model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    >>> estimate = point_estimate(model.spec, flat=True)
    >>> estimate.b.round(3), estimate.se.round(3), round(estimate.log_likelihood, 4)
    (array([251.405,  10.467]), array([6.825, 1.546]), -871.8141)
    """
    require_truth("reml", reml)
    require_truth("flat", flat)
    if nodes is not None:
        require_whole("nodes", nodes, 1)
    refuse_exact_fit(spec)
    try:
        return replace(_sought(spec, reml=reml, flat=flat, nodes=nodes), flat=flat)
    except KeyboardInterrupt:
        raise SamplingError("The search for the mode was interrupted before its end.") from None


def _sought(spec: Spec, *, reml: bool, flat: bool, nodes: int | None) -> PointEstimate:
    chosen = replace(spec, priors=_flat(spec.priors)) if flat else spec
    if by_laplace(spec, nodes):
        _refuse_reml(spec, reml)
        return _laplace(chosen, spec)
    target = build_target(chosen)
    if isinstance(target, GaussianTarget):
        return _gaussian(target, spec, reml)
    if nodes is not None:
        target = quadrature_target(chosen, nodes)
    return _quadrature(_begun(target, chosen) if target.dear else target, spec)


def _begun(target: QuadratureTarget, spec: Spec) -> QuadratureTarget:
    """Return the target to be asked near Laplace's mode, which is near the one looked for."""
    if spec.family.density.corner:
        return target
    made, found = target.parameters, _laplace(spec, spec)
    scalars = dict(found.parameters)
    matrices = {}
    for factor in made.factors:
        scalars |= dict(zip(factor.sd_keys, found.sd[factor.key].tolist(), strict=True))
    for unit in (c.unit for c in made.correlations):
        own = found.corr[unit.factor][np.ix_(unit.parts[0][1], unit.parts[0][1])]
        matrices[unit.name] = _FULL_RANK * own + (1 - _FULL_RANK) * np.eye(unit.size)
    vectors = {vector.key: found.further[vector.key].b for vector in made.vectors}
    coefficients, vectors = target.centered(found.b, vectors)
    with np.errstate(divide="ignore"):
        t = made.unconstrained(scalars | coefficients, vectors, matrices)
    sds = made.sds(*made.factors)
    t[sds] = np.maximum(t[sds], target.start[sds] - _EDGE)  # at 0 it is level
    return target.near(t)


def _refuse_reml(spec: Spec, reml: bool) -> None:
    """Refuse linear models that are too large for the exact engine: theirs is another criterion."""
    declined = why_not_exact(spec)
    cut = spec.response.censoring is not None or spec.response.truncated
    if reml and declined is not None and is_gaussian(spec) and not (cut or spec.design.parameters):
        raise SamplingError(
            f"The fixed effects cannot be integrated out: {declined}.",
            where="reml",
            hint="Give reml=False for maximum likelihood.",
        )


def _flat(table: PriorTable) -> PriorTable:
    entries = []
    for entry in table:
        prior = Prior("LKJ", {"eta": 1.0}) if entry.role == "corr" else entry.flat
        entries.append(replace(entry, prior=prior))
    return PriorTable(tuple(entries))


def _gaussian(target: GaussianTarget, spec: Spec, reml: bool) -> PointEstimate:
    def likelihood(t: FloatArray) -> FloatArray:
        return target.log_likelihood(t, profile=not reml)

    summit = climb(target, likelihood)
    target.refuse_lost(summit.t)
    t = summit.t[None]
    batch = target.batch(t)
    means, covariances = conditional_means(target.data, target.prior, batch)
    _, blocks = conditional_draws(target.data, target.prior, batch, None)
    change = np.eye(target.data.fixed)
    if target.centered:
        change[0, 1:] = -target.data.x_means[1:]
    change = spec.design.mean.fixed.of_near(change.T * target.units.coefficients).T
    deviations = target.deviations(blocks)
    r = {found.factor: deviations[found.r_name][0] for found in target.parameters.factors}
    covariance = change @ covariances[0] @ change.T
    value = float(likelihood(t)[0])
    found = _estimate(target, spec, reml, t, change @ means[0], covariance, r, value)
    return replace(found, shortfall=summit.shortfall)


def _quadrature(target: QuadratureTarget, spec: Spec) -> PointEstimate:
    summit = climb(target, target.log_likelihood)
    t = summit.t
    rough = find_mode(target.log_likelihood, t, step=1e-2)
    scalars = target.parameters.scalars
    place = [target.parameters.place(key) for key in target.keys]
    b = np.array([float(scalars[i].value(t[i])) for i in place])
    slopes = np.array([scalars[i].slope(float(t[i])) for i in place])
    covariance = rough.covariance[np.ix_(place, place)] * np.outer(slopes, slopes)
    change = np.eye(len(place))
    if target.x_means.size and target.holder is None:
        change[0, 1:] = -target.x_means[1:]
    change = spec.design.mean.fixed.of_near(change.T).T
    covariance = change @ covariance @ change.T
    r = {found.factor: target.modes(t) for found in target.parameters.factors}
    value = float(target.log_likelihood(t[None])[0])
    found = _estimate(target, spec, False, t[None], change @ b, covariance, r, value)
    vectors = _vectors(target, t, rough.covariance)
    return replace(found, shortfall=summit.shortfall, further=vectors)


def _vectors(
    target: QuadratureTarget, t: FloatArray, covariance: FloatArray
) -> dict[str, FurtherCoefficients]:
    """Return the family's vectors at the user's predictors; `covariance` is that of t."""
    spec, found = target.spec, dict[str, FurtherCoefficients]()
    values = target.vectors_at_zero(t[None])
    for vector, where in target.parameters.placed_vectors():
        change = np.zeros((vector.size, len(t)))
        change[:, where] = vector.changes(t[where])
        if vector.key == target.holder:
            for key, mean in zip(target.keys, target.x_means, strict=True):
                i = target.parameters.place(key)
                change[:, i] = mean * target.parameters.scalars[i].slope(float(t[i]))
        labels = spec.vectors[vector.key].labels(spec.response.levels or ())
        names = tuple(element(vector.key, label) for label in labels)
        own = change @ covariance @ change.T
        found[vector.key] = FurtherCoefficients(names, values[vector.key][0], own)
    return found


def _estimate(
    target: Target,
    spec: Spec,
    reml: bool,
    t: FloatArray,
    b: FloatArray,
    covariance: FloatArray,
    r: dict[str, FloatArray],
    log_likelihood: float,
) -> PointEstimate:
    values = target.parameters.values(t)
    sd: dict[str, FloatArray] = {}
    corr: dict[str, FloatArray] = {}
    singular = False
    scale = float(values.scalars["sigma"][0]) if "sigma" in values.scalars else 1.0
    for found, root in zip(target.parameters.factors, values.roots, strict=True):
        whole = root[0] @ root[0].T
        sd[found.factor] = np.sqrt(np.diag(whole))
        sizes = np.diag(root[0]) * found.sizes
        safe = np.maximum(sd[found.factor], 1e-300)
        corr[found.factor] = whole / np.outer(safe, safe)
        singular |= bool((sizes < ZERO * scale).any())
    numbers = [name for name in spec.auxiliary if name not in values.vectors]
    parameters = {name: float(values.scalars[name][0]) for name in numbers}
    se = np.sqrt(np.diag(covariance))
    return PointEstimate(
        spec,
        reml,
        b,
        se,
        covariance,
        sd,
        corr,
        r,
        parameters,
        log_likelihood,
        singular,
        scale=scale,
    )


def _laplace(chosen: Spec, spec: Spec) -> PointEstimate:
    from mixwell.infer.direct.laplace.laplace_mode import laplace_mode  # Numba: only where it runs

    mode = laplace_mode(chosen)
    if spec.family.density.corner:
        mode = replace(mode, covariance=np.full_like(mode.covariance, np.nan))
    coefficients, parameters = _coefficients(mode, spec)
    mean = coefficients.pop("mean", FurtherCoefficients((), np.zeros(0), np.zeros((0, 0))))
    sd, corr = _covariances(mode, spec)
    r, r_sd = _deviations(mode, spec)
    return PointEstimate(
        spec,
        False,
        mean.b,
        mean.se,
        mean.covariance,
        sd,
        corr,
        r,
        parameters,
        mode.log_likelihood,
        mode.elements.singular(mode.theta, ZERO * mode.scale),
        mode.shortfall,
        further=coefficients,
        r_sd=r_sd,
        scale=mode.scale,
        laplace=not _is_exact(spec),
    )


def _is_exact(spec: Spec) -> bool:
    """Whether the log density is a parabola in the effects, so that nothing is approximated."""
    cut = spec.response.censoring is not None or spec.response.truncated
    of_means = all(found.parameter == "mean" for found in spec.layout.factors)
    return not spec.layout.factors or (of_means and not cut and spec.family.closed_form)


def _coefficients(
    mode: "LaplaceMode", spec: Spec
) -> tuple[dict[str, FurtherCoefficients], dict[str, float]]:
    """Return the coefficients at the user's predictors, by parameter, and a family's own numbers.

    The covariances follow from the map, which is linear, of every coefficient alone.
    """
    from mixwell.infer.direct.labeled import coefficient_values

    target, size = mode.target, len(mode.covariance)
    each = np.concatenate([mode.x[None, target.columns.random :], np.eye(size)])
    values = {name: own[0] for name, own in coefficient_values(target, each[None]).items()}
    found: dict[str, FurtherCoefficients] = {}
    for parameter, predictor in spec.predictors.items():
        if predictor.fixed.names:
            names = spec.names(parameter)
            own = values.pop(parameter)
            labels = tuple(names.label(name) for name in predictor.fixed.names)
            found[parameter] = _with_covariance(labels, own, mode.covariance)
    for parameter, vector in spec.vectors.items():
        labels = tuple(element(parameter, at) for at in vector.labels(spec.response.levels or ()))
        found[parameter] = _with_covariance(labels, values.pop(parameter), mode.covariance)
    return found, {name: float(own[0]) for name, own in values.items()}


def _with_covariance(
    labels: tuple[str, ...], own: FloatArray, covariance: FloatArray
) -> FurtherCoefficients:
    return FurtherCoefficients(labels, own[0], own[1:].T @ covariance @ own[1:])


def _covariances(
    mode: "LaplaceMode", spec: Spec
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Return standard deviations and correlation matrices by the factors' keys."""
    sd = {found.key: np.zeros(len(found.effects)) for found in spec.layout.factors}
    corr = {found.key: np.eye(len(found.effects)) for found in spec.layout.factors}
    matrices: dict[str, FloatArray] = {}
    for part, root in zip(mode.target.covariances.parts, mode.roots, strict=True):
        unit = part.unit.layout
        whole = root @ root.T
        sds, position = np.sqrt(np.diagonal(whole)), 0
        for found, chosen in unit.parts:
            sd[found.key][list(chosen)] = sds[position : position + len(chosen)]
            position += len(chosen)
        matrices[unit.name] = whole / np.outer(sds, sds)
    key_of = {found.corr_name: found.key for found in spec.layout.factors}
    for matrix in spec.layout.correlations:
        joint = np.eye(len(matrix.labels))
        for unit, where in matrix.units:
            joint[np.ix_(where, where)] = matrices[unit.name]
        corr[key_of[matrix.name]] = joint
    return sd, corr


def _deviations(
    mode: "LaplaceMode", spec: Spec
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Return the effects' conditional modes and their sds, (level, effect), by factors' keys."""
    r = {f.key: np.zeros((len(f.levels), len(f.effects))) for f in spec.layout.factors}
    r_sd = {key: np.zeros_like(values) for key, values in r.items()}
    for part in mode.target.covariances.parts:
        unit, position = part.unit, 0
        own, sds = (
            found[unit.span].reshape(unit.levels, unit.size) for found in (mode.x, mode.effect_sds)
        )
        for group, chosen in unit.layout.parts:
            places = slice(position, position + len(chosen))
            r[group.key][:, list(chosen)] = own[:, places]
            r_sd[group.key][:, list(chosen)] = sds[:, places]
            position += len(chosen)
    return r, r_sd

"""The highest point of a likelihood by Laplace's approximation and priors, from several starts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from mixwell.errors import SamplingError
from mixwell.infer.declined import Declined
from mixwell.infer.direct.laplace.approximation import Laplace
from mixwell.infer.direct.laplace.ascent import Top, ascend, polish
from mixwell.infer.direct.laplace.cholesky_elements import CholeskyElements, build_elements
from mixwell.infer.direct.peak import first_t, mode_given
from mixwell.infer.direct.reference import Conditional, build_reference
from mixwell.infer.direct.target import Target, build_target
from mixwell.numeric.arrays import FloatArray
from mixwell.progress import Progress
from mixwell.specify.separated import separating_coefficients
from mixwell.specify.spec import Spec
from mixwell.threads import one_blas_thread

__all__ = ["LaplaceMode", "laplace_mode"]

#: Standard deviations of further starts, in units of the first: near 0, and large.
_EDGE, _WIDE = np.exp(-4.0), np.exp(1.5)
#: Tops of log densities this far apart are different ones.
_SAME = 0.01
#: How often a search goes on with the curvature at its end, and what it must gain by that.
_AGAIN, _GAINED = 5, 1e-4
#: Up to so many rows and effects a search from several starts costs little.
_SMALL = 3_000


@dataclass(frozen=True, eq=False)
class LaplaceMode:
    """The top: `x`, the effects' conditional modes and the coefficients; `roots` of covariances.

    `scale` is how far the mean's linear predictor goes before a density changes much.
    `log_likelihood` is without priors. `covariance` is that of the coefficients, the standard
    deviations and correlations estimated too; `effect_sds` those of the effects, all parameters
    estimated, as glmmTMB has them. `shortfall` is how far below it the lowest other top lies.
    """

    target: Target
    elements: CholeskyElements
    theta: FloatArray
    x: FloatArray
    roots: list[FloatArray]
    scale: float
    log_likelihood: float
    covariance: FloatArray
    effect_sds: FloatArray
    shortfall: float | None


class _Search:
    """The log density of psi, the coefficients and theta, as a function with slopes.

    The conditional modes of effects are looked for from those in `x` on; `step` is called at every
    place.
    """

    def __init__(
        self,
        laplace: Laplace,
        elements: CholeskyElements,
        x: FloatArray,
        step: Callable[[], None],
    ) -> None:
        self.laplace, self.target, self.elements = laplace, laplace.target, elements
        self._step = step
        self.coefficients = self.target.columns.size - self.target.columns.random
        self.laplace.x = x.copy()

    def split(self, psi: FloatArray) -> tuple[FloatArray, FloatArray]:
        return psi[: self.coefficients], psi[self.coefficients :]

    def __call__(self, psi: FloatArray) -> tuple[float, FloatArray]:
        self._step()
        c, theta = self.split(psi)
        priors, elements = self.target.priors, self.elements
        own = priors.value(priors.of(c)) + elements.log_prior(theta)
        if not np.isfinite(own):
            return -np.inf, np.zeros_like(psi)
        value = own + self.laplace.move(c, elements.roots(theta))
        if not np.isfinite(value):
            return -np.inf, np.zeros_like(psi)
        by_c, by_roots = self.laplace.slopes()
        by_c = by_c + priors.back(priors.slope(priors.of(c)))
        by_theta = elements.slopes(theta, by_roots) + elements.prior_slopes(theta)
        return value, np.nan_to_num(np.concatenate([by_c, by_theta]))


def laplace_mode(spec: Spec) -> LaplaceMode:
    """Find the mode of coefficients, standard deviations and correlations, effects integrated out.

    A search that proves long says at which step it is. Raises `SamplingError` where no mode is
    found, and `DataError` where it would take more than `mixwell.options.memory`.
    """
    _refuse_separated(spec)
    with one_blas_thread(), Progress("Seeking the mode", None, unit="step") as line:
        target = build_target(spec, observed=True)
        search, start, inverse = _start(target, partial(line.add, 1))
        first = ascend(search, start, inverse)
        if not np.isfinite(first.value):
            raise _no_mode("the likelihood is not finite where the search for it begins")
        tops = [first]
        small = target.rows.n + target.columns.size <= _SMALL
        if small or not search.laplace.concave:
            tops += [ascend(search, other, inverse) for other in _others(search, start)]
        highest = max(top.value for top in tops)
        tops = [top for top in tops if np.isfinite(top.value)]
        # what lies lower may be no top, but where a search stood still
        tops = [_settled(search, t) if t.value < highest - _SAME else t for t in tops]
        best = _settled(search, max(tops, key=lambda top: top.value))
        shortfall = best.value - min(top.value for top in tops)
        return _result(search, best, shortfall if shortfall > _SAME else None)


def _settled(search: _Search, top: Top) -> Top:
    """Go on with the curvature at a top, until that gains nothing."""
    for _ in range(_AGAIN):
        height, top = top.value, polish(search, top)
        top = ascend(search, top.place, top.inverse)
        if top.value - height < _GAINED:
            break
    return top


def _refuse_separated(spec: Spec) -> None:
    """Refuse coefficients with flat priors along which the likelihood rises for ever."""
    entries = spec.priors.coefficients()
    flat = [e.element for e in entries if e.prior.native is None and e.prior.distribution == "Flat"]
    names = separating_coefficients(spec, flat) if flat else []
    if names:
        raise SamplingError(
            f"There is no mode: larger values of {', '.join(names)} fit the data ever better "
            "(separation).",
            where="priors",
            hint='Give a proper prior, such as priors={"b": "Normal(0, 2.5)"}, and leave flat out.',
        )


def _no_mode(reason: str) -> SamplingError:
    return SamplingError(
        f"There is no mode: {reason}.",
        hint="Look at the data for separation and extreme values, or give proper priors.",
    )


def _start(target: Target, step: Callable[[], None]) -> tuple[_Search, FloatArray, FloatArray]:
    """Return psi to begin with and a guess of its covariance: coefficients given usual sds."""
    columns, t = target.columns, first_t(target)
    laplace = Laplace(target)  # at first: it refuses what memory does not hold
    x = mode_given(target, None, t, rough=True)
    if isinstance(x, Declined):
        raise _no_mode(x.reason)
    reference = build_reference(target, x)
    diagonal = reference.values[columns.pattern.starts[1:] - 1]  # it ends each column
    elements = build_elements(target.covariances, diagonal[: columns.random])
    first, size = columns.random, columns.size - columns.random
    covariance = np.diag(1 / np.maximum(diagonal[first:], 1e-6))
    conditional = Conditional(reference)
    if conditional.move(t):
        for j in range(size):
            unit = np.zeros(columns.size)
            unit[first + j] = 1.0
            covariance[j] = conditional.factor.solve(unit)[first:]
    levels = np.array([columns.units[k].levels for k, _, _ in elements.places], dtype=float)
    inverse = np.zeros((size + elements.size,) * 2)
    inverse[:size, :size] = (covariance + covariance.T) / 2
    at = np.arange(size, size + elements.size)
    inverse[at, at] = 1 / np.maximum(levels, 2.0)
    theta = elements.theta(target.covariances.roots(t))
    return _Search(laplace, elements, x, step), np.concatenate([x[first:], theta]), inverse


def _others(search: _Search, start: FloatArray) -> list[FloatArray]:
    """Return further starts: each unit's standard deviations near 0, and large."""
    found = []
    for k in range(len(search.elements.covariances.parts)):
        own = np.array([place[0] == k for place in search.elements.places])
        for factor in (_EDGE, _WIDE):
            moved = start.copy()
            moved[search.coefficients :][own] *= factor
            found.append(moved)
    return found


def _result(search: _Search, top: Top, shortfall: float | None) -> LaplaceMode:
    target, size = search.target, search.coefficients
    search(top.place)
    laplace = search.laplace
    theta = top.place[size:]
    return LaplaceMode(
        target=target,
        elements=search.elements,
        theta=theta,
        x=laplace.x.copy(),
        roots=search.elements.roots(theta),
        scale=float(target.rows.scales(target.columns.predictors(laplace.x))[0]),
        log_likelihood=laplace.value,
        covariance=top.inverse[:size, :size],
        effect_sds=_effect_sds(search, theta, top.inverse),
        shortfall=shortfall,
    )


def _effect_sds(search: _Search, theta: FloatArray, covariance: FloatArray) -> FloatArray:
    """Return the effects' sds: their own curvature, and how their modes move with all of psi."""
    laplace, columns = search.laplace, search.target.columns
    if laplace.factor is None:
        return np.zeros(0)
    pattern = laplace.factor.pattern
    variances = laplace.factor.inverse()[pattern.starts[1:] - 1]  # the diagonal ends its column
    moves = np.empty((len(covariance), laplace.random))
    for j in range(search.coefficients):
        along = np.zeros((len(columns.parts), search.target.rows.n))
        for part, own in zip(columns.parts, along, strict=True):
            place = columns.random + j
            if part.span.start <= place < part.span.stop:
                own += part.fixed[:, place - part.span.start]
        pulled = columns.back(laplace.pulled(along))[: laplace.random]
        moves[j] = -laplace.factor.solve(pulled)
    for p, (k, change) in enumerate(search.elements.directions(theta)):
        unit, root = columns.units[k], laplace.roots[k]
        precision = np.linalg.inv(root @ root.T)
        turned = precision @ (change @ root.T + root @ change.T) @ precision
        b = np.zeros(laplace.random)
        effects = laplace.x[unit.span].reshape(unit.levels, unit.size)
        b[unit.span] = (effects @ turned).ravel()
        moves[search.coefficients + p] = laplace.factor.solve(b)
    variances = variances + ((covariance @ moves) * moves).sum(axis=0)
    return np.sqrt(np.maximum(variances, 0.0))

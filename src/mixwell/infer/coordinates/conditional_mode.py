"""A quick conditional mode: how large the random effects are, and how much each level's data know.

Penalized iteratively reweighted least squares, in turn with scoring steps for log standard
deviations at the Laplace approximation. Meant for choosing coordinates, not for inference.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, cg

from mixwell.infer.coordinates.normal_equations import (
    Equations,
    System,
    build_system,
    normal_equations,
)
from mixwell.infer.coordinates.working_weights import dispersion, start
from mixwell.infer.declined import Declined
from mixwell.infer.prior_density import log_density_of
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.layout import CorrelationUnit
from mixwell.specify.priors import Prior
from mixwell.specify.scales import carried_spread, part_of
from mixwell.specify.spec import Spec
from mixwell.threads import one_blas_thread

__all__ = ["ConditionalMode", "UnitMode", "conditional_mode"]

#: Up to so many coefficients outside the largest unit they are solved densely, variances exact.
_DENSE = 250
_PRODUCTS = 1_000_000
_OUTER, _INNER, _TOLERANCE = 12, 3, 0.02


@dataclass(frozen=True, eq=False)
class UnitMode:
    """A covariance unit at the mode.

    `covariance` (size, size) of its effects, `information` (n_levels, size, size) of each level's
    rows about them, the other units' effects integrated out; `deviations` (n_levels, size);
    `known` (size,) counts how many levels' worth of knowledge there is about each standard
    deviation.
    """

    covariance: FloatArray
    information: FloatArray
    deviations: FloatArray
    known: FloatArray

    @property
    def ratios(self) -> FloatArray:
        """Each effect's information over that of its prior, (n_levels, size).

        For one effect it is I sd^2; with several the others are integrated out.
        """
        root = np.linalg.cholesky(self.covariance)
        standard = root.T @ self.information @ root
        spread = np.linalg.inv(standard + np.eye(len(root)))
        return np.asarray(1 / np.einsum("jkk->jk", spread) - 1)


@dataclass(frozen=True, eq=False)
class ConditionalMode:
    """All units at the mode, by name.

    `system` and `equations` are those of all coefficients and effects, which are `theta` (size,).
    """

    units: dict[str, UnitMode]
    system: System
    equations: Equations
    theta: FloatArray


def conditional_mode(spec: Spec) -> ConditionalMode | Declined:
    """Find the mode of coefficients and effects at their standard deviations' estimate."""
    try:
        # BLAS's own threads gain nothing here, and wait long for one another on a busy machine.
        with np.errstate(all="ignore"), one_blas_thread():
            found = _search(spec)
    except np.linalg.LinAlgError:
        return Declined("the quick mode could not be computed")
    arrays = [a for unit in found.units.values() for a in (unit.information, unit.covariance)]
    if not all(np.isfinite(a).all() for a in arrays):
        return Declined("the quick mode is not finite")
    return found


def _search(spec: Spec) -> ConditionalMode:
    system = build_system(spec)
    eta = {name: v for name, v in start(spec).items() if name in system.parts}
    covariances = [_first_covariance(spec, unit) for unit in system.units]
    extra = dispersion(spec, start(spec), 0.0, {})
    theta, known = np.zeros(system.size), [np.zeros(unit.size) for unit in system.units]
    for _ in range(_OUTER):
        data = normal_equations(spec, system, eta, extra)
        moved = 0.0
        for _ in range(_INNER):
            theta, variances = _solve(system, data, covariances, theta)
            before = covariances
            steps = [
                _update(spec, unit, theta[place].reshape(-1, unit.size), v, s)
                for unit, place, v, s in zip(
                    system.units, system.places, variances, covariances, strict=True
                )
            ]
            covariances = [step[0] for step in steps]
            known = [step[1] for step in steps]
            moved = max((step[2] for step in steps), default=0.0)
        # tr(H^-1 (H - P)) with the priors' precisions P: correlations between factors count
        degrees = system.fixed + sum(
            v[:, 0].size - float(np.einsum("ab,jba->", np.linalg.inv(s), v))
            for s, v in zip(before, variances, strict=True)
        )
        moved = max(moved, _advance(spec, system, eta, theta))
        extra = dispersion(spec, eta, degrees, extra)
        if moved < _TOLERANCE:
            break
    data = normal_equations(spec, system, eta, extra)
    marginal = _marginal_information(system, data, covariances)
    units = {
        unit.name: UnitMode(s, i, theta[place].reshape(-1, unit.size), k)
        for unit, place, s, i, k in zip(
            system.units, system.places, covariances, marginal, known, strict=True
        )
    }
    return ConditionalMode(units, system, data, theta)


def _marginal_information(
    system: System, data: Equations, covariances: list[FloatArray]
) -> list[FloatArray]:
    """Return each unit's information with that other unit integrated out which takes most away.

    A level's information about its own effect is I_j - sum_k C_jk (I_k + P_k)^-1 C_kj over the
    levels k of the other unit, C being the information about both. Of a factor whose levels lie
    inside those of this one nearly all may be taken; of a crossed one little.
    """
    spreads = [
        np.linalg.inv(i + np.linalg.inv(s))
        for i, s in zip(data.information, covariances, strict=True)
    ]
    begin = [place.start - system.fixed for place in system.places]
    found = []
    for k, own in enumerate(data.information):
        left = own
        inside = slice(begin[k], begin[k] + own[:, 0].size)
        for j, spread in enumerate(spreads):
            if j != k:
                cross = data.zz[inside][:, begin[j] : begin[j] + spread[:, 0].size]
                rest = own - _taken(sparse.csr_array(cross), spread, own.shape[1])
                less = np.trace(rest, axis1=1, axis2=2) < np.trace(left, axis1=1, axis2=2)
                left = np.where(less[:, None, None], rest, left)
        found.append(left)
    return found


def _taken(cross: sparse.csr_array, spread: FloatArray, q: int) -> FloatArray:
    """Return the blocks (n_levels, q, q) of C V C' on the diagonal, V being block diagonal."""
    count = len(spread)
    middle = sparse.bsr_array((spread, np.arange(count), np.arange(count + 1)))
    weighted = sparse.csr_array(cross @ middle)
    taken = np.zeros((cross.shape[0] // q, q, q))
    for a in range(q):
        for b in range(q):
            taken[:, a, b] = weighted[a::q].multiply(cross[b::q]).sum(axis=1)
    return taken


def _first_covariance(spec: Spec, unit: CorrelationUnit) -> FloatArray:
    linear = spec.family.link.linear
    spread = carried_spread(*part_of(spec.family, spec.response, "mean")) if linear else 1.0
    sizes = []
    for found, columns in unit.parts:
        scale = spread if found.parameter == "mean" else 1.0
        for column in columns:
            width = float(np.sqrt(np.mean(found.values[:, column] ** 2))) or 1.0
            sizes.append((scale / width) ** 2)
    return np.diag(sizes)


def _solve(
    system: System, data: Equations, covariances: list[FloatArray], before: FloatArray
) -> tuple[FloatArray, list[FloatArray]]:
    """Return the coefficients and the variance of each level's effects, (n_levels, size, size)."""
    if not system.units:
        return np.linalg.solve(data.xx + np.diag(system.ridge), data.right), []
    precisions = [np.linalg.inv(s) for s in covariances]
    variances = [np.linalg.inv(i + p) for i, p in zip(data.information, precisions, strict=True)]
    lead = int(np.argmax([place.stop - place.start for place in system.places]))
    size = system.places[lead].stop - system.places[lead].start
    rest = system.size - size
    if rest <= _DENSE and rest * size <= _PRODUCTS:
        return _eliminate(system, data, precisions, variances[lead], lead)
    return _solve_by_steps(system, data, precisions, variances, before), variances


def _eliminate(
    system: System, data: Equations, precisions: list[FloatArray], spread: FloatArray, lead: int
) -> tuple[FloatArray, list[FloatArray]]:
    """Eliminate the largest unit level by level; the others and X are solved densely, exactly."""
    fixed, place = system.fixed, system.places[lead]
    q, inside = system.units[lead].size, slice(place.start - fixed, place.stop - fixed)
    others = np.concatenate([np.arange(place.start), np.arange(place.stop, system.size)])
    random = others[fixed:] - fixed
    cross = np.hstack([data.zx[inside], data.zz[inside].tocsc()[:, random].toarray()])
    base = np.zeros((len(others), len(others)))
    base[:fixed, :fixed] = data.xx + np.diag(system.ridge)
    base[fixed:, :fixed], base[:fixed, fixed:] = data.zx[random], data.zx[random].T
    base[fixed:, fixed:] = data.zz[random].tocsc()[:, random].toarray()
    moved = {k: p.start - (q * len(spread) if k > lead else 0) for k, p in enumerate(system.places)}
    for k, precision in enumerate(precisions):
        if k != lead:
            own = slice(moved[k], moved[k] + len(precision) * len(system.units[k].levels))
            base[own, own] += np.kron(np.eye(len(system.units[k].levels)), precision)
    stacked = (len(spread), q, len(others))
    each = spread @ cross.reshape(stacked)
    pull = each.reshape(cross.shape)
    inverse = np.linalg.inv(base - cross.T @ pull)
    theta = np.zeros(system.size)
    theta[others] = inverse @ (data.right[others] - pull.T @ data.right[place])
    own_part = (spread @ data.right[place].reshape(-1, q, 1)).ravel()
    theta[place] = own_part - pull @ theta[others]
    variances = []
    for k, unit in enumerate(system.units):
        if k == lead:
            both = (pull @ inverse).reshape(stacked)
            variances.append(spread + np.einsum("jam,jbm->jab", both, each))
            continue
        count = len(unit.levels)
        own = slice(moved[k], moved[k] + unit.size * count)
        blocks = inverse[own, own].reshape(count, unit.size, count, unit.size)
        variances.append(np.einsum("jajb->jab", blocks))
    return theta, variances


def _solve_by_steps(
    system: System,
    data: Equations,
    precisions: list[FloatArray],
    variances: list[FloatArray],
    before: FloatArray,
) -> FloatArray:
    """Solve by conjugate gradients, preconditioned level by level."""
    fixed = system.fixed
    top = np.linalg.inv(data.xx + np.diag(system.ridge)) if fixed else np.zeros((0, 0))

    def times(v: FloatArray) -> FloatArray:
        b, r = v[:fixed], v[fixed:]
        out = np.concatenate(
            [data.xx @ b + system.ridge * b + data.zx.T @ r, data.zx @ b + data.zz @ r]
        )
        for unit, place, precision in zip(system.units, system.places, precisions, strict=True):
            out[place] += (v[place].reshape(-1, unit.size) @ precision).ravel()
        return out

    def nearly(v: FloatArray) -> FloatArray:
        out = np.concatenate([top @ v[:fixed], v[fixed:]])
        for unit, place, spread in zip(system.units, system.places, variances, strict=True):
            out[place] = np.einsum("jab,jb->ja", spread, v[place].reshape(-1, unit.size)).ravel()
        return out

    shape = (system.size, system.size)
    found, _ = cg(
        LinearOperator(shape, matvec=times),
        data.right,
        x0=before,
        rtol=1e-5,
        maxiter=100,
        M=LinearOperator(shape, matvec=nearly),
    )
    return np.asarray(found)


def _update(
    spec: Spec, unit: CorrelationUnit, r: FloatArray, variances: FloatArray, s: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Take one scoring step of the log standard deviations and one of EM for correlations.

    Returns the covariance, how many levels' worth is known of each sd, and the largest step.
    """
    levels = len(r)
    sd, precision = np.sqrt(np.diag(s)), np.linalg.inv(s)
    second = (r.T @ r + variances.sum(axis=0)) / levels
    learned = np.clip(1 - np.einsum("ab,jba->ja", precision, variances), 0.0, 1.0)
    known = (learned**2).sum(axis=0)
    priors = [spec.priors[key] for key in unit.sd_keys]
    slopes = np.array([_prior_slope(p, v) for p, v in zip(priors, sd, strict=True)])
    gradient = levels * (np.einsum("ab,ba->a", precision, second) - 1) + slopes + 1
    step = np.clip(gradient / (2 * known + 1), -1.0, 1.0)
    sd = sd * np.exp(step)
    correlation = np.eye(unit.size)
    if unit.correlated:
        scale = np.sqrt(np.diag(second))
        correlation = 0.95 * second / np.outer(scale, scale)
        np.fill_diagonal(correlation, 1.0)
    return correlation * np.outer(sd, sd), known, float(np.abs(step).max())


def _prior_slope(prior: Prior, sd: float) -> float:
    """Return the slope of a prior's log density in log sd, 0 where only PyMC knows it."""
    if prior.native is not None:
        return 0.0
    density = log_density_of(prior)
    around = density(np.array([sd * np.exp(-1e-3), sd * np.exp(1e-3)]))
    slope = float(around[1] - around[0]) / 2e-3
    return float(np.clip(slope, -1e3, 1e3)) if np.isfinite(slope) else 0.0


def _advance(spec: Spec, system: System, eta: dict[str, FloatArray], theta: FloatArray) -> float:
    """Move the linear predictors to new coefficients; returns the largest change, per unit."""
    largest = 0.0
    for name, part in system.parts.items():
        new = part.x @ theta[part.columns] + part.z @ theta[system.fixed :] + part.offset
        free = name == "mean" and not spec.family.link.exponential
        if not free:
            new = eta[name] + np.clip(new - eta[name], -3.0, 3.0)
        unit = max(float(np.std(new)), 1e-12) if free else 1.0
        largest = max(largest, float(np.abs(new - eta[name]).max()) / unit)
        eta[name] = new
    return largest

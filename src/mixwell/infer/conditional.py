"""A quick conditional mode: how large the random effects are, and how much each level's data know.

Penalised iteratively reweighted least squares, in turn with scoring steps for log standard
deviations at the Laplace approximation. Meant for choosing coordinates, not for inference.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, cg
from threadpoolctl import threadpool_limits

from mixwell.infer.prior_density import log_density_of
from mixwell.infer.working import dispersion, modelled, start, working
from mixwell.specify.layout import CorrelationUnit
from mixwell.specify.priors import Prior
from mixwell.specify.spec import Spec

__all__ = ["ConditionalMode", "UnitMode", "conditional_mode"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
#: Up to so many coefficients beside the largest unit they are solved densely, variances exact.
_DENSE = 250
_PRODUCTS = 1_000_000
_OUTER, _INNER, _TOLERANCE = 12, 3, 0.02


@dataclass(frozen=True, eq=False)
class UnitMode:
    """A covariance unit at the mode.

    `covariance` (size, size) of its effects, `information` (n_levels, size, size) of each level's
    rows about them, `deviations` (n_levels, size); `known` (size,) counts how many levels' worth
    of knowledge there is about each standard deviation.
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
    """All units at the mode, by name; `problem` says why there are none, where there are none."""

    units: dict[str, UnitMode]
    problem: str = ""


def conditional_mode(spec: Spec) -> ConditionalMode:
    """Find the mode of coefficients and effects at their standard deviations' estimate.

    Raises nothing: what cannot be found is said in `problem`.
    """
    if not spec.layout.units:
        return ConditionalMode({})
    try:
        # BLAS's own threads gain nothing here, and wait long for one another on a busy machine.
        with np.errstate(all="ignore"), threadpool_limits(limits=1, user_api="blas"):
            found = _search(spec)
    except np.linalg.LinAlgError:
        return ConditionalMode({}, "the quick mode could not be computed")
    arrays = [a for unit in found.values() for a in (unit.information, unit.covariance)]
    if not all(np.isfinite(a).all() for a in arrays):
        return ConditionalMode({}, "the quick mode is not finite")
    return ConditionalMode(found)


@dataclass(frozen=True, eq=False)
class _Part:
    """One linear predictor's rows: X with centred columns, and the columns of Z, both ways."""

    x: FloatArray
    z: sparse.csr_array
    z_rows: sparse.csr_array
    columns: slice
    offset: FloatArray


@dataclass(frozen=True, eq=False)
class _System:
    """The coefficients of all predictors, then the units' effects, level by level."""

    parts: dict[str, _Part]
    units: tuple[CorrelationUnit, ...]
    places: tuple[slice, ...]
    ridge: FloatArray
    size: int

    @property
    def fixed(self) -> int:
        """The number of fixed coefficients."""
        return len(self.ridge)


@dataclass(frozen=True, eq=False)
class _Data:
    """The data's part of the normal equations: X'WX, Z'WX, Z'WZ, right-hand side, information."""

    xx: FloatArray
    zx: FloatArray
    zz: sparse.csr_array
    right: FloatArray
    information: tuple[FloatArray, ...]


def _search(spec: Spec) -> dict[str, UnitMode]:
    system = _system(spec)
    eta = {name: v for name, v in start(spec).items() if name in system.parts}
    covariances = [_first_covariance(spec, unit) for unit in system.units]
    extra = dispersion(spec, start(spec), 0.0, {})
    theta, known = np.zeros(system.size), [np.zeros(unit.size) for unit in system.units]
    for _ in range(_OUTER):
        data = _normal_equations(spec, system, eta, extra)
        moved = 0.0
        for _ in range(_INNER):
            theta, variances = _solve(system, data, covariances, theta)
            steps = [
                _update(spec, unit, theta[place].reshape(-1, unit.size), v, s)
                for unit, place, v, s in zip(
                    system.units, system.places, variances, covariances, strict=True
                )
            ]
            covariances = [step[0] for step in steps]
            known = [step[1] for step in steps]
            moved = max(step[2] for step in steps)
        degrees = system.fixed + sum(
            float(np.einsum("jab,jba->", i, v))
            for i, v in zip(data.information, variances, strict=True)
        )
        moved = max(moved, _advance(spec, system, eta, theta))
        extra = dispersion(spec, eta, degrees, extra)
        if moved < _TOLERANCE:
            break
    data = _normal_equations(spec, system, eta, extra)
    return {
        unit.name: UnitMode(s, i, theta[place].reshape(-1, unit.size), k)
        for unit, place, s, i, k in zip(
            system.units, system.places, covariances, data.information, known, strict=True
        )
    }


def _system(spec: Spec) -> _System:
    names, units = modelled(spec), spec.layout.units
    widths = [len(spec.predictors[name].fixed.names) for name in names]
    fixed = sum(widths)
    places, begin = [], fixed
    for unit in units:
        places.append(slice(begin, begin + unit.size * len(unit.levels)))
        begin = places[-1].stop
    parts, start_column = {}, 0
    for name, width in zip(names, widths, strict=True):
        predictor = spec.predictors[name]
        x = np.array(predictor.fixed.values, dtype=float)
        if predictor.fixed.intercept:
            x[:, 1:] -= x[:, 1:].mean(axis=0)
        offset = np.zeros(len(x)) if predictor.offset is None else predictor.offset
        z = _random_columns(spec, name, tuple(p.start - fixed for p in places), begin - fixed)
        columns = slice(start_column, start_column + width)
        parts[name] = _Part(x, z, sparse.csr_array(z.T), columns, offset)
        start_column += width
    ridge = np.concatenate([_ridge(spec, name, parts[name].x) for name in names] or [np.zeros(0)])
    return _System(parts, units, tuple(places), ridge, begin)


def _random_columns(
    spec: Spec, parameter: str, starts: tuple[int, ...], width: int
) -> sparse.csr_array:
    """Return one predictor's Z over all units' effects, (n, all effects of all levels)."""
    n, data, where = spec.design.n, [], []
    for unit, begin in zip(spec.layout.units, starts, strict=True):
        position = 0
        for found, columns in unit.parts:
            for column in columns:
                if found.parameter == parameter:
                    data.append(found.values[:, column])
                    where.append(begin + found.index * unit.size + position)
                position += 1
    if not data:
        return sparse.csr_array((n, width))
    count = len(data)
    flat = np.stack(data, axis=1).ravel(), np.stack(where, axis=1).ravel()
    return sparse.csr_array((*flat, np.arange(0, n * count + 1, count)), shape=(n, width))


def _ridge(spec: Spec, parameter: str, x: FloatArray) -> FloatArray:
    """Return a precision for each fixed coefficient: its prior's where that is normal."""
    entries = [*spec.priors.select("intercept", parameter), *spec.priors.select("slope", parameter)]
    sizes = np.maximum(np.sqrt(np.mean(x**2, axis=0)), 1e-12)
    ridge = (sizes / (10.0 * max(float(np.std(spec.response.values)), 1.0))) ** 2
    for j, entry in enumerate(entries):
        prior = entry.prior
        if prior.native is None and prior.distribution == "Normal" and "sigma" in prior.args:
            ridge[j] = prior.args["sigma"] ** -2
    return np.asarray(np.maximum(ridge, 1e-12 * sizes**2))


def _first_covariance(spec: Spec, unit: CorrelationUnit) -> FloatArray:
    spread = float(np.std(spec.response.values)) if spec.link == "identity" else 1.0
    sizes = []
    for found, columns in unit.parts:
        scale = spread if found.parameter == "mean" and spread > 0 else 1.0
        for column in columns:
            width = float(np.sqrt(np.mean(found.values[:, column] ** 2))) or 1.0
            sizes.append((scale / width) ** 2)
    return np.diag(sizes)


def _normal_equations(
    spec: Spec, system: _System, eta: dict[str, FloatArray], extra: dict[str, float]
) -> _Data:
    fixed, random = system.fixed, system.size - system.fixed
    xx, zx = np.zeros((fixed, fixed)), np.zeros((random, fixed))
    zz, right = sparse.csr_array((random, random)), np.zeros(system.size)
    information = [np.zeros((len(u.levels), u.size, u.size)) for u in system.units]
    for name, rows in working(spec, eta, extra).items():
        part = system.parts[name]
        w = np.maximum(np.nan_to_num(rows.information), 1e-12)
        target = (eta[name] - part.offset) * w + np.nan_to_num(rows.score)
        weighted = part.x * w[:, None]
        xx[part.columns, part.columns] = part.x.T @ weighted
        zx[:, part.columns] = part.z_rows @ weighted
        heavy = part.z.copy()
        heavy.data = heavy.data * np.repeat(w, np.diff(heavy.indptr))
        zz = zz + part.z_rows @ heavy
        right[part.columns] += part.x.T @ target
        right[fixed:] += part.z_rows @ target
        for unit, total in zip(system.units, information, strict=True):
            _add_information(total, unit, name, w)
    return _Data(xx, zx, sparse.csr_array(zz), right, tuple(information))


def _add_information(total: FloatArray, unit: CorrelationUnit, name: str, w: FloatArray) -> None:
    columns = [(found, c) for found, cs in unit.parts for c in cs]
    for a, (left, i) in enumerate(columns):
        for b, (right, j) in enumerate(columns[: a + 1]):
            if left.parameter != name or right.parameter != name:
                continue
            product = w * left.values[:, i] * right.values[:, j]
            found = np.bincount(left.index, product, minlength=len(total))
            total[:, a, b] += found
            if a != b:
                total[:, b, a] += found


def _solve(
    system: _System, data: _Data, covariances: list[FloatArray], before: FloatArray
) -> tuple[FloatArray, list[FloatArray]]:
    """Return the coefficients and the variance of each level's effects, (n_levels, size, size)."""
    precisions = [np.linalg.inv(s) for s in covariances]
    variances = [np.linalg.inv(i + p) for i, p in zip(data.information, precisions, strict=True)]
    lead = int(np.argmax([place.stop - place.start for place in system.places]))
    size = system.places[lead].stop - system.places[lead].start
    rest = system.size - size
    if rest <= _DENSE and rest * size <= _PRODUCTS:
        return _eliminate(system, data, precisions, variances[lead], lead)
    return _solve_by_steps(system, data, precisions, variances, before), variances


def _eliminate(
    system: _System, data: _Data, precisions: list[FloatArray], spread: FloatArray, lead: int
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
    system: _System,
    data: _Data,
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
    keys = [f"{f.sd_name}[{f.effects[c]}]" for f, columns in unit.parts for c in columns]
    slopes = np.array([_prior_slope(spec.priors[k], v) for k, v in zip(keys, sd, strict=True)])
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


def _advance(spec: Spec, system: _System, eta: dict[str, FloatArray], theta: FloatArray) -> float:
    """Move the linear predictors to new coefficients; returns the largest change, per unit."""
    largest = 0.0
    for name, part in system.parts.items():
        new = part.x @ theta[part.columns] + part.z @ theta[system.fixed :] + part.offset
        free = name == "mean" and spec.link in ("identity", "inverse", "sqrt")
        if not free:
            new = eta[name] + np.clip(new - eta[name], -3.0, 3.0)
        unit = max(float(np.std(new)), 1e-12) if free else 1.0
        largest = max(largest, float(np.abs(new - eta[name]).max()) / unit)
        eta[name] = new
    return largest

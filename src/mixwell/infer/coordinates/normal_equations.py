"""The normal equations of a model's coefficients and random effects, as weighted least squares.

All coefficients of all modeled predictors come first, then the effects of every covariance unit,
level by level. Predictors with an intercept have centered columns, as the sampled coefficients do.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from mixwell.infer.coordinates.working_weights import Parameters, working
from mixwell.infer.places import modeled, places
from mixwell.infer.prior_density import normal_prior
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.layout import CorrelationUnit
from mixwell.specify.scales import part_of, response_scale
from mixwell.specify.spec import Spec

__all__ = ["Equations", "Part", "System", "build_system", "normal_equations"]

#: What counts as nothing compared with the largest, and what is not 0.
_LEAST, _TINY = 1e-12, float(np.finfo(float).tiny)


@dataclass(frozen=True, eq=False)
class Part:
    """One linear predictor's rows: X with centered columns, and the columns of Z, both ways."""

    x: FloatArray
    z: sparse.csr_array
    z_rows: sparse.csr_array
    columns: slice
    offset: FloatArray


@dataclass(frozen=True, eq=False)
class System:
    """The coefficients of all predictors, then the units' effects, level by level."""

    parts: dict[str, Part]
    units: tuple[CorrelationUnit, ...]
    places: tuple[slice, ...]
    ridge: FloatArray
    size: int

    @property
    def fixed(self) -> int:
        """The number of fixed coefficients."""
        return len(self.ridge)


@dataclass(frozen=True, eq=False)
class Equations:
    """The data's part of the normal equations: X'WX, Z'WX, Z'WZ, right-hand side, information."""

    xx: FloatArray
    zx: FloatArray
    zz: sparse.csr_array
    right: FloatArray
    information: tuple[FloatArray, ...]


def build_system(spec: Spec) -> System:
    """Arrange the columns of all modeled linear predictors (see `places.modeled`)."""
    names, where = modeled(spec), places(spec)
    units = tuple(where.units[unit.name] for unit in spec.layout.units)
    fixed = sum(len(where.fixed[name]) for name in names)
    size = fixed + sum(unit.size for unit in units)
    spans = tuple(slice(int(unit.flat[0]), int(unit.flat[-1]) + 1) for unit in units)
    parts = {}
    for name in names:
        predictor = spec.predictors[name]
        x = np.array(predictor.fixed.near(), dtype=float)
        if predictor.fixed.around_means:
            first = int(predictor.fixed.intercept)
            x[:, first:] -= predictor.fixed.centers[first:]
        offset = np.zeros(len(x)) if predictor.offset is None else predictor.offset
        z = _random_columns(spec, name, tuple(p.start - fixed for p in spans), size - fixed)
        begin = int(where.fixed[name][0]) if len(where.fixed[name]) else 0
        columns = slice(begin, begin + len(where.fixed[name]))
        parts[name] = Part(x, z, sparse.csr_array(z.T), columns, offset)
    ridge = np.concatenate([_ridge(spec, name, parts[name].x) for name in names] or [np.zeros(0)])
    return System(parts, spec.layout.units, spans, ridge, size)


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
    sizes = np.maximum(np.sqrt(np.mean(x**2, axis=0)), _TINY)
    scale = 1.0
    if parameter in spec.locations:
        family, response = part_of(spec.family, spec.response, parameter)
        scale = response_scale(response, family, spec.predictors[parameter].offset).scale
    ridge = (sizes / (10.0 * scale)) ** 2
    for j, entry in enumerate(spec.priors.coefficients(parameter)):
        normal = normal_prior(entry.prior)
        if normal is not None and normal[1] > 0:
            ridge[j] = normal[1]
    return np.asarray(np.maximum(ridge, _LEAST * (sizes / scale) ** 2))


def normal_equations(
    spec: Spec, system: System, eta: dict[str, FloatArray], extra: Parameters
) -> Equations:
    """Return the data's part of the equations at linear predictors `eta`, parameters `extra`.

    `eta` holds arrays (n,) by predictor, on the link scale. Priors are not in it.
    """
    fixed, random = system.fixed, system.size - system.fixed
    xx, zx = np.zeros((fixed, fixed)), np.zeros((random, fixed))
    zz, right = sparse.csr_array((random, random)), np.zeros(system.size)
    information = [np.zeros((len(u.levels), u.size, u.size)) for u in system.units]
    for name, rows in working(spec, eta, extra).items():
        part = system.parts[name]
        known = np.nan_to_num(rows.information)
        w = np.maximum(known, max(_LEAST * float(known.max()), _TINY))
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
    return Equations(xx, zx, sparse.csr_array(zz), right, tuple(information))


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

"""The map from independent coordinates of unit scale to all coefficients and effects.

With the conditional mode m and the Hessian H = K K' of coefficients and effects at the quick
estimate of their standard deviations, x = m + K^-T z: around its mode the posterior of z is
standard normal (METHODS.md, section 3). H is block diagonal in the levels of one grouping factor;
the factor with most effects is eliminated level by level and the rest is a dense triangle, so that
the map costs (all coordinates) x (those of the other factors) products.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg import solve_triangular

from mixwell.infer.coordinates.conditional_mode import ConditionalMode
from mixwell.infer.coordinates.normal_equations import Equations, System
from mixwell.infer.declined import Declined
from mixwell.infer.geometry import Step, Whitening
from mixwell.infer.places import Places, modeled, places
from mixwell.infer.prior_density import support
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.specify.priors import Prior
from mixwell.specify.spec import Spec
from mixwell.threads import one_blas_thread

__all__ = ["cannot_be_whitened", "whiten"]

#: Up to so many numbers the map may have (64 MB): each gradient goes through all of them twice.
LARGEST = 8_000_000
_POWER_STEPS = 30


def cannot_be_whitened(spec: Spec) -> Declined | None:
    """Say why a model with such random effects cannot be whitened; None if it can."""
    for found in spec.layout.factors:
        if found.parameter not in modeled(spec):
            reason = f"it has random effects of {found.parameter}, whose curvature is not known"
            return Declined(reason)
    return None


def whiten(
    spec: Spec,
    mode: ConditionalMode | Declined,
    weights: Mapping[str, FloatArray],
    *,
    products: float = np.inf,
) -> Whitening | Declined:
    """Return the map at a conditional mode, or why there is none.

    `weights` say how centered each effect of each level is (see `Geometry`): x holds the effects in
    those coordinates, and the coefficients. Coefficients whose prior is bounded are left out.
    What would cost more than so many `products` is not begun.
    """
    declined = cannot_be_whitened(spec)
    if declined is not None:
        return declined
    if isinstance(mode, Declined):
        return mode
    where = places(spec)
    lead, rest = _order(spec, where)
    behind = sum(part.size for part in rest.values())
    size = lead.size + behind
    if size == 0:
        return Declined("it has no coefficients and no random effects")
    if size * behind > LARGEST or size * float(behind) ** 2 > products:
        return Declined(
            f"it has {behind} coefficients and effects in addition to its largest factor's "
            f"{lead.size}, too many for a matrix"
        )
    order = np.concatenate([lead.ravel(), *rest.values()])
    index = np.full(where.size, -1)
    index[order] = np.arange(size)
    try:
        with np.errstate(all="ignore"), one_blas_thread():
            scales = _scales(mode, mode.system, weights)
            center = (scales.coordinates @ (scales.standard @ mode.theta))[order]
            steps, condition = _steps(mode.system, mode.equations, scales, lead, rest)
    except np.linalg.LinAlgError:
        return Declined("the curvature at its conditional mode is not positive")
    if not all(np.isfinite(a).all() for a in (center, *(s.own for s in steps))):
        return Declined("the curvature at its conditional mode is not finite")
    return Whitening(center, mode.theta[order[lead.size :]], steps, index, condition)


def _order(spec: Spec, where: Places) -> tuple[IntArray, dict[str | None, IntArray]]:
    """Return the places of the factor with most effects, (n_levels, q), and those of the others.

    First the coefficients, under None, then units, those with most levels first: of nested factors
    the inner one's effects are given the outer one's.
    """
    factors: dict[str, list[str]] = {}
    for unit in spec.layout.units:
        factors.setdefault(unit.factor, []).append(unit.name)
    sizes = {f: sum(where.units[name].size for name in names) for f, names in factors.items()}
    largest = factors[max(sizes, key=lambda f: sizes[f])] if sizes else []
    first = [where.units[name] for name in largest] or [np.zeros((0, 1), dtype=np.int64)]
    rest: dict[str | None, IntArray] = {}
    rest[None] = np.concatenate([_free(spec, where, name) for name in modeled(spec)])
    others = [unit.name for unit in spec.layout.units if unit.name not in largest]
    for name in sorted(others, key=lambda name: -len(where.units[name])):
        rest[name] = where.units[name].ravel()
    return np.hstack(first), rest


def _free(spec: Spec, where: Places, parameter: str) -> IntArray:
    """Return the places of a predictor's coefficients that can have any value."""
    intercept = spec.priors.select("intercept", parameter)
    free = [_is_unbounded(entry.prior) for entry in spec.priors.coefficients(parameter)]
    if intercept and not intercept[0].centered and intercept[0].prior.native is not None:
        free[0] = False  # it is not the intercept at the predictors' means that is sampled
    return np.asarray(where.fixed[parameter][np.array(free, dtype=bool)])


def _is_unbounded(prior: Prior) -> bool:
    if prior.native is not None:
        from mixwell.infer.pymc.custom_prior import (
            takes_every_value,  # only where PyMC is there already
        )

        return takes_every_value(prior)
    return support(prior) == (-np.inf, np.inf)


@dataclass(frozen=True, eq=False)
class _Scales:
    """Matrices over the whole system from non-centered effects to effects and back, to coordinates.

    1 for coefficients, block diagonal in the units' levels.
    """

    effects: sparse.csr_array
    standard: sparse.csr_array
    coordinates: sparse.csr_array


def _scales(mode: ConditionalMode, system: System, weights: Mapping[str, FloatArray]) -> _Scales:
    roots = [np.linalg.cholesky(mode.units[unit.name].covariance) for unit in system.units]
    shapes = [weights[unit.name] for unit in system.units]
    scaled = [_scaled(root, w) for root, w in zip(roots, shapes, strict=True)]
    repeated = [np.broadcast_to(r, s.shape) for r, s in zip(roots, scaled, strict=True)]
    return _Scales(
        _by_level(system.fixed, repeated),
        _by_level(system.fixed, [np.linalg.inv(r) for r in repeated]),
        _by_level(system.fixed, scaled),
    )


def _steps(
    system: System,
    equations: Equations,
    scales: _Scales,
    lead: IntArray,
    rest: dict[str | None, IntArray],
) -> tuple[tuple[Step, ...], float]:
    """Return the map's steps and the condition number.

    The curvature is factorized where every effect is non-centered, r = root z, because none of its
    eigenvalues is below the prior's 1 there, however small a standard deviation is.
    """
    size, order = lead.size, np.concatenate([lead.ravel(), *rest.values()])
    curvature = sparse.csr_array(_curvature(system, equations, scales.effects)[order][:, order])
    change = sparse.csr_array(scales.coordinates[order][:, order])
    back = sparse.csr_array(scales.standard[order][:, order])
    blocks, root, pull = _eliminated(curvature, lead.shape)
    steps, begin = [], size
    if size:
        own = _diagonal(change[:size, :size], lead.shape) @ blocks
        steps.append(Step("", own, change[:size, :size] @ (back[size:, size:].T @ pull.T).T))
    for name, part in rest.items():
        end = begin + part.size
        inner, outer = slice(begin - size, end - size), slice(end - size, None)
        own = solve_triangular(root[inner, inner], np.eye(part.size), lower=True, trans="T")
        behind = (back[end:, end:].T @ root[outer, inner] @ own.T).T
        scale = change[begin:end, begin:end]
        steps.append(Step(name, scale @ own, scale @ behind))
        begin = end
    return tuple(steps), _condition(curvature, blocks, root, pull)


def _scaled(root: FloatArray, w: FloatArray) -> FloatArray:
    """Return (n_levels, q, q): a level's coordinates c for z, its effects being root z.

    c_k = w_k m_k + s_k^w_k z_k with m_k the effect's mean given those before it (`coordinates`).
    """
    own = np.diag(root)
    made = w[:, :, None] * np.tril(root, -1)
    made[:, np.arange(len(own)), np.arange(len(own))] = own**w
    return np.asarray(made)


def _by_level(fixed: int, matrices: list[FloatArray]) -> sparse.csr_array:
    """Return a block diagonal matrix: 1 for coefficients, a unit's (n_levels, q, q) for effects."""
    parts = [sparse.csr_array(sparse.eye_array(fixed))] if fixed else []
    for blocks in matrices:
        count = len(blocks)
        repeated = sparse.bsr_array((blocks, np.arange(count), np.arange(count + 1)))
        parts.append(sparse.csr_array(repeated))
    return sparse.csr_array(sparse.block_diag(parts, format="csr"))


def _curvature(system: System, equations: Equations, effects: sparse.csr_array) -> sparse.csr_array:
    """Return minus the Hessian of the log posterior in coefficients and non-centered effects."""
    data = sparse.block_array(
        [
            [sparse.csr_array(equations.xx), sparse.csr_array(equations.zx.T)],
            [sparse.csr_array(equations.zx), equations.zz],
        ]
    )
    prior = np.concatenate([system.ridge, np.ones(system.size - system.fixed)])
    return sparse.csr_array(effects.T @ data @ effects + sparse.diags_array(prior))


def _eliminated(
    curvature: sparse.csr_array, shape: tuple[int, ...]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Eliminate the first factor, whose levels and effects have the `shape`.

    Returns the inverse roots of its own curvature, (n_levels, q, q), the lower root of what is left
    for the rest, and by how much the first factor's mode moves against the rest.
    """
    size = int(np.prod(shape))
    own = _diagonal(curvature[:size, :size], shape)
    cross, base = curvature[:size, size:].toarray(), curvature[size:, size:].toarray()
    pull = (np.linalg.inv(own) @ cross.reshape(*shape, len(base))).reshape(cross.shape)
    root = np.linalg.cholesky(base - cross.T @ pull)
    blocks = np.linalg.inv(np.linalg.cholesky(own)).transpose(0, 2, 1)
    return blocks, root, pull


def _condition(
    curvature: sparse.csr_array, blocks: FloatArray, root: FloatArray, pull: FloatArray
) -> float:
    """Return about the condition number of the correlations, by power iterations from both ends.

    The covariance is A A' with A = [[blocks, -pull triangle], [0, triangle]], triangle = root^-T.
    """
    triangle = solve_triangular(root, np.eye(len(root)), lower=True, trans="T")
    size, cross = len(pull), pull @ triangle
    own = (blocks**2).sum(axis=2).ravel() + (cross**2).sum(axis=1)
    sd = np.sqrt(np.concatenate([own, (triangle**2).sum(axis=1)]))
    levels, q = blocks.shape[:2]

    def correlations(v: FloatArray) -> FloatArray:
        lead, rest = v[:size] / sd[:size], v[size:] / sd[size:]
        first = (blocks.transpose(0, 2, 1) @ lead.reshape(levels, q, 1)).reshape(levels, q, 1)
        inner = triangle.T @ rest - cross.T @ lead
        above = (blocks @ first).ravel() - cross @ inner
        return np.concatenate([above, triangle @ inner]) / sd

    def inverse(v: FloatArray) -> FloatArray:
        return np.asarray(sd * (curvature @ (sd * v)))

    return _largest(correlations, len(sd)) * _largest(inverse, len(sd))


def _largest(times: Callable[[FloatArray], FloatArray], size: int) -> float:
    """Return about the largest eigenvalue of a symmetric positive matrix given by its products."""
    v = np.random.default_rng(0).normal(size=size)
    length = 0.0
    for _ in range(_POWER_STEPS):
        v = times(v / np.linalg.norm(v))
        length = float(np.linalg.norm(v))
    return length


def _diagonal(matrix: sparse.csr_array, shape: tuple[int, ...]) -> FloatArray:
    """Return the blocks (n_levels, q, q) of a block diagonal matrix."""
    levels, q = shape
    blocks, found = np.zeros((levels, q, q)), matrix.tocoo()
    row, column = found.coords
    blocks[row // q, row % q, column % q] = found.data
    return blocks

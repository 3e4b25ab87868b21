"""Generalised mixed models with one grouping factor: adaptive Gauss-Hermite quadrature.

The likelihood is a product over levels of integrals of one or two dimensions, each taken at nodes
around the level's own mode, scaled by its curvature (Pinheiro and Chao 2006). One node is Laplace's
approximation. Standard effects u ~ N(0, I) with b = Lambda u; batched over parameter vectors.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mixwell.infer.cells import Cells, build_cells
from mixwell.infer.integrated import Drawn, fixed_entries, starting_point
from mixwell.infer.parameters import Parameters, build_parameters
from mixwell.specify.spec import Spec

__all__ = ["NODES", "QuadratureTarget", "quadrature_target"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NODES = 15
_PILOT_NODES = 5
#: Numbers in one array of a batch: small enough for a processor's cache.
_BLOCK = 60_000
_METROPOLIS = 10
#: The longest step of a level's linear predictor on the log or logit scale.
_FARTHEST = 1.5


@dataclass(frozen=True, eq=False)
class _Point:
    """Vectors at work: fixed part (batch, n_cells), root (q, q, batch, 1), auxiliaries."""

    fixed: FloatArray
    root: FloatArray
    auxiliary: dict[str, FloatArray]


@dataclass(frozen=True, eq=False)
class _Peaks:
    """Each level's mode `u` (q, batch, n_levels), `spread` the inverse root of its curvature."""

    u: FloatArray
    spread: FloatArray
    log_spread: FloatArray


@dataclass(frozen=True, eq=False)
class QuadratureTarget:
    """The marginal posterior of t = (parameters, sds, correlation, coefficients).

    Coefficients are those of the centred predictors where `centred`.
    """

    spec: Spec
    cells: Cells
    parameters: Parameters
    columns: FloatArray
    x_means: FloatArray
    keys: tuple[str, ...]
    nodes: int = NODES

    @property
    def large(self) -> bool:
        """Whether a likelihood takes so long that few are affordable."""
        return False

    @property
    def costly(self) -> bool:
        """Whether one vector takes about a tenth of a millisecond or more."""
        return len(self.cells.s) * len(self.grid[0]) > 5_000

    @cached_property
    def _coarse(self) -> "QuadratureTarget":
        return replace(self, nodes=min(self.nodes, _PILOT_NODES))

    def rough(self, t: FloatArray) -> FloatArray:
        """Return the log density with few nodes, for shaping the proposal."""
        return self._coarse.log_density(t)

    @cached_property
    def grid(self) -> tuple[FloatArray, FloatArray]:
        """Nodes (n_nodes, q) and log weights; those of no weight in two dimensions are left out."""
        x, w = np.polynomial.hermite.hermgauss(self.nodes)
        log_w = np.log(w) + x**2
        q = self.cells.z.shape[1]
        if q == 1:
            return x[:, None], log_w
        both = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
        weights = (log_w[:, None] + log_w[None, :]).ravel()
        mass = weights - (both**2).sum(axis=1)
        kept = mass > mass.max() - 21.0
        return both[kept], weights[kept]

    @cached_property
    def start(self) -> FloatArray:
        """A rough guess of t: the coefficients at their priors' centres, sds at 0.5."""
        guesses = {}
        spread = float(np.std(self.spec.response.values)) or 1.0
        scale = spread if self.spec.link == "identity" else 1.0
        for name in self.spec.auxiliary:
            guesses[name] = {"sigma": spread, "nu": 10.0}.get(name, 1.0)
        for found in self.parameters.factors:
            sizes = np.sqrt(np.mean(found.values**2, axis=0))
            for effect, size in zip(found.effects, sizes, strict=True):
                guesses[f"{found.sd_name}[{effect}]"] = 0.5 * scale / max(float(size), 1e-12)
        for key in self.keys:
            location = self.spec.priors[key].location
            guesses[key] = 0.0 if location is None else location
        return starting_point(self.parameters, guesses)

    def log_density(self, t: FloatArray) -> FloatArray:
        """Return log p(y, t), (batch,), random effects integrated out."""
        with np.errstate(all="ignore"):
            total = self.parameters.log_prior(t) + self.log_likelihood(t)
        return np.where(np.isnan(total), -np.inf, total)

    def log_likelihood(self, t: FloatArray) -> FloatArray:
        """Return the log likelihood of t, (batch,), random effects integrated out."""
        step = max(1, _BLOCK // max(1, len(self.cells.s)))
        batches = [t[i : i + step] for i in range(0, len(t), step)]
        with ThreadPoolExecutor() as pool:
            parts = list(pool.map(lambda part: self._by_level(part).sum(axis=1), batches))
        values = self.parameters.values(t)
        auxiliary = {name: values.scalars[name][:, None] for name in self.spec.auxiliary}
        return np.concatenate(parts) + self.cells.constant(auxiliary)

    def by_level(self, t: FloatArray) -> FloatArray:
        """Return each level's log likelihood, (batch, n_levels), its effects integrated out."""
        step = max(1, _BLOCK // max(1, len(self.cells.s)))
        parts = [self._by_level(t[i : i + step]) for i in range(0, len(t), step)]
        values = self.parameters.values(t)
        auxiliary = {name: values.scalars[name][:, None] for name in self.spec.auxiliary}
        return np.concatenate(parts) + self.cells.constants(auxiliary)

    def _point(self, t: FloatArray) -> _Point:
        values = self.parameters.values(t)
        b = np.stack([values.scalars[key] for key in self.keys], axis=1) if self.keys else t[:, :0]
        auxiliary = {name: values.scalars[name][:, None] for name in self.spec.auxiliary}
        root = np.moveaxis(values.roots[0], 0, -1)[..., None]
        return _Point(self.cells.offset + b @ self.columns.T, root, auxiliary)

    def _by_level(self, t: FloatArray) -> FloatArray:
        """Return each level's log integral, (batch, n_levels)."""
        with np.errstate(all="ignore"):  # of each thread its own
            return self._integrals(self._point(t))

    def _integrals(self, point: _Point) -> FloatArray:
        peaks = self._peaks(point)
        nodes, weights = self.grid
        q = nodes.shape[1]
        heights = np.empty((len(nodes), *peaks.u.shape[1:]))
        for k, node in enumerate(np.sqrt(2.0) * nodes):
            heights[k] = self._height(point, peaks.u + _product(peaks.spread, node)) + weights[k]
        top = heights.max(axis=0)
        heights -= top
        total = top + np.log(np.exp(heights, out=heights).sum(axis=0)) + peaks.log_spread
        return np.asarray(total - 0.5 * q * np.log(np.pi))

    def _eta(self, point: _Point, u: FloatArray) -> FloatArray:
        b = _product(point.root, u)
        eta = point.fixed
        for k, effects in enumerate(b):
            part = np.take(effects, self.cells.index, axis=1, mode="clip")
            eta = eta + (part if self._constant[k] else self.cells.z[:, k] * part)
        return eta

    @cached_property
    def _constant(self) -> list[bool]:
        return [bool((column == 1).all()) for column in self.cells.z.T]

    def _height(self, point: _Point, u: FloatArray) -> FloatArray:
        """Return the log density of data and u by level, up to (2 pi)^(-q / 2)."""
        each = self.cells.log_likelihood(self._eta(point, u), point.auxiliary)
        return self._sum(each) - 0.5 * (u**2).sum(axis=0)

    def _sum(self, cells: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(cells, self.cells.starts, axis=1))

    def _peaks(self, point: _Point) -> _Peaks:
        """Climb to every level's mode by Fisher scoring, all vectors from the first one's."""
        one = {name: value[:1] for name, value in point.auxiliary.items()}
        first = _Point(point.fixed[:1], point.root[..., :1, :], one)
        u = self._climb(first, np.zeros((self.cells.z.shape[1], 1, self.cells.n_levels)))
        return self._curved(point, self._climb(point, np.repeat(u, len(point.fixed), axis=1)))

    def _climb(self, point: _Point, u: FloatArray) -> FloatArray:
        for _ in range(50):
            gradient, curvature = self._slopes(point, u)
            move = self._bounded(point, _solve(curvature, gradient))
            u = u + move
            # steps shrink quadratically: what is left after one of 1e-4 is 1e-8
            if not np.abs(move).max(initial=0.0) > (1e-4 if self.nodes > 1 else 1e-9):
                break
        return u

    def _bounded(self, point: _Point, move: FloatArray) -> FloatArray:
        """Shorten steps that change a linear predictor so much that the curvature is another."""
        if self.spec.link in ("identity", "inverse", "sqrt"):
            return np.clip(move, -2.0, 2.0)
        change = (np.abs(_product(point.root, move)) * self._reach).sum(axis=0)
        return np.asarray(move * np.minimum(1.0, _FARTHEST / np.maximum(change, 1e-12)))

    @cached_property
    def _reach(self) -> FloatArray:
        """Each level's largest absolute z, (q, 1, n_levels)."""
        return np.maximum.reduceat(np.abs(self.cells.z), self.cells.starts, axis=0).T[:, None]

    def _slopes(self, point: _Point, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return gradient (q, batch, n_levels) and curvature (q, q, batch, n_levels) in u."""
        z, q = self.cells.z, len(u)
        score, information = self.cells.slopes(self._eta(point, u), point.auxiliary)
        gradient = np.stack([self._sum(score * z[:, a]) for a in range(q)])
        inner = np.empty((q, *u.shape))
        for a in range(q):
            for b in range(a + 1):
                inner[a, b] = inner[b, a] = self._sum(information * z[:, a] * z[:, b])
        root = point.root
        rooted = np.stack([(root[:, a, :, :] * gradient).sum(axis=0) for a in range(q)])
        curvature = np.empty_like(inner)
        for a in range(q):
            for b in range(q):
                pairs = [root[c, a] * inner[c, d] * root[d, b] for c in range(q) for d in range(q)]
                curvature[a, b] = sum(pairs) + float(a == b)
        return rooted - u, curvature

    def _curved(self, point: _Point, u: FloatArray) -> _Peaks:
        _, curvature = self._slopes(point, u)
        corner = np.sqrt(curvature[0, 0])
        if len(u) == 1:
            return _Peaks(u, 1 / np.sqrt(curvature), -np.log(corner))
        # the inverse of the Cholesky factor [[corner, 0], [below, last]], transposed
        below = curvature[1, 0] / corner
        last = np.sqrt(curvature[1, 1] - below**2)
        spread = np.zeros_like(curvature)
        spread[0, 0], spread[1, 1] = 1 / corner, 1 / last
        spread[0, 1] = -below / (corner * last)
        return _Peaks(u, spread, -np.log(corner * last))

    def modes(self, t: FloatArray) -> FloatArray:
        """Return each level's conditional mode given one t, (n_levels, q), on the link scale."""
        point = self._point(t[None])
        return np.asarray(_product(point.root, self._peaks(point).u)[:, 0].T)

    def draw(self, t: FloatArray, counts: IntArray, rng: np.random.Generator) -> Drawn:
        """Draw every level's deviations given t, `counts` independent draws for each vector.

        Ten steps of an independence Metropolis sampler from a Student-t around each level's mode,
        whose acceptance is high: the draws are very nearly, not literally, exact.
        """
        repeated = np.repeat(t, counts, axis=0)
        step = max(1, 4 * _BLOCK // max(1, len(self.cells.s)))
        parts = [self._draw(repeated[i : i + step], rng) for i in range(0, len(repeated), step)]
        values = self.parameters.values(repeated)
        b = np.zeros((len(repeated), len(self.keys)))
        for j, key in enumerate(self.keys):
            b[:, j] = values.scalars[key]
        if self.x_means.size:
            b[:, 0] -= b[:, 1:] @ self.x_means[1:]
        r = {self.parameters.factors[0].r_name: np.concatenate(parts)}
        return Drawn(b, r, np.zeros(len(b)))

    def _draw(self, t: FloatArray, rng: np.random.Generator) -> FloatArray:
        with np.errstate(all="ignore"):
            point = self._point(t)
            peaks = self._peaks(point)
            u, ratio = self._propose(point, peaks, rng)
            for _ in range(_METROPOLIS):
                new, new_ratio = self._propose(point, peaks, rng)
                taken = np.log(rng.uniform(size=ratio.shape)) < new_ratio - ratio
                u = np.where(taken, new, u)
                ratio = np.where(taken, new_ratio, ratio)
        return np.ascontiguousarray(_product(point.root, u).transpose(1, 2, 0))

    def _propose(
        self, point: _Point, peaks: _Peaks, rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """Draw u for every level from a Student-t with 5 degrees of freedom, and its log ratio."""
        df, q = 5.0, len(peaks.u)
        z = rng.standard_normal(peaks.u.shape)
        z /= np.sqrt(rng.chisquare(df, peaks.u.shape[1:]) / df)
        log_density = -0.5 * (df + q) * np.log1p((z**2).sum(axis=0) / df)
        u = peaks.u + _product(peaks.spread, z)
        return u, self._height(point, u) - log_density


def _product(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """Multiply small matrices (q, q, ...) and vectors (q, ...): sums of whole arrays are fast."""
    if len(matrix) == 1:
        return np.asarray(matrix[0] * vector)
    return np.stack([row[0] * vector[0] + row[1] * vector[1] for row in matrix])


def _solve(curvature: FloatArray, gradient: FloatArray) -> FloatArray:
    if len(gradient) == 1:
        return np.asarray(gradient / curvature[0])
    (a, b), (_, c) = curvature
    solved = np.stack([c * gradient[0] - b * gradient[1], a * gradient[1] - b * gradient[0]])
    return np.asarray(solved / (a * c - b**2))


def quadrature_target(spec: Spec, nodes: int = NODES) -> QuadratureTarget:
    """Collapse rows and arrange parameters; the model has one factor with one or two effects."""
    entries = fixed_entries(spec)
    fixed = spec.design.mean.fixed
    parameters = build_parameters(spec, entries)
    cells = build_cells(spec, parameters.factors[0])
    columns, means = cells.x, np.zeros(0)
    if fixed.intercept and entries[0].centred:
        means = fixed.values.mean(axis=0)
        means[0] = 0.0
        columns = cells.x - means
    keys = tuple(entry.key for entry in entries)
    if spec.family.name == "gaussian" and spec.link == "identity":
        nodes = 1  # Laplace is exact
    return QuadratureTarget(spec, cells, parameters, columns, means, keys, nodes)

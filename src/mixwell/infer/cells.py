"""Rows of a generalised model in cells: equal predictors within a level are counted together.

For every family but student and gaussian a cell's log likelihood depends on the linear predictor
through two sums only, so that nothing is lost: s (successes, counts, amounts) and m (trials, rows).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mixwell.infer.likelihood import row_scale
from mixwell.specify.layout import FactorEffects
from mixwell.specify.links import LINKS
from mixwell.specify.spec import Spec

__all__ = ["FAMILIES", "Cells", "build_cells"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
FAMILIES = ("bernoulli", "binomial", "poisson", "negativebinomial", "gamma", "student", "gaussian")
_ROW_BY_ROW = ("student", "gaussian")
_TINY = 1e-290


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells sorted by level: predictors `x` (n_cells, p), `z` (n_cells, q), `offset`, sums s, m.

    `index` gives each cell's level and `starts` where each level begins; `row_levels` is each row's
    level, which the terms free of the linear predictor need; `order` sorts rows that stay rows.
    """

    spec: Spec
    x: FloatArray
    z: FloatArray
    offset: FloatArray
    s: FloatArray
    m: FloatArray
    index: IntArray
    starts: IntArray
    n_levels: int
    row_levels: IntArray
    order: IntArray | None

    @property
    def family(self) -> str:
        """The family's name."""
        return self.spec.family.name

    def mean(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the mean at a linear predictor and its derivative."""
        match self.spec.link:
            case "identity":
                return eta, np.ones_like(eta)
            case "log":
                mu = np.exp(eta)
                return mu, mu
            case "inverse":
                return 1 / eta, -1 / eta**2
            case "sqrt":
                return eta**2, 2 * eta
            case "logit":
                mu = special.expit(eta)
                return mu, mu * (1 - mu)
            case "probit":
                return special.ndtr(eta), np.exp(-0.5 * eta**2) / np.sqrt(2 * np.pi)
            case _:
                rate = np.exp(eta)
                return -np.expm1(-rate), rate * np.exp(-rate)

    def log_likelihood(self, eta: FloatArray, auxiliary: dict[str, FloatArray]) -> FloatArray:
        """Return each cell's part that depends on eta, (batch, n_cells); auxiliaries (batch, 1)."""
        link = self.spec.link
        match self.family:
            case "bernoulli" | "binomial":
                if link == "logit":
                    soft = np.maximum(eta, 0.0) + np.log(1.0 + np.exp(-np.abs(eta)))
                    return np.asarray(self.s * eta - self.m * soft)
                if link == "probit":
                    low = special.log_ndtr(-eta)
                    return self.s * special.log_ndtr(eta) + (self.m - self.s) * low
                rate = np.exp(eta)
                high = np.log(np.maximum(-np.expm1(-rate), _TINY))
                return self.s * high - (self.m - self.s) * rate
            case "student" | "gaussian":
                return self._by_row(eta, auxiliary)
        mu = LINKS[link].inverse(eta)
        wrong = mu <= 0
        mu = np.maximum(mu, _TINY)
        log_mu = eta if link == "log" else np.log(mu)
        if self.family == "poisson":
            result = self.s * log_mu - self.m * mu
        elif self.family == "negativebinomial":
            alpha = auxiliary["alpha"]
            result = self.s * log_mu - (self.s + self.m * alpha) * np.log(mu + alpha)
        else:
            alpha = auxiliary["alpha"]
            result = -alpha * (self.m * log_mu + self.s / mu)
        return np.where(wrong, -np.inf, result) if link != "log" else result

    def _scale(self, auxiliary: dict[str, FloatArray]) -> FloatArray:
        """Return each row's scale, in the order of the cells."""
        n = len(self.index)
        scale = row_scale(self.spec.response, auxiliary.get("sigma"), n)
        return scale if self.order is None else scale[..., self.order]

    def _by_row(self, eta: FloatArray, auxiliary: dict[str, FloatArray]) -> FloatArray:
        scale = self._scale(auxiliary)
        residual = (self.s - LINKS[self.spec.link].inverse(eta)) / scale
        if self.family == "gaussian":
            return -0.5 * residual**2 - np.log(scale)
        nu = auxiliary["nu"]
        return -(nu + 1) / 2 * np.log1p(residual**2 / nu) - np.log(scale)

    def slopes(
        self, eta: FloatArray, auxiliary: dict[str, FloatArray]
    ) -> tuple[FloatArray, FloatArray]:
        """Return each cell's score in eta and its Fisher information, (batch, n_cells)."""
        mu, change = self.mean(eta)
        if self.family in _ROW_BY_ROW:
            scale = self._scale(auxiliary)
            away = self.s - mu
            if self.family == "gaussian":
                return away / scale**2 * change, change**2 / scale**2
            nu = auxiliary["nu"]
            weight = (nu + 1) / (nu * scale**2 + away**2)
            return weight * away * change, (nu + 1) / (nu + 3) / scale**2 * change**2
        match self.family:
            case "bernoulli" | "binomial":
                variance = mu * (1 - mu)
            case "poisson":
                variance = mu
            case "negativebinomial":
                variance = mu + mu**2 / auxiliary["alpha"]
            case _:
                variance = mu**2 / auxiliary["alpha"]
        ratio = change / np.maximum(variance, _TINY)
        return (self.s - self.m * mu) * ratio, self.m * change * ratio

    def constant(self, auxiliary: dict[str, FloatArray]) -> FloatArray:
        """Return the log likelihood's part that is free of the linear predictor, (batch,)."""
        return self.constants(auxiliary).sum(axis=1)

    def constants(self, auxiliary: dict[str, FloatArray]) -> FloatArray:
        """Return the same part level by level, (batch, n_levels)."""
        response, level = self.spec.response, self.row_levels
        y = response.values
        w = np.ones(len(y)) if response.weights is None else response.weights

        def by_level(rows: FloatArray) -> FloatArray:
            return np.bincount(level, rows, self.n_levels)[None]

        match self.family:
            case "bernoulli" | "binomial":
                n = np.ones(len(y)) if response.trials is None else response.trials
                ways = special.gammaln(n + 1) - special.gammaln(y + 1) - special.gammaln(n - y + 1)
                return by_level(w * ways)
            case "poisson":
                return by_level(-w * special.gammaln(y + 1))
            case "gaussian":
                return by_level(np.full(len(y), -0.5 * np.log(2 * np.pi)))
            case "student":
                nu = auxiliary["nu"]
                each = special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2)
                return np.asarray((each - 0.5 * np.log(nu * np.pi)) * by_level(np.ones(len(y))))
        alpha = auxiliary["alpha"]
        if self.family == "gamma":
            each = alpha * np.log(alpha) - special.gammaln(alpha)
            return np.asarray(each * by_level(w) + (alpha - 1) * by_level(w * np.log(y)))
        return self._rising(y, w, alpha)

    def _rising(self, y: FloatArray, w: FloatArray, alpha: FloatArray) -> FloatArray:
        """Return the negative binomial's gamma functions, each distinct count computed once."""
        values, where = np.unique(y, return_inverse=True)
        counts = np.zeros((len(values), self.n_levels))
        np.add.at(counts, (where, self.row_levels), w)
        each = special.gammaln(values + alpha) - special.gammaln(alpha)
        each += alpha * np.log(alpha) - special.gammaln(values + 1)
        return np.asarray(each @ counts)


def build_cells(spec: Spec, found: FactorEffects) -> Cells:
    """Collapse a specification's rows into cells within the levels of its grouping factor."""
    response, design = spec.response, spec.design
    n = design.n
    offset = np.zeros(n) if design.offset is None else design.offset
    x = design.mean.fixed.values
    w = np.ones(n) if response.weights is None else response.weights
    trials = np.ones(n) if response.trials is None else response.trials
    family = spec.family.name
    if family in _ROW_BY_ROW:
        order = np.argsort(found.index, kind="stable")
        parts = (x[order], found.values[order], offset[order], response.values[order], w[order])
        return _sorted(spec, found, parts, found.index[order], order)
    keys = np.column_stack([found.index, x, found.values, offset])
    _, first, cell = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    s = np.bincount(cell.ravel(), w * response.values)
    m = np.bincount(cell.ravel(), w * trials)
    parts = (x[first], found.values[first], offset[first], s, m)
    return _sorted(spec, found, parts, found.index[first], None)


def _sorted(
    spec: Spec,
    found: FactorEffects,
    parts: tuple[FloatArray, ...],
    index: IntArray,
    order: IntArray | None,
) -> Cells:
    n_levels = len(found.levels)
    starts = np.searchsorted(index, np.arange(n_levels))
    x, z, offset, s, m = parts
    return Cells(spec, x, z, offset, s, m, index, starts, n_levels, found.index, order)

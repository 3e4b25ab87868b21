"""Rows of a generalized model in cells: equal predictors within a level are counted together.

For every family but student and gaussian a cell's log likelihood depends on the linear predictor
through two sums only, so that nothing is lost: s (successes, counts, amounts) and m (trials, rows).
Levels whose cells are alike form one *class* and are integrated once. With a canonical link their
responses need agree in the sums of s z only: what else differs is linear in the coefficients.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse, special

from mixwell.families.links import LINKS
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.specify.layout import FactorEffects
from mixwell.specify.spec import Spec

__all__ = ["FAMILIES", "Auxiliary", "Cells", "build_cells"]

#: The family's own parameters: (batch,), or one number for each cell that is looked at.
type Auxiliary = dict[str, FloatArray]
FAMILIES = ("bernoulli", "binomial", "poisson", "negativebinomial", "gamma", "student", "gaussian")
_ROW_BY_ROW = ("student", "gaussian")
_CANONICAL = {("bernoulli", "logit"), ("binomial", "logit"), ("poisson", "log")}
_TINY = 1e-290
#: Where exp(eta) is still a number.
_HIGHEST = 700.0
#: From here on, beside the count, alpha makes a negative binomial all but a poisson.
_POISSON = 1e6


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells sorted by class: predictors `x` (n_cells, p), `z` (n_cells, q), `offset`, sums s, m.

    `index` gives each cell's class, `level_class` each level's. A level's s times [x, offset] less
    that of its class's cells is `away` (n_levels, p + 1). `row_levels` is each row's level, which
    the terms free of the linear predictor need; `known` are standard errors of rows that stay rows.
    """

    spec: Spec
    x: FloatArray
    z: FloatArray
    offset: FloatArray
    s: FloatArray
    m: FloatArray
    index: IntArray
    level_class: IntArray
    away: FloatArray
    row_levels: IntArray
    known: FloatArray | None = None

    @property
    def family(self) -> str:
        """The family's name."""
        return self.spec.family.name

    @property
    def n_levels(self) -> int:
        """The number of levels."""
        return len(self.level_class)

    @cached_property
    def counts(self) -> IntArray:
        """The number of levels in each class."""
        return np.bincount(self.level_class)

    @cached_property
    def starts(self) -> IntArray:
        """Where each class's cells begin, and the number of cells."""
        return np.searchsorted(self.index, np.arange(len(self.counts) + 1))

    @cached_property
    def sums(self) -> sparse.csr_array:
        """The matrix that adds up cells by class, (n_classes, n_cells)."""
        return self.weighted_sums(np.ones(len(self.s)))

    def weighted_sums(self, weights: FloatArray) -> sparse.csr_array:
        """Return the matrix that adds up weighted cells by class."""
        shape = (len(self.counts), len(self.s))
        return sparse.csr_array((weights, np.arange(len(self.s)), self.starts), shape=shape)

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

    def log_likelihood(
        self, eta: FloatArray, auxiliary: Auxiliary, which: IntArray | None = None
    ) -> FloatArray:
        """Return each cell's part that depends on eta, (n_cells, batch).

        With `which` eta is (n,), of those cells, and so are the auxiliaries.
        """
        s, m = self._of(self.s, which), self._of(self.m, which)
        link = self.spec.link
        match self.family:
            case "bernoulli" | "binomial":
                if link == "logit":
                    held = np.clip(eta, -_HIGHEST, _HIGHEST)
                    soft = np.exp(held)
                    soft += 1.0
                    np.log(soft, out=soft)
                    soft *= m
                    held *= s
                    held -= soft
                    return held
                if link == "probit":
                    low = special.log_ndtr(-eta)
                    return np.asarray(s * special.log_ndtr(eta) + (m - s) * low)
                rate = np.exp(eta)
                high = np.log(np.maximum(-np.expm1(-rate), _TINY))
                return np.asarray(s * high - (m - s) * rate)
            case "student" | "gaussian":
                return self._by_row(eta, auxiliary, which)
        mu = LINKS[link].inverse(eta)
        wrong = mu <= 0
        mu = np.maximum(mu, _TINY)
        log_mu = eta if link == "log" else np.log(mu)
        if self.family == "poisson":
            result = s * log_mu - m * mu
        elif self.family == "negativebinomial":
            alpha = auxiliary["alpha"]
            result = s * log_mu - (s + m * alpha) * np.log1p(mu / alpha)
        else:
            alpha = auxiliary["alpha"]
            result = -alpha * (m * log_mu + s / mu)
        return np.where(wrong, -np.inf, result) if link != "log" else np.asarray(result)

    @staticmethod
    def _of(sums: FloatArray, which: IntArray | None) -> FloatArray:
        return np.asarray(sums[:, None] if which is None else sums[which])

    def _scale(self, auxiliary: Auxiliary, which: IntArray | None = None) -> FloatArray:
        """Return rows' standard deviations; m holds their weights."""
        weights = self._of(self.m, which)
        if self.known is None:
            return np.asarray(auxiliary["sigma"] / np.sqrt(weights))
        variance = self._of(self.known, which) ** 2
        if self.spec.response.se_sigma and "sigma" in auxiliary:
            variance = variance + auxiliary["sigma"] ** 2
        return np.asarray(np.sqrt(variance / weights))

    def _by_row(self, eta: FloatArray, auxiliary: Auxiliary, which: IntArray | None) -> FloatArray:
        scale = self._scale(auxiliary, which)
        mu = LINKS[self.spec.link].inverse(eta)
        residual = (self._of(self.s, which) - mu) / scale
        if self.family == "gaussian":
            return np.asarray(-0.5 * residual**2 - np.log(scale))
        nu = auxiliary["nu"]
        return np.asarray(-(nu + 1) / 2 * np.log1p(residual**2 / nu) - np.log(scale))

    def slopes(self, eta: FloatArray, auxiliary: Auxiliary) -> tuple[FloatArray, FloatArray]:
        """Return each cell's score in eta and its Fisher information, (n_cells, batch)."""
        mu, change = self.mean(eta)
        s, m = self.s[:, None], self.m[:, None]
        if (self.family, self.spec.link) in _CANONICAL:
            return s - m * mu, m * change
        if self.family in _ROW_BY_ROW:
            scale = self._scale(auxiliary)
            away = s - mu
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
        return (s - m * mu) * ratio, m * change * ratio

    def constant(self, auxiliary: Auxiliary) -> FloatArray:
        """Return the log likelihood's part that is free of the linear predictor, (batch,)."""
        return self.constants(auxiliary).sum(axis=1)

    def constants(self, auxiliary: Auxiliary) -> FloatArray:
        """Return the same part level by level, (batch, n_levels) or (1, n_levels)."""
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
                nu = auxiliary["nu"][:, None]
                each = special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2)
                return np.asarray((each - 0.5 * np.log(nu * np.pi)) * by_level(np.ones(len(y))))
        alpha = auxiliary["alpha"][:, None]
        if self.family == "gamma":
            each = alpha * np.log(alpha) - special.gammaln(alpha)
            return np.asarray(each * by_level(w) + (alpha - 1) * by_level(w * np.log(y)))
        return self._rising(y, w, alpha)

    def _rising(self, y: FloatArray, w: FloatArray, alpha: FloatArray) -> FloatArray:
        """Return the negative binomial's gamma functions, each distinct count computed once."""
        values, counts = self._distinct_counts
        each = special.gammaln(values + alpha) - special.gammaln(alpha) - values * np.log(alpha)
        # the sum of log(1 + k / alpha) for k below the count, where differences have no digits left
        short = values * (values - 1) / (2 * alpha) * (1 - (2 * values - 1) / (6 * alpha))
        each = np.where(alpha > _POISSON * np.maximum(values, 1), short, each)
        return np.asarray((each - special.gammaln(values + 1)) @ counts)

    @cached_property
    def _distinct_counts(self) -> tuple[FloatArray, FloatArray]:
        """Return the response's distinct values and their weights by level."""
        response = self.spec.response
        w = np.ones(len(response.values)) if response.weights is None else response.weights
        values, where = np.unique(response.values, return_inverse=True)
        counts = np.zeros((len(values), self.n_levels))
        np.add.at(counts, (where, self.row_levels), w)
        return values, counts


def build_cells(spec: Spec, found: FactorEffects | None) -> Cells:
    """Collapse a specification's rows into cells within the levels of its grouping factor.

    Without a factor all rows are of one level.
    """
    response, design = spec.response, spec.design
    n, family = design.n, spec.family.name
    level = np.zeros(n, dtype=np.int64) if found is None else found.index
    z = np.zeros((n, 0)) if found is None else found.values
    offset = np.zeros(n) if design.offset is None else design.offset
    x, y = design.mean.fixed.values, response.values
    w = np.ones(n) if response.weights is None else response.weights
    n_levels = 1 if found is None else len(found.levels)
    if family in _ROW_BY_ROW:
        order = np.argsort(level, kind="stable")
        known = None if response.se is None else response.se[order]
        return Cells(
            spec,
            x[order],
            z[order],
            offset[order],
            y[order],
            w[order],
            index=level[order],
            level_class=np.arange(n_levels),
            away=np.zeros((n_levels, x.shape[1] + 1)),
            row_levels=level,
            known=known,
        )
    trials = np.ones(n) if response.trials is None else response.trials
    _, first, cell = np.unique(
        np.column_stack([level, x, z, offset]), axis=0, return_index=True, return_inverse=True
    )
    s = np.bincount(cell.ravel(), w * y)
    m = np.bincount(cell.ravel(), w * trials)
    parts = (x[first], z[first], offset[first], s, m)
    return _in_classes(spec, parts, level[first], n_levels, level)


def _in_classes(
    spec: Spec,
    parts: tuple[FloatArray, ...],
    level: IntArray,
    n_levels: int,
    row_levels: IntArray,
) -> Cells:
    """Keep the cells of one level of each class; cells come sorted by level, then predictors."""
    x, z, offset, s, m = parts
    canonical = (spec.family.name, spec.link) in _CANONICAL
    alike = np.column_stack([x, z, offset, m] if canonical else [x, z, offset, m, s])
    _, kind = np.unique(alike, axis=0, return_inverse=True)
    kind = kind.ravel()
    ends = np.searchsorted(level, np.arange(n_levels + 1))
    scores = np.add.reduceat(z * s[:, None], ends[:-1], axis=0)
    classes: dict[bytes, int] = {}
    level_class = np.empty(n_levels, dtype=np.int64)
    first: list[int] = []
    for j in range(n_levels):
        key = kind[ends[j] : ends[j + 1]].tobytes()
        if canonical:
            key += scores[j].tobytes()
        if key not in classes:
            classes[key] = len(first)
            first.append(j)
        level_class[j] = classes[key]
    linear = np.column_stack([x, offset]) * s[:, None]
    own = np.add.reduceat(linear, ends[:-1], axis=0)
    representatives = np.array(first)
    kept = np.isin(level, representatives)
    return Cells(
        spec,
        x[kept],
        z[kept],
        offset[kept],
        s[kept],
        m[kept],
        index=level_class[level[kept]],
        level_class=level_class,
        away=own - own[representatives[level_class]],
        row_levels=row_levels,
    )

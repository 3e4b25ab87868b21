"""Levels' deviations that are kept as what they are drawn from, not as draws.

Given the parameters, the coefficients and the other factors' deviations, those of one factor's
levels are independent and normal. Their draws are made again wherever they are read, by a random
number for each draw, level and effect: the same bits, whichever are asked for. Their means, sds and
quantiles need no draws: they are those of a mixture of normals, one for each draw of the rest, and
have no Monte Carlo error of the levels' own (Gelfand and Smith 1990).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.level_covariances import level_covariances, pairs_of

__all__ = ["LevelSummaries", "RedrawnLevels"]

#: Draws of the rest that are looked at first; where they say too little of a level, more are.
_FIRST, _MORE = 16, 4
#: A mean over draws of the rest is exact enough when its error is this part of that of raw draws.
_ERROR = 0.5
#: Levels whose moments are held at once, times draws.
_AT_ONCE = 200_000


@dataclass(frozen=True, eq=False)
class LevelSummaries:
    """Means, sds and quantiles of some levels: (level, column), quantiles (p, level, column)."""

    mean: FloatArray
    sd: FloatArray
    quantiles: FloatArray


@dataclass(frozen=True, eq=False)
class RedrawnLevels:
    """What n draws of a factor's deviations are made from.

    `gram` (n_levels, pairs) is each level's Z'Z by pairs of effects. `values` and `places` are what
    is not 0 in the rows of Z'R, level by level and effect by effect, between `pointers` (n_levels *
    q + 1,); `effects` (M, n) is what R is multiplied by in each draw, -1 for the response. `root`
    (n, q, q) is the covariance's, lower triangular, `variance` (n,) the residual's. All are in
    units in which an effect of 1 is `unit` (q,) of the user's. `entropy` is the random numbers'.
    """

    gram: FloatArray
    pointers: IntArray
    places: np.ndarray[Any, np.dtype[np.int32]]
    values: FloatArray
    effects: FloatArray
    root: FloatArray
    variance: FloatArray
    unit: FloatArray
    entropy: int = 0

    @property
    def shape(self) -> tuple[int, int, int]:
        """The number of draws, of levels and of effects."""
        return len(self.variance), len(self.gram), len(self.unit)

    @cached_property
    def _root_pairs(self) -> FloatArray:
        pairs = [self.root[:, a, b] for a, b in pairs_of(len(self.unit))]
        return np.ascontiguousarray(np.stack(pairs))

    def taken(self, rows: IntArray) -> "RedrawnLevels":
        """Return the same for some of the draws, in another order, with random numbers anew."""
        return replace(
            self,
            effects=np.ascontiguousarray(self.effects[:, rows]),
            root=self.root[rows],
            variance=self.variance[rows],
        )

    def seeded(self, entropy: int) -> "RedrawnLevels":
        """Return the draws by random numbers of this entropy."""
        return replace(self, entropy=entropy)

    def __call__(self, levels: slice, block: int = 0) -> FloatArray:
        """Return all draws of some levels, (n, n_some, q); the `block` that they are plays no part.

        >>> import numpy as np
        >>> one = np.ones((2, 1))
        >>> some = RedrawnLevels(
        ...     one, np.arange(3), np.zeros(2, np.int32), np.ones(2), -np.ones((1, 4)),
        ...     np.ones((4, 1, 1)), np.ones(4), np.ones(1))
        >>> whole = some(slice(0, 2))
        >>> whole.shape, bool((some(slice(1, 2)) == whole[:, 1:]).all())
        ((4, 2, 1), True)
        """
        return self.draws(np.arange(levels.start, levels.stop), np.arange(len(self.variance)))

    def draws(self, levels: IntArray, draws: IntArray) -> FloatArray:
        """Return some draws of some levels, (n_draws, n_levels, q)."""
        from mixwell.numeric.loops.level_normals import level_draws_by  # Numba: where it runs

        found = np.empty((len(levels), len(self.unit), len(draws)))
        effects, root, variance = self._of(draws)
        sums = (self.gram, self.pointers, self.places, self.values)
        level_draws_by(levels, draws, *sums, effects, root, variance, self.entropy, found)
        found *= self.unit[:, None]
        return found.transpose(2, 0, 1)

    def _of(self, draws: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return effects, roots by pairs and variances in some draws, draw after draw in memory."""
        if len(draws) == len(self.variance) and (np.diff(draws) == 1).all():
            return self.effects, self._root_pairs, self.variance
        effects = np.ascontiguousarray(self.effects[:, draws])
        return effects, np.ascontiguousarray(self._root_pairs[:, draws]), self.variance[draws]

    def summaries(
        self,
        levels: IntArray,
        draws: IntArray,
        probabilities: Sequence[float] = (),
        weights: FloatArray | None = None,
        added: FloatArray | None = None,
    ) -> LevelSummaries:
        """Summarize some levels over some draws of everything else.

        Each column is a sum of the effects by `weights` (q, column), plus `added` (draw, column),
        one for each of `draws`; without any the columns are the effects. As many of the draws are
        used as make errors half as large as those of raw draws, evenly spaced.
        """
        weights = np.eye(len(self.unit)) if weights is None else weights
        if added is None:
            added = np.zeros((len(draws), weights.shape[1]))
        found = np.empty((len(levels), weights.shape[1], 3 + len(probabilities)))
        alike = ~weights.any(axis=0)
        found[:, alike, 0] = added[:, alike].mean(axis=0)
        found[:, alike, 1] = added[:, alike].std(axis=0)
        found[:, alike, 3:] = np.quantile(added[:, alike], probabilities, axis=0).T
        if not alike.all():
            parts = self.unit[:, None] * weights[:, ~alike], added[:, ~alike]
            found[:, ~alike] = self._of_levels(levels, draws, probabilities, *parts)
        return LevelSummaries(found[..., 0], found[..., 1], np.moveaxis(found[..., 3:], -1, 0))

    def _of_levels(
        self,
        levels: IntArray,
        draws: IntArray,
        probabilities: Sequence[float],
        weights: FloatArray,
        added: FloatArray,
    ) -> FloatArray:
        """Return what `mixture_summaries` says of columns that differ between levels."""
        found = np.empty((len(levels), weights.shape[1], 3 + len(probabilities)))
        waiting, most = np.arange(len(levels)), len(draws)
        size: int = min(_FIRST, most)
        while len(waiting):
            some = ((np.arange(size) + 0.5) * (most / size)).astype(np.int64)
            for part in self._parts(waiting, size):
                given = levels[part], draws[some], weights, added[some]
                found[part] = self._summaries(*given, np.array(probabilities, np.float64))
            enough = most * found[waiting, :, 2].max(axis=1) / _ERROR**2
            waiting = waiting[enough > size] if size < most else waiting[:0]
            size = min(size * _MORE, most)
        return found

    @staticmethod
    def _parts(places: IntArray, size: int) -> list[IntArray]:
        step = max(1, _AT_ONCE // size)
        return [places[i : i + step] for i in range(0, len(places), step)]

    def _summaries(
        self,
        levels: IntArray,
        draws: IntArray,
        weights: FloatArray,
        added: FloatArray,
        probabilities: FloatArray,
    ) -> FloatArray:
        from mixwell.numeric.loops.normal_mixtures import mixture_summaries

        means, covariances = self.moments(levels, draws)
        columns = weights.shape[1]
        mixed = np.empty((len(levels), columns, len(draws)))
        spread = np.zeros((len(levels), columns, len(draws)))
        for column, w in enumerate(weights.T):
            mixed[:, column] = added[:, column]
            for effect in np.flatnonzero(w):
                mixed[:, column] += w[effect] * means[:, effect]
            for k, (a, b) in enumerate(pairs_of(len(w))):
                factor = w[a] * w[b] * (1.0 if a == b else 2.0)
                if factor:
                    spread[:, column] += factor * covariances[:, k]
        found = np.empty((len(levels) * columns, 3 + len(probabilities)))
        flat = (len(found), len(draws))
        mixture_summaries(mixed.reshape(flat), spread.reshape(flat), probabilities, found)
        return found.reshape(len(levels), columns, -1)

    def moments(self, levels: IntArray, draws: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return some levels' means given all else, (level, q, draw), and K by pairs, in units."""
        from mixwell.numeric.loops.level_normals import level_moments

        means = np.empty((len(levels), len(self.unit), len(draws)))
        covariances = np.empty((len(levels), self.gram.shape[1], len(draws)))
        sums = (self.gram, self.pointers, self.places, self.values)
        level_moments(levels, *sums, *self._of(draws), means, covariances)
        return means, covariances

    def mean_of_levels(self) -> list[float]:
        """Return the mean over levels and draws of each effect, from some of the draws.

        Small enough for array functions: whatever prints asks for it.
        """
        n, n_levels, q = self.shape
        some = np.unique(np.linspace(0, n - 1, _FIRST).round().astype(np.int64))
        total = np.zeros(q)
        step = max(1, _AT_ONCE // len(some))
        for start in range(0, n_levels, step):
            own = slice(start, min(start + step, n_levels))
            gram = np.empty((own.stop - own.start, q, q))
            for k, (a, b) in enumerate(pairs_of(q)):
                gram[:, a, b] = gram[:, b, a] = self.gram[own, k]
            root, variance = self.root[some], self.variance[some]
            k_pairs, _ = level_covariances(gram, root, variance)
            score = self._scores(own, some)
            for k, (a, b) in enumerate(pairs_of(q)):
                total[a] += (k_pairs[k] * score[:, :, b].T).sum()
                if a != b:
                    total[b] += (k_pairs[k] * score[:, :, a].T).sum()
        return [float(mean) for mean in total * self.unit / (len(some) * n_levels)]

    def _scores(self, own: slice, some: IntArray) -> FloatArray:
        """Return (Z'y - Z'R c) / sigma^2 of levels that follow each other, (level, draw, q)."""
        from scipy import sparse

        q = len(self.unit)
        ends = self.pointers[own.start * q : own.stop * q + 1]
        inside = slice(int(ends[0]), int(ends[-1]))
        parts = self.values[inside], self.places[inside], ends - ends[0]
        rows = sparse.csr_array(parts, shape=(len(ends) - 1, len(self.effects)))
        known = rows @ self.effects[:, some]
        score = -known.reshape(-1, q, len(some)) / self.variance[some]
        return np.asarray(score.swapaxes(1, 2))

    def kept(self) -> dict[str, Any]:
        """Return what it is made of, by name: what is written to files."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

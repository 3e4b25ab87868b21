"""Ratings split at each threshold, and each effect at a split alone: one step from the model's.

The model says how probable a row is to lie above a threshold, and how that changes with its linear
predictor; one step of Newton's from there gives what a column's effect is at this split. A common
change of an effect moves all splits alike, so that their differences hardly depend on the draw.
Source: Brant 1990.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.row_predictors import rows_of_model
from mixwell.specify.spec import Spec

__all__ = ["Splits", "differing", "is_rated", "splits_of", "terms_of"]

#: No split is more certain than this: a row beyond it says nothing.
_CERTAIN = 1e-12


@dataclass(frozen=True, eq=False)
class Splits:
    """How probable rows are to lie above each threshold in one draw, and one step from there.

    `columns` are those of the fixed effects `(row, effect)` with a constant in front, `above` the
    probabilities `(row, threshold)`, `rise` their derivatives by the linear predictor.
    """

    columns: FloatArray
    above: FloatArray
    rise: FloatArray
    weights: FloatArray

    @cached_property
    def pull(self) -> FloatArray:
        """What a row above a threshold adds to the slope of its split, (row, threshold)."""
        return np.asarray(self.rise / (self.above * (1.0 - self.above)))

    @cached_property
    def inverses(self) -> FloatArray:
        """The inverse of each split's information, (threshold, effect, effect)."""
        heavy = (self.weights[:, None] * self.pull * self.rise).T
        return np.asarray([np.linalg.pinv((self.columns.T * w) @ self.columns) for w in heavy])

    def step(self, codes: FloatArray) -> FloatArray:
        """Return how far each effect is from the model's at each split, (threshold, effect)."""
        over = codes[:, None] > np.arange(self.above.shape[1])
        slopes = self.columns.T @ (self.weights[:, None] * self.pull * (over - self.above))
        return np.asarray(np.einsum("tij,jt->ti", self.inverses, slopes))

    @cached_property
    def covariance(self) -> FloatArray:
        """The covariance of steps, (threshold, effect, threshold, effect): splits share rows."""
        count, width = len(self.inverses), self.columns.shape[1]
        found = np.empty((count, width, count, width))
        for k in range(count):
            for j in range(k, count):
                both = self.above[:, j] * (1.0 - self.above[:, k])
                heavy = self.weights * self.pull[:, k] * self.pull[:, j] * both
                middle = (self.columns.T * heavy) @ self.columns
                found[k, :, j] = self.inverses[k] @ middle @ self.inverses[j]
                found[j, :, k] = found[k, :, j].T
        return found

    def distances(self, steps: FloatArray, effects: Sequence[int]) -> FloatArray:
        """Return how far some effects are from the same at all splits: chi-squared where they are.

        `steps` are `(..., threshold, effect)`.
        """
        places = list(effects)
        between = np.diff(steps[..., places], axis=-2)
        shape = (between.shape[-2] * len(places),) * 2
        own = self.covariance[:, places][..., places]
        spread = np.diff(np.diff(own, axis=0), axis=2).reshape(shape)
        flat = between.reshape(*between.shape[:-2], -1)
        return np.asarray(np.einsum("...i,ij,...j->...", flat, np.linalg.pinv(spread), flat))

    def replicated(self, rng: np.random.Generator) -> FloatArray:
        """Return ratings of all rows as the model draws them."""
        return np.asarray((rng.random((len(self.above), 1)) < self.above).sum(axis=1), dtype=float)


def splits_of(posterior: Posterior, draws: int) -> "list[tuple[Splits, FloatArray]]":
    """Return the splits of some draws, evenly spaced, with the coefficients of each draw."""
    kept = posterior.thinned(draws)
    spec, rows = kept.spec, rows_of_model(kept)
    fixed, response = spec.design.mean.fixed.values, spec.response
    columns = np.column_stack([np.ones(len(fixed)), fixed])
    weights = np.ones(len(fixed)) if response.weights is None else response.weights
    coefficients, found = kept.coefficients(), []
    for s in range(kept.samples):
        given = rows.draws(slice(s, s + 1))
        above, rise = _above(spec, given)
        found.append((Splits(columns, above, rise, weights), coefficients[:, s]))
    return found


def _above(spec: Spec, given: dict[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return the probabilities above each threshold, and their slopes: sums over categories."""
    family, count = spec.family, len(spec.response.levels or ())
    chances, slopes = [], []
    for k in range(count):
        at = family.arguments(y=float(k), **given)
        chance = np.exp(at.call(family.density.log))[0]
        chances.append(chance)
        slopes.append(chance * at.call(family.density.gradient)[0][0])
    above = np.cumsum(chances[:0:-1], axis=0)[::-1].T
    rise = np.cumsum(slopes[:0:-1], axis=0)[::-1].T
    return np.clip(above, _CERTAIN, 1.0 - _CERTAIN), np.maximum(rise, _CERTAIN)


def terms_of(spec: Spec) -> dict[str, list[int]]:
    """Return the places of each term's columns, behind the constant."""
    fixed = spec.design.mean.fixed
    found: dict[str, list[int]] = {}
    for place, (term, _) in enumerate(fixed.columns, 1):
        found.setdefault(fixed.plan.all_terms[term].name, []).append(place)
    return found


def is_rated(spec: Spec) -> bool:
    """Whether responses are ratings with two thresholds at least, and effects to compare."""
    levels = spec.response.levels or ()
    return spec.response.kind == "ordered" and len(levels) > 2 and bool(terms_of(spec))


def differing(posterior: Posterior, draws: int) -> dict[str, float]:
    """Return the p-value of each term by the distances' distribution, without replicates."""
    terms = terms_of(posterior.spec)
    codes, chances = posterior.spec.response.values, {name: list[float]() for name in terms}
    for splits, _ in splits_of(posterior, draws):
        step = splits.step(codes)
        for name, places in terms.items():
            freedom = (len(step) - 1) * len(places)
            chances[name].append(float(special.chdtrc(freedom, splits.distances(step, places))))
    return {name: float(np.mean(own)) for name, own in chances.items()}

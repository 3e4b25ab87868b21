"""The coordinates of random effects as a value: how centered each is, and the map that whitens."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mixwell.numeric.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LOW_RANK_AT_MOST", "EffectChoice", "Geometry", "Step", "Whitening"]

#: Up to so many coordinates a low-rank mass matrix pays (measured: benchmarks/geometry.py).
LOW_RANK_AT_MOST = 100


@dataclass(frozen=True, eq=False)
class Step:
    """One unit's coordinates, or all coefficients (`unit` is None), given what comes behind them.

    They are center + own z - pull (r - effects) with r the effects behind them in `Whitening`;
    `own` is (n, n), or (n_levels, q, q) for the first factor, `pull` (n, n_behind).
    """

    unit: str | None
    own: FloatArray
    pull: FloatArray

    @property
    def size(self) -> int:
        """The number of coordinates."""
        return len(self.pull)

    @property
    def log_determinant(self) -> float:
        """The logarithm of |det own|."""
        return float(np.linalg.slogdet(self.own)[1].sum())


@dataclass(frozen=True, eq=False)
class Whitening:
    """A map from z to the vector x of `size` coordinates in steps, to be taken from the last on.

    The first step is the factor with most effects, level by level; then come the coefficients and
    the other units. What a step is pulled by are the coefficients and deviations r (not the
    coordinates) behind it, less `effects`, those of the mode: what the data say of a sum of effects
    holds whatever the standard deviations are. `index` says for each of `Places` where it stands in
    x, -1 where it is not among them. `condition` is the condition number of the correlations that
    are removed, 1 without any: with a diagonal mass matrix the sampler's paths grow with its root.
    """

    center: FloatArray
    effects: FloatArray
    steps: tuple[Step, ...]
    index: IntArray
    condition: float

    @property
    def size(self) -> int:
        """The number of coordinates."""
        return len(self.center)

    @cached_property
    def arrays(self) -> dict[str, FloatArray]:
        """The map's arrays by their names in a PyMC model.

        The center and the effects at the mode, then of every step its own matrix, the inverse
        (because solving takes seconds to compile) and the pull.
        """
        arrays = {"whitening_center": self.center, "whitening_effects": self.effects}
        for k, step in enumerate(self.steps):
            arrays[f"whitening_own_{k}"] = step.own
            arrays[f"whitening_inverse_{k}"] = np.linalg.inv(step.own)
            arrays[f"whitening_pull_{k}"] = step.pull
        return arrays

    @property
    def log_determinant(self) -> float:
        """The logarithm of |det dx / dz|, the same everywhere."""
        return sum(step.log_determinant for step in self.steps)


@dataclass(frozen=True, eq=False)
class EffectChoice:
    """One effect of one factor: a ratio of information and a choice for each level.

    `ratio` (n_levels,) is a level's information over its prior's, nan where it was not asked for;
    `cautious` the same where the standard deviation's uncertainty counts against it; `weights` are
    1 for centered levels and 0 for others.
    """

    factor: str
    effect: str
    levels: tuple[str, ...]
    rows: NDArray[np.int64]
    ratio: FloatArray
    cautious: FloatArray
    weights: FloatArray
    reason: str


@dataclass(frozen=True, eq=False)
class Geometry:
    """The coordinates of every grouping factor's random effects.

    `weights` holds for each covariance unit how centered each effect of each level is, shape
    (n_levels, size): 0 non-centered, 1 centered. All choices describe the same posterior
    (METHODS.md, section 3). `choices` say how they were chosen, `by_rule` whether all were left
    to the rule. With `whitening` these coordinates and the coefficients are sampled through a
    linear map.
    """

    name: str
    weights: Mapping[str, FloatArray]
    choices: tuple[EffectChoice, ...] = ()
    by_rule: bool = False
    whitening: Whitening | None = None

    def __repr__(self) -> str:
        """Say what each factor has."""
        return f"Geometry({self.text})"

    @property
    def text(self) -> str:
        """What each factor's effects have, on one line."""
        found: dict[str, dict[str, str]] = {}
        for choice in self.choices:
            found.setdefault(choice.factor, {})[choice.effect] = _kind(choice.weights)
        parts = []
        for factor, kinds in found.items():
            same = set(kinds.values())
            own = same.pop() if len(same) == 1 else ", ".join(f"{e} {k}" for e, k in kinds.items())
            parts.append(f"{factor}: {own}")
        if self.whitening is not None:
            parts.append("whitened")
        return "; ".join(parts)

    @cached_property
    def frame(self) -> "pd.DataFrame":
        """One row a factor, effect and level: rows, information ratio, choice, reason."""
        import pandas as pd

        columns = ["factor", "effect", "level", "rows", "ratio", "choice", "reason"]
        ending = "" if self.whitening is None else ", whitened"
        parts = []
        for own in self.choices:
            chosen = np.where(own.weights > 0, "centered", "noncentered")
            reasons = [reason + ending for reason in _reasons(own)]
            held = (own.factor, own.effect, list(own.levels), own.rows, own.ratio, chosen, reasons)
            parts.append(pd.DataFrame(dict(zip(columns, held, strict=True))))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _reasons(choice: EffectChoice) -> list[str]:
    if np.isnan(choice.ratio).all():
        return [choice.reason] * len(choice.levels)
    data, prior = "the data say more than the prior", "the prior says more than the data"
    few = "the data say more, but the standard deviation is hardly known"
    return [
        data if weight > 0 else few if ratio > 1 else prior
        for weight, ratio in zip(choice.weights, choice.ratio, strict=True)
    ]


def _kind(weights: FloatArray) -> str:
    if not weights.any():
        return "noncentered"
    if (weights == 1).all():
        return "centered"
    return f"mixed ({int(weights.sum())} of {weights.size} levels centered)"

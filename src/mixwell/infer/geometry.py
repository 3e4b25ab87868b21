"""Which coordinates NUTS sees of the random effects: centred, non-centred, or one by level."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixwell.errors import DataError, SamplingError, did_you_mean
from mixwell.specify.layout import Layout

__all__ = ["PARAMETERIZATIONS", "Geometry", "resolve_geometry"]

FloatArray = NDArray[np.float64]
PARAMETERIZATIONS = ("auto", "centered", "noncentered", "mixed", "whitened")
_SPELLINGS = {
    "centred": "centered",
    "noncentred": "noncentered",
    "non-centered": "noncentered",
    "non-centred": "noncentered",
}


@dataclass(frozen=True, eq=False)
class Geometry:
    """The coordinates of every grouping factor's random effects.

    `weights` holds for each factor how centred each level is, shape (n_levels,): 0 non-centred,
    1 centred. All choices describe the same posterior (METHODS.md, section 3).
    """

    name: str
    weights: Mapping[str, FloatArray]

    def __repr__(self) -> str:
        """Say what each factor has."""
        kinds = [f"{factor}: {_kind(weights)}" for factor, weights in self.weights.items()]
        return f"Geometry({', '.join(kinds)})"


def resolve_geometry(parameterization: object, layout: Layout) -> Geometry:
    """Turn the user's choice into a weight for every level of every factor.

    A choice is `"noncentered"` (also `"auto"`), `"centered"`, or a mapping from factors to such a
    name, or from a factor to a mapping from its levels: `{"user": {"u1": "centered"}}` (levels
    that are not named stay non-centred).

    Raises `DataError` for unknown choices, factors and levels, `SamplingError` for what cannot be
    had yet.
    """
    levels = layout.factor_levels
    if isinstance(parameterization, str):
        value = _weight(parameterization, "parameterization")
        name = _SPELLINGS.get(parameterization, parameterization)
        chosen = "noncentered" if name == "auto" else name
        return Geometry(chosen, {f: np.full(len(names), value) for f, names in levels.items()})
    if not isinstance(parameterization, Mapping):
        raise DataError(
            f"parameterization is a {type(parameterization).__name__}.",
            where="parameterization",
            hint=f"Choices: {', '.join(PARAMETERIZATIONS)}, or a mapping from factors to them.",
        )
    weights = {factor: np.zeros(len(names)) for factor, names in levels.items()}
    for factor, choice in parameterization.items():
        if factor not in levels:
            raise DataError(
                f'There is no grouping factor "{factor}".',
                where="parameterization",
                hint=did_you_mean(str(factor), levels),
            )
        weights[factor] = _factor_weights(factor, choice, levels[factor])
    return Geometry(_name(weights), weights)


def _factor_weights(factor: str, choice: object, levels: tuple[str, ...]) -> FloatArray:
    where = f'parameterization["{factor}"]'
    if not isinstance(choice, Mapping):
        return np.full(len(levels), _weight(choice, where))
    weights = np.zeros(len(levels))
    for level, name in choice.items():
        if str(level) not in levels:
            raise DataError(
                f'"{factor}" has no level "{level}".',
                where=where,
                hint=did_you_mean(str(level), levels),
            )
        weights[levels.index(str(level))] = _weight(name, where)
    return weights


def _weight(choice: object, where: str) -> float:
    name = _SPELLINGS.get(choice, choice) if isinstance(choice, str) else choice
    match name:
        case "noncentered" | "auto":
            return 0.0
        case "centered":
            return 1.0
        case "mixed":
            raise SamplingError(
                'The rule that chooses "mixed" coordinates by itself is not available yet.',
                where=where,
                hint='Name the centred levels: parameterization={"user": {"u1": "centered"}}.',
            )
        case "whitened":
            raise SamplingError(
                "Whitened coordinates are not available yet.",
                where=where,
                hint='Use parameterization="noncentered" or "centered".',
            )
    raise DataError(
        f"There is no parameterization {choice!r}.",
        where=where,
        hint=f"Choices: {', '.join(PARAMETERIZATIONS)}.",
    )


def _kind(weights: FloatArray) -> str:
    if not weights.any():
        return "noncentered"
    if (weights == 1).all():
        return "centered"
    return f"mixed ({int(weights.sum())} of {weights.size} levels centred)"


def _name(weights: Mapping[str, FloatArray]) -> str:
    kinds = {_kind(w).split()[0] for w in weights.values()}
    return kinds.pop() if len(kinds) == 1 else "mixed" if kinds else "noncentered"

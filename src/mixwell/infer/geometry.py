"""Which coordinates NUTS sees of the random effects: centred, non-centred, or one by level.

A level whose own rows say more about its effect than the effect's prior does is centred, another
is not (Papaspiliopoulos, Roberts and Sköld 2007; Betancourt and Girolami 2015).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mixwell.errors import DataError, SamplingError, did_you_mean
from mixwell.infer.conditional import ConditionalMode, UnitMode, conditional_mode
from mixwell.specify.layout import CorrelationUnit, Layout
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "PARAMETERIZATIONS",
    "EffectChoice",
    "Geometry",
    "check_parameterization",
    "resolve_geometry",
]

FloatArray = NDArray[np.float64]
PARAMETERIZATIONS = ("auto", "centered", "noncentered", "mixed", "whitened")
_SPELLINGS = {
    "centred": "centered",
    "noncentred": "noncentered",
    "non-centered": "noncentered",
    "non-centred": "noncentered",
}
_RULES = ("auto", "mixed")
_OF_PARAMETER = "a parameter for which no rule is known"


@dataclass(frozen=True, eq=False)
class EffectChoice:
    """One effect of one factor: a ratio of information and a choice for each level.

    `ratio` (n_levels,) is a level's information over its prior's, nan where it was not asked for;
    `cautious` the same where the standard deviation's uncertainty counts against it; `weights` are
    1 for centred levels and 0 for others.
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

    `weights` holds for each covariance unit how centred each effect of each level is, shape
    (n_levels, size): 0 non-centred, 1 centred. All choices describe the same posterior
    (METHODS.md, section 3). `choices` say how they were come to, `by_rule` whether all were
    left to the rule.
    """

    name: str
    weights: Mapping[str, FloatArray]
    choices: tuple[EffectChoice, ...] = ()
    by_rule: bool = False

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
        return "; ".join(parts)

    @cached_property
    def frame(self) -> "pd.DataFrame":
        """One row a factor, effect and level: rows, information ratio, choice, reason."""
        import pandas as pd

        parts = [
            pd.DataFrame(
                {
                    "factor": choice.factor,
                    "effect": choice.effect,
                    "level": list(choice.levels),
                    "rows": choice.rows,
                    "ratio": choice.ratio,
                    "choice": np.where(choice.weights > 0, "centered", "noncentered"),
                    "reason": _reasons(choice),
                }
            )
            for choice in self.choices
        ]
        columns = ["factor", "effect", "level", "rows", "ratio", "choice", "reason"]
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


def check_parameterization(parameterization: object, layout: Layout) -> None:
    """Refuse a choice that cannot be, without computing anything.

    A choice is `"auto"`, `"centered"`, `"noncentered"`, `"mixed"` (the rule, level by level), or a
    mapping from factors to such a name, or from a factor to a mapping from its levels:
    `{"user": {"u1": "centered"}}` (its levels that are not named are non-centred; factors that are
    not named follow the rule).

    Raises `DataError` for unknown choices, factors and levels, `SamplingError` for what cannot be
    had.
    """
    if isinstance(parameterization, Geometry):
        return
    levels = layout.factor_levels
    if isinstance(parameterization, str):
        _named(parameterization, "parameterization")
        return
    if not isinstance(parameterization, Mapping):
        raise DataError(
            f"parameterization is a {type(parameterization).__name__}.",
            where="parameterization",
            hint=f"Choices: {', '.join(PARAMETERIZATIONS)}, or a mapping from factors to them.",
        )
    for factor, choice in parameterization.items():
        if factor not in levels:
            raise DataError(
                f'There is no grouping factor "{factor}".',
                where="parameterization",
                hint=did_you_mean(str(factor), levels),
            )
        _check_factor(str(factor), choice, levels[factor])


def _check_factor(factor: str, choice: object, levels: tuple[str, ...]) -> None:
    where = f'parameterization["{factor}"]'
    if not isinstance(choice, Mapping):
        _named(choice, where)
        return
    for level, name in choice.items():
        if str(level) not in levels:
            raise DataError(
                f'"{factor}" has no level "{level}".',
                where=where,
                hint=did_you_mean(str(level), levels),
            )
        if _named(name, where) in _RULES:
            raise DataError(
                f'A single level is centered or noncentered, not "{name}".', where=where
            )


def resolve_geometry(parameterization: object, spec: Spec) -> Geometry:
    """Turn a choice (see `check_parameterization`) into weights for every effect of every level.

    `"auto"` and `"mixed"` follow the rule at a quick conditional mode. Raises as
    `check_parameterization`.
    """
    if isinstance(parameterization, Geometry):
        return parameterization
    check_parameterization(parameterization, spec.layout)
    found: list[ConditionalMode] = []

    def mode() -> ConditionalMode:
        if not found:
            found.append(conditional_mode(spec))
        return found[0]

    weights: dict[str, FloatArray] = {}
    choices: list[EffectChoice] = []
    for unit in spec.layout.units:
        asked: object = "auto"
        if isinstance(parameterization, str):
            asked = parameterization
        elif isinstance(parameterization, Mapping):
            asked = parameterization.get(unit.factor, "auto")
        made = _unit_choices(unit, asked, mode)
        weights[unit.name] = np.stack([choice.weights for choice in made], axis=1)
        choices += made
    by_rule = isinstance(parameterization, str) and parameterization in _RULES
    return Geometry(_name(weights), weights, tuple(choices), by_rule)


def _unit_choices(
    unit: CorrelationUnit, asked: object, mode: Callable[[], ConditionalMode]
) -> list[EffectChoice]:
    count = len(unit.levels)
    rows = np.bincount(unit.parts[0][0].index, minlength=count)
    unknown, reason = np.full(count, np.nan), "asked for"
    ratios = cautious = np.full((count, unit.size), np.nan)
    if isinstance(asked, Mapping):
        chosen = {str(level): _named(name, "") for level, name in asked.items()}
        own = np.array([float(chosen.get(level) == "centered") for level in unit.levels])
        weights = np.repeat(own[:, None], unit.size, axis=1)
    elif _named(asked, "") in _RULES:
        found = mode()
        ratios, cautious, weights, reason = _by_rule(unit, found.units.get(unit.name), found)
    else:
        weights = np.full((count, unit.size), float(_named(asked, "") == "centered"))
    names = [(f, c) for f, columns in unit.parts for c in columns]
    return [
        EffectChoice(
            factor=unit.factor,
            effect=found_.effects[c]
            if found_.parameter == "mean"
            else f"{found_.parameter} {found_.effects[c]}",
            levels=unit.levels,
            rows=rows,
            ratio=ratios[:, k] if found_.parameter in ("mean", "sigma") else unknown,
            cautious=cautious[:, k],
            weights=weights[:, k],
            reason=reason if found_.parameter in ("mean", "sigma") else _OF_PARAMETER,
        )
        for k, (found_, c) in enumerate(names)
    ]


def _by_rule(
    unit: CorrelationUnit, mode: UnitMode | None, whole: ConditionalMode
) -> tuple[FloatArray, FloatArray, FloatArray, str]:
    if mode is None:
        unknown = np.full((len(unit.levels), unit.size), np.nan)
        return unknown, unknown, np.zeros_like(unknown), f"{whole.problem}: noncentered"
    ratios = mode.ratios
    # The posterior reaches down to smaller standard deviations, where the funnel's neck is: the
    # variance of log sd^2 is 2 / known, and the logarithm of the ratio is taken to be less by it.
    cautious = ratios * np.exp(-2 / np.maximum(mode.known, 1e-3))
    return ratios, cautious, (cautious > 1).astype(float), "by the rule"


def _named(choice: object, where: str) -> str:
    """Return a choice under its own name; raises for one that cannot be had."""
    name = _SPELLINGS.get(choice, choice) if isinstance(choice, str) else choice
    if name == "whitened":
        raise SamplingError(
            "Whitened coordinates are not available.",
            where=where,
            hint='Use parameterization="auto", "mixed", "noncentered" or "centered".',
        )
    if isinstance(name, str) and name in PARAMETERIZATIONS:
        return name
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
    return f"mixed ({int(weights.sum())} of {weights.size} levels centered)"


def _name(weights: Mapping[str, FloatArray]) -> str:
    values = np.concatenate([w.ravel() for w in weights.values()] or [np.zeros(0)])
    if not values.any():
        return "noncentered"
    return "centered" if (values == 1).all() else "mixed"

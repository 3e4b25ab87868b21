"""Which coordinates NUTS sees of the random effects: centered, non-centered, mixed, whitened.

A level whose own rows say more about its effect than the effect's prior does is centered, another
is not (Papaspiliopoulos, Roberts and Sköld 2007; Betancourt and Girolami 2015).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

import numpy as np

from mixwell.errors import DataError, SamplingError, did_you_mean, require_known, warn
from mixwell.infer.coordinates.conditional_mode import ConditionalMode, conditional_mode
from mixwell.infer.coordinates.whitening import cannot_be_whitened, whiten
from mixwell.infer.declined import Declined
from mixwell.infer.geometry import LOW_RANK_AT_MOST, EffectChoice, Geometry
from mixwell.infer.places import modeled
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.layout import CorrelationUnit
from mixwell.specify.spec import Spec
from mixwell.text.level_labels import label_of
from mixwell.text.names import quoted, require_name

__all__ = ["PARAMETERIZATIONS", "check_parameterization", "resolve_geometry"]

PARAMETERIZATIONS = ("auto", "centered", "noncentered", "mixed", "whitened")
_SPELLINGS = {"non-centered": "noncentered"}
#: British spellings, taken with a warning until version 0.2.
_FORMER = {"centred": "centered", "noncentred": "noncentered", "non-centred": "noncentered"}
#: Above this condition number whitening pays; what it may cost for `"auto"` (a tenth of a second).
_CONDITION, _PRODUCTS = 50.0, 1e8
_RULES = ("auto", "mixed", "whitened")
_OF_PARAMETER = "a parameter for which no rule is known"


def check_parameterization(parameterization: object, spec: Spec) -> None:
    """Refuse a choice that cannot be, without computing anything.

    A choice is `"auto"`, `"centered"`, `"noncentered"`, `"mixed"` (the rule, level by level),
    `"whitened"` (the rule, then a linear map that removes correlations), or a mapping from factors
    to one of the first four, or from a factor to a mapping from its levels:
    `{"user": {"u1": "centered"}}` (its levels that are not named are non-centered; factors that are
    not named follow the rule).

    Raises `DataError` for unknown choices, factors and levels, `SamplingError` for a model that
    cannot be whitened.
    """
    if isinstance(parameterization, Geometry):
        return
    levels = spec.layout.factor_levels
    if isinstance(parameterization, str):
        name = _named(parameterization, "parameterization")
        declined = cannot_be_whitened(spec) if name == "whitened" else None
        if declined is not None:
            raise _cannot_whiten(declined)
        return
    if not isinstance(parameterization, Mapping):
        raise DataError(
            f"parameterization is a {type(parameterization).__name__}.",
            where="parameterization",
            hint=f"Choices: {', '.join(PARAMETERIZATIONS)}, or a mapping from factors to them.",
        )
    for factor, choice in _by_factor(parameterization, spec).items():
        _check_factor(factor, choice, levels[factor])


def _by_factor(choices: Mapping[object, object], spec: Spec) -> dict[str, object]:
    """Return the choices by the model's own names of the grouping factors."""
    known, said = spec.layout.factor_levels, 'There is no grouping factor "{}".'
    return {
        require_name(factor, known, said.format(factor), where="parameterization"): choice
        for factor, choice in choices.items()
    }


def _check_factor(factor: str, choice: object, levels: tuple[str, ...]) -> None:
    where = f"parameterization[{quoted(factor)}]"
    if not isinstance(choice, Mapping):
        if _named(choice, where) == "whitened":
            raise SamplingError(
                f'"{factor}" alone cannot be whitened: it is done to all coefficients and random '
                "effects at once, because it removes the correlations between them.",
                where=where,
                hint='Use parameterization="whitened" for the whole model, or "mixed" here.',
            )
        return
    for level, name in choice.items():
        label = label_of(level)
        require_known(label, levels, f'"{factor}" has no level "{label}".', where=where)
        if _named(name, where) in _RULES:
            raise DataError(
                f'A single level is centered or noncentered, not "{name}".', where=where
            )


def resolve_geometry(parameterization: object, spec: Spec) -> Geometry:
    """Turn a choice (see `check_parameterization`) into weights for every effect of every level.

    `"auto"`, `"mixed"` and `"whitened"` follow the rule at a quick conditional mode. Raises as
    `check_parameterization`, and `SamplingError` for a model that cannot be whitened.

    >>> import mixwell as mw
    >>> formula = "diameter ~ 1 + (1 | plate) + (1 | sample)"
    >>> spec = mw.Model(formula, mw.load_data("penicillin")).spec
    >>> resolve_geometry("whitened", spec)
    Geometry(plate: centered; sample: centered; whitened)
    """
    if isinstance(parameterization, Geometry):
        return parameterization
    check_parameterization(parameterization, spec)
    mode = cache(partial(conditional_mode, spec))
    weights: dict[str, FloatArray] = {}
    choices: list[EffectChoice] = []
    if isinstance(parameterization, Mapping):
        parameterization = _by_factor(parameterization, spec)
    for unit in spec.layout.units:
        asked = parameterization
        if isinstance(parameterization, Mapping):
            asked = parameterization.get(unit.factor, "auto")
        made = _unit_choices(unit, asked, mode, modeled(spec))
        weights[unit.name] = np.stack([choice.weights for choice in made], axis=1)
        choices += made
    by_rule = isinstance(parameterization, str) and parameterization in _RULES
    whitening = None
    if parameterization == "whitened":
        found = whiten(spec, mode(), weights)
        if isinstance(found, Declined):
            raise _cannot_whiten(found)
        whitening = found
    elif parameterization == "auto" and _may_whiten(weights, choices):
        found = whiten(spec, mode(), weights, products=_PRODUCTS)
        if not isinstance(found, Declined) and found.condition > _CONDITION:
            whitening = found
    name = _name(weights) if whitening is None else "whitened"
    return Geometry(name, weights, tuple(choices), by_rule, whitening)


def _may_whiten(weights: Mapping[str, FloatArray], choices: list[EffectChoice]) -> bool:
    """Whether whitening is considered: where no other means removes correlations.

    In small models a low-rank mass matrix does. It cannot where a factor is non-centered whose
    levels' sums with another's centered effects are what the data know: that ridge is curved.
    """
    factors = {choice.factor for choice in choices}
    centered = [choice.weights.any() for choice in choices]
    curved = (
        len(factors) > 1 and any(centered) and not all((w == 1).all() for w in weights.values())
    )
    return sum(w.size for w in weights.values()) > LOW_RANK_AT_MOST or curved


def _unit_choices(
    unit: CorrelationUnit,
    asked: object,
    mode: Callable[[], ConditionalMode | Declined],
    known: Sequence[str],
) -> list[EffectChoice]:
    count = len(unit.levels)
    rows = np.bincount(unit.parts[0][0].index, minlength=count)
    unknown, reason = np.full(count, np.nan), "asked for"
    ratios = cautious = np.full((count, unit.size), np.nan)
    if isinstance(asked, Mapping):
        chosen = {label_of(level): _named(name, "") for level, name in asked.items()}
        own = np.array([float(chosen.get(level) == "centered") for level in unit.levels])
        weights = np.repeat(own[:, None], unit.size, axis=1)
    elif _named(asked, "") in _RULES:
        ratios, cautious, weights, reason = _by_rule(unit, mode())
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
            ratio=ratios[:, k] if found_.parameter in known else unknown,
            cautious=cautious[:, k],
            weights=weights[:, k],
            reason=reason if found_.parameter in known else _OF_PARAMETER,
        )
        for k, (found_, c) in enumerate(names)
    ]


def _by_rule(
    unit: CorrelationUnit, whole: ConditionalMode | Declined
) -> tuple[FloatArray, FloatArray, FloatArray, str]:
    if isinstance(whole, Declined):
        unknown = np.full((len(unit.levels), unit.size), np.nan)
        return unknown, unknown, np.zeros_like(unknown), f"{whole}: noncentered"
    mode = whole.units[unit.name]
    ratios = mode.ratios
    # The posterior reaches down to smaller standard deviations, where the funnel's neck is: the
    # variance of log sd^2 is 2 / known, and the ratio is taken two standard deviations lower.
    cautious = ratios * np.exp(-2 * np.sqrt(2 / np.maximum(mode.known, 1e-3)))
    return ratios, cautious, (cautious > 1).astype(float), "by the rule"


def _named(choice: object, where: str) -> str:
    """Return a choice under its own name; raises `DataError` for one that does not exist.

    `where` is empty for a choice that was checked before: nothing is said of it a second time.
    """
    name = _SPELLINGS.get(choice, choice) if isinstance(choice, str) else choice
    if isinstance(name, str) and name in _FORMER:
        if where:
            warn(f'The parameterization "{name}" is spelled "{_FORMER[name]}" now.')
        name = _FORMER[name]
    if isinstance(name, str) and name in PARAMETERIZATIONS:
        return name
    raise DataError(
        f"There is no parameterization {choice!r}.",
        where=where,
        hint=did_you_mean(str(choice), PARAMETERIZATIONS),
    )


def _cannot_whiten(reason: Declined) -> SamplingError:
    return SamplingError(
        f"This model cannot be whitened: {reason}.",
        where="parameterization",
        hint='Use parameterization="auto", "mixed", "noncentered" or "centered".',
    )


def _name(weights: Mapping[str, FloatArray]) -> str:
    values = np.concatenate([w.ravel() for w in weights.values()] or [np.zeros(0)])
    if not values.any():
        return "noncentered"
    return "centered" if (values == 1).all() else "mixed"

"""What an answer is about where it has a name: a parameter, one category, or one response."""

from dataclasses import replace
from typing import Any

from mixwell.errors import DataError, require_known, shown
from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.specify.spec import Spec

__all__ = ["meaning_of", "named_part", "predicted_title"]

#: The name of the mean itself: that of responses, of every category's probability.
MEAN = "mean"


def named_part(source: MeanPredictor, name: str, *, linear: bool) -> MeanPredictor:
    """Return what a name stands for; the source itself for the mean.

    The name of a parameter of the family ("sigma", "zi", the first one's "mu"), or brms's name of
    it, stands for that, the name of a category for its probability, that of one of several
    responses for its mean, also as the formula has it (`log(y)`) or as what was measured is called
    (`y`). A category that is called as a parameter is goes by `response[category]`. With `linear`
    its linear predictor is asked for. Raises `DataError` with the nearest names, and for parameters
    that are no number of a row.
    """
    spec = source.spec
    name = _own_name(spec, name)
    _require_name(spec, name)
    if name == MEAN:
        return source
    family, levels = spec.family, _categories(spec)
    locations = [p.name for p in family.locations]
    name = _response_names(spec).get(name, name)
    if family.parts and name in locations:
        number = locations.index(name)
        return replace(source, parameter=spec.locations[number], category=number, named=name)
    level = _full_names(spec).get(name, name)
    if level in levels and (name != level or name not in _parameters(spec)):
        if linear:
            raise DataError(
                f'"{name}" is a category, whose probability has no linear predictor of its own.',
                where="parameter",
                hint='Its probability has scale="response", in predictions kind="mean".',
            )
        return replace(source, category=levels.index(level), named=level)
    key = MEAN if name == family.location.name else name
    return replace(source, parameter=key, named=name)


def _own_name(spec: Spec, name: Any) -> Any:
    """Return the name here of what brms calls otherwise; what is no name as it is."""
    known = not isinstance(name, str) or name in _categories(spec)
    return name if known else spec.family.own_name(name)


def _require_name(spec: Spec, name: object) -> None:
    """Refuse what is no name of a number that rows have, with the nearest of those that are."""
    if isinstance(name, str) and name in spec.vectors:
        raise DataError(
            f"{name} is the same in all rows.", where="parameter", hint="fit.summary() has it."
        )
    if isinstance(name, str) and name in [p.name for p in spec.family.specific]:
        raise DataError(
            f"{name} is a part of the linear predictor at one threshold.",
            where="parameter",
            hint='With scale="link" means are those of every threshold.',
        )
    apart = [*_parameters(spec), MEAN]
    long = [full for full, level in _full_names(spec).items() if name == full or level in apart]
    measured = [own for own in _response_names(spec) if own == name]
    known = dict.fromkeys([MEAN, *_parameters(spec), *_categories(spec), *long, *measured])
    said = f'Rows of the family "{spec.family.name}" have no parameter {shown(name)}.'
    require_known(name, list(known), said, where="parameter")


def _parameters(spec: Spec) -> list[str]:
    """Return the parameters that are one number in a row: the first too, where it has a scale."""
    family = spec.family
    apart = [*spec.vectors, *(p.name for p in family.specific)]
    of_mean = [] if family.mean is None and not family.location.location else [family.location.name]
    return [*of_mean, *(name for name in spec.auxiliary if name not in apart)]


def _categories(spec: Spec) -> tuple[str, ...]:
    """Return the categories of a response, each of which has a probability."""
    return (spec.response.levels or ()) if spec.family.categories else ()


def _response_names(spec: Spec) -> dict[str, str]:
    """Return the parameters of several responses by other names: as written, and as measured."""
    if not spec.family.parts:
        return {}
    found, own = dict[str, str](), [p.name for p in spec.family.locations]
    for scale, name in zip(spec.modeled_responses, own, strict=True):
        for other in (scale.name, *([scale.back.source] if scale.back else [])):
            if other not in (*_parameters(spec), MEAN):
                found[other] = "" if other in found else name  # two are made of one column
    return {other: name for other, name in found.items() if name}


def _full_names(spec: Spec) -> dict[str, str]:
    """Return the categories by their names with that of the response, `size[large]`."""
    return {f"{spec.response.name}[{level}]": level for level in _categories(spec)}


def meaning_of(source: MeanPredictor) -> str:
    """Say what a parameter that is asked for is."""
    spec, family = source.spec, source.spec.family
    found = family.parameter(source.parameter)
    own = "what the main formula is for"
    if source.modeled_response.transformed:
        own += f", of {source.modeled_response.name}"
    if spec.response.truncated:
        own += ", before truncation"
    if family.based_on:
        own += f", the {found.name} of the {family.based_on} part alone"
    return f"{source.named}: {found.words or own}."


def predicted_title(source: MeanPredictor, *, linear: bool) -> str:
    """Say what is predicted of each row: a parameter, a category's probability, a response."""
    spec, name = source.spec, source.named
    family, response = spec.family, spec.design.response_name
    if source.itself:
        what = source.link.formula.format(name) if linear else name
        return f"Predicted {what} of {response}"
    if not family.parts:
        return f"Predicted probability of {name} of {response}"
    return f"Predicted {family.shown_link(name).formula.format(name) if linear else name}"

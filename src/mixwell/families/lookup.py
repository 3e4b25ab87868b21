"""Find a family by name, and the one that a response has."""

from typing import TYPE_CHECKING

from mixwell.errors import DataError, nearest
from mixwell.families.absent import ABSENT
from mixwell.families.family import Family
from mixwell.families.registry import ALIASES, FAMILIES
from mixwell.families.responses.response_check import check_response
from mixwell.families.responses.response_kinds import ORDERED, TRIALS
from mixwell.text.phrases import listed

if TYPE_CHECKING:
    from mixwell.design.response.response import Response

__all__ = ["get_family", "is_known", "resolve_family", "why_not_specific"]


#: Names by their letters alone: "ZeroInflatedPoisson" and "zero_inflated(poisson)" are one.
_JOINED = {n.replace("_", ""): key for n, key in (ALIASES | {f: f for f in FAMILIES}).items()}


def get_family(name: str | Family, link: str | None = None) -> Family:
    """Find a family by name and give it a link (its default link when `link` is None).

    Raises `DataError` for an unknown family or link, with the choices.

    >>> get_family("nbinom")
    Family(negativebinomial, link log)
    """
    family = name if isinstance(name, Family) else _named(name)
    return family.with_link(link)


def is_known(name: str) -> bool:
    """Return whether there is a family of this name; one of the user's own is none."""
    try:
        get_family(name)
    except DataError:
        return False
    return True


def resolve_family(name: str | Family, link: str | None, response: "Response") -> Family:
    """Find the family and check that it can have this response.

    A family of trials is, for a 0/1 or two-level response without them, that of one trial, as in R.
    One of several categories has the parameters of those of the response. Raises `DataError`.
    """
    family = get_family(name, link)
    if family.support.kind == TRIALS and response.trials is None and _has_two_outcomes(response):
        family = get_family(family.single or family, family.link_name)
    check_response(family, response)
    return family.of(response.levels)


def why_not_specific(family: Family) -> tuple[str, str] | None:
    """Return why a family has no effects of its own at each threshold, and what serves instead."""
    if family.of_thresholds is not None:
        return None
    able = [f.name for f in FAMILIES.values() if f.of_thresholds is not None]
    hint = f"Families that can: {', '.join(able)}."
    if family.based_on in able:
        return "Thresholds at equal distances stay so: none has effects of its own.", hint
    if family.support.kind == ORDERED:
        return (
            "With cs() thresholds of this family could cross, and probabilities be negative.",
            f'{hint} Here "disc ~ x" lets the scatter of ratings depend on x.',
        )
    if family.location.location and not family.parts:
        return (
            f'Effects of the family "{family.name}" are those of each category already.',
            "Write the column itself; a category's own formula is a further one: "
            f'"{family.location.name} ~ x".',
        )
    return f'The family "{family.name}" has no thresholds.', f"{hint} Or write the column itself."


def _has_two_outcomes(response: "Response") -> bool:
    return response.levels is not None or bool(set(response.values.tolist()) <= {0.0, 1.0})


def _named(name: object) -> Family:
    if not isinstance(name, str):
        kind = getattr(name, "__name__", type(name).__name__)  # a class or function of others
        raise DataError(
            f"A family is a name, not {type(name).__name__}.",
            where="family",
            hint=_family_hint(kind),
        )
    called, bracket, inside = name.strip().lower().replace(" ", "").partition("(")
    key = called.replace("-", "_")
    key = ALIASES.get(key, key)
    if key in FAMILIES and inside in ("", ")"):
        return FAMILIES[key]
    if key in FAMILIES and (given := _given(FAMILIES[key], inside.removesuffix(")"))) is not None:
        return given
    joined = _JOINED.get(f"{key}{inside.removesuffix(')')}".replace("_", ""))
    if joined is not None:
        return FAMILIES[joined]
    if key in ABSENT:
        absent = ABSENT[key]
        raise DataError(
            f'mixwell has no family "{name}": {absent.what}.', where="family", hint=absent.instead
        )
    hint = _family_hint(called.rpartition(".")[2])
    if key in FAMILIES and bracket:
        hint = f'Give the name alone: family="{key}". A link is link=, as link="log".'
    if key in FAMILIES and inside.startswith("refcat="):
        hint = (
            "The reference is the first level: put it there, "
            'data["y"] = pd.Categorical(data["y"], ["b", "a", "c"]).'
        )
    raise DataError(f'There is no family "{name}".', where="family", hint=hint)


def _given(family: Family, inside: str) -> Family | None:
    """Return the family that what stands in the brackets makes, None where it makes none."""
    if family.argument is None:
        return None
    argument, made = family.argument
    name, _, text = inside.partition("=")
    return made(text) if name == argument else None


def _family_hint(name: str) -> str:
    spelled = nearest(name, [*FAMILIES, *ALIASES])
    near = dict.fromkeys(ALIASES.get(found, found) for found in spelled)  # some are misspelled
    own = [family.name for family in FAMILIES.values() if not family.based_on]
    based = [f for f in FAMILIES.values() if f.based_on and f.support.whole]
    counts = [f for f in based if f.name.endswith(f.based_on)]
    made = dict.fromkeys(family.name.removesuffix(family.based_on) for family in counts)
    choices = f"Choices: {', '.join(own)}; of a count also with {listed(list(made))} before it."
    offered = " or ".join(f'"{family}"' for family in near)
    return f"Did you mean {offered}? {choices}" if near else choices

"""What families that are made of others have in common: their parts, and their names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mixwell.errors import DataError
from mixwell.families.elementwise import Composed, Elementwise, composed, where
from mixwell.families.family import (
    Family,
    Parameter,
    PriorChoice,
    Requirement,
    Sampler,
    Tally,
    Value,
)
from mixwell.families.link import LinkWords
from mixwell.families.supports import is_zero

__all__ = [
    "SOME_ABOVE",
    "at_zero",
    "chance",
    "kernel",
    "lifted",
    "moments",
    "names",
    "one",
    "responding",
    "said",
    "some_zeros",
    "triangle",
    "without_zeros",
]


def chance(name: str, event: str) -> Parameter:
    """Return the parameter of an event's probability, such as that of "a zero"."""
    return Parameter(
        name,
        ("logit",),
        typical=0.5,
        prior=PriorChoice(
            "Beta", (("alpha", 1.0), ("beta", 1.0)), "brms's default: all probabilities are alike"
        ),
        words=f"probability of {event}",
        link_words=LinkWords.logarithmic(
            f"odds of {event}",
            f"odds ratio of {event}",
            f"odds ratios of {event}",
            "on the log odds scale",
        ),
        elsewhere={"brms": name, "glmmTMB": "zi"},
    )


def _zero() -> Any:
    return 0.0


def one() -> Any:
    """Return 1: the slope of a mean that is the first parameter."""
    return 1.0


def _above_zero(y: Any) -> Any:
    return where(y > 0, y, 0.5)


def _drawn(draw: Any) -> Any:
    return draw


def responding(sampler: Sampler, change: Elementwise, **parts: str | Elementwise) -> Sampler:
    """Return a sampler whose response is changed, given a uniform draw `u` too."""
    if sampler.then is not None:
        return replace(sampler, then=responding(sampler.then, change, **parts))
    response = composed(change, response=sampler.response or _drawn, **parts)
    return replace(sampler, response=response, others=(*sampler.others, ("u", "random")))


def at_zero(function: Elementwise) -> Composed:
    """Return a function of a response at 0."""
    return composed(function, y=_zero)


def lifted(function: Elementwise) -> Composed:
    """Return a function of a response in which zeros are another number, which is not looked at."""
    return composed(function, y=_above_zero)


def _unless_zero(y: Any, value: Any) -> Any:
    return where(y > 0, value, 0.0)


def without_zeros(function: Elementwise | None) -> Composed:
    """Return a function of a response that is 0 where the response is; of None 1 elsewhere."""
    return composed(_unless_zero, value=one if function is None else lifted(function))


def moments(family: Family) -> tuple[Value, Value]:
    """Return a family's mean and variance, which everything but categories has."""
    if family.mean is None or family.variance_function is None:
        raise DataError(f'Responses of the family "{family.name}" have no mean: none can be 0.')
    return family.mean, family.variance_function


def _row(s: Any, trials: Any, of_sum: Any, of_count: Any) -> Any:
    return s * of_sum + trials * of_count


def kernel(family: Family) -> tuple[Elementwise, Tally | None]:
    """Return a row's log density `s` as far as the linear predictor is in it, and the other part.

    That part is 0 for a count of 0, as it is in every family that counts rows together; None where
    rows cost too much to be integrated.
    """
    tally = family.tally
    if tally is None:
        return composed(family.density.log, y="s"), None if family.searched else Tally()
    row = tally.by_row or composed(_row, of_sum=tally.of_sum, of_count=tally.of_count)
    return row, replace(tally, of_sum="", of_count="")


def triangle(size: int) -> Iterator[tuple[int, int, int]]:
    """Give row and column of the lower triangle's entries, row by row, and their places."""
    pairs = [(i, j) for i in range(size) for j in range(i + 1)]
    for place, (i, j) in enumerate(pairs):
        yield i, j, place


def _not_zero(y: Any) -> Any:
    return y != 0


#: What a family with zeros of its own needs to see.
SOME_ABOVE = Requirement(
    _not_zero,
    "is 0 in every row",
    "There is nothing but zeros to model.",
)


def some_zeros(base: Family, parameter: str) -> Requirement:
    """Return that there are zeros, without which their probability is no question."""
    return Requirement(
        is_zero,
        f"has no zeros, so that nothing is known of {parameter}",
        f'Use family="{base.name}".',
    )


def said(base: Family, which: str) -> Mapping[str, LinkWords]:
    """Return the words of a base's levels and ratios, with which of its means they are of."""
    found = {}
    for name in base.links:
        words = replace(base, link_name=name).words_of("mean")
        parts = ("level", "ratio", "ratios", "linear_level", "linear_ratio", "linear_ratios")
        now = {part: getattr(words, part) for part in parts}
        new = {part: _WHAT.sub(rf"{which} \1", text, count=1) for part, text in now.items() if text}
        found[name] = replace(words, **new)
    return found


#: What a first parameter is in words.
_WHAT = re.compile(r"\b(means?|medians?|odds)\b")


def names(prefix: str, base: Family) -> dict[str, Any]:
    """Return the family's names here and elsewhere: each of the base's with the prefix."""
    spelled = (base.name, *base.aliases)
    return {
        "name": f"{prefix}_{base.name}",
        "aliases": tuple(f"{prefix}_{name}" for name in base.aliases),
        "adjectives": {
            link: f"{prefix.replace('_', '-')} {words}" for link, words in base.adjectives.items()
        },
        "r_names": {f"{prefix}_{name}": "" for name in base.r_names if name in spelled},
    }

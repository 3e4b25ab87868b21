"""Families of ratings put together: thresholds apart from each other, or all equally far."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from mixwell.errors import DataError
from mixwell.families.family import Elements, Family, Parameter, PriorChoice
from mixwell.families.link import Link, LinkWords
from mixwell.families.ordered.latent import DISC, RATINGS, ratio_words, threshold_parameter
from mixwell.families.ordered.thresholds import (
    Rating,
    Written,
    equidistant,
    flexible,
    shift_names,
    shifted,
)
from mixwell.text.phrases import listed

__all__ = ["EQUIDISTANT", "rating_families"]

#: How the names of families with thresholds at equal distances end, brms's and ordinal's word.
EQUIDISTANT = "equidistant"


def rating_families(
    rating: Rating,
    thresholds: Elements,
    about: str,
    *,
    name: str,
    text: str,
    links: tuple[str, ...],
    words: Mapping[str, LinkWords],
    adjectives: Mapping[str, str],
    aliases: tuple[str, ...] = (),
    elsewhere: Mapping[str, str] | None = None,
    at_threshold: Callable[[str, str], str] | None = None,
) -> tuple[Family, Family]:
    """Return a family of ratings with thresholds of their own, and that with equal distances.

    `about` says what the thresholds are; `text` has a place for them. `at_threshold` says of two
    neighboring ratings what the odds are of that thresholds with effects of their own move; without
    it they have none.
    """

    def of_thresholds(family: Family, levels: Sequence[str]) -> Family:
        assert at_threshold is not None
        own = tuple(_shifts(family, levels, at_threshold))
        parameters, taken_off = (*family.parameters, *own), text.format("threshold - cs")
        whole = _with(family, shifted(rating, len(own)))
        return replace(whole, parameters=parameters, text=taken_off, tally=None)

    def of_kind(kind: str) -> Family:
        known = {"flexible": whole, EQUIDISTANT: even}
        return _of_kind(known, kind.strip("'\""))

    written = flexible(rating)
    whole = Family(
        name=name,
        text=text.format("threshold"),
        parameters=(Parameter("mu", links), threshold_parameter(thresholds, about), DISC),
        support=RATINGS,
        density=written.density,
        sampler=written.sampler,
        tally=written.tally,
        origin=written.origin,
        mean=None,
        mean_words="probabilities",
        words=words,
        adjectives=adjectives,
        aliases=aliases,
        elsewhere=elsewhere or {},
        r_names={name: ""},
        r_packages={name: "brms"},
        of_thresholds=of_thresholds if at_threshold else None,
        argument=("threshold", of_kind),
    )
    first = threshold_parameter(_first(thresholds), about)
    spacing = _spacing(increasing=thresholds.increasing)
    even = _at_equal_distances(whole, rating, text, (Parameter("mu", links), first, DISC, spacing))
    return whole, even


def _at_equal_distances(
    whole: Family, rating: Rating, text: str, parameters: tuple[Parameter, ...]
) -> Family:
    """Return a family's like whose thresholds have equal distances."""
    return replace(
        _with(whole, equidistant(rating, 1)),
        name=f"{whole.name}_{EQUIDISTANT}",
        text=text.format("threshold + spacing * (0, 1, ...)"),
        parameters=parameters,
        aliases=(),
        elsewhere={},
        r_names={},
        r_packages={},
        of_thresholds=None,
        of_levels=lambda family, levels: _with(family, equidistant(rating, len(levels) - 1)),
        based_on=whole.name,
        argument=None,
    )


def _of_kind(known: Mapping[str, Family], kind: str) -> Family:
    """Return the family with thresholds of a kind; `DataError` for a kind that there is not."""
    if kind not in known:
        raise DataError(
            f'There are no thresholds "{kind}".',
            where="family",
            hint=f"Choices: {listed([f'"{each}"' for each in known])}; the first holds those that "
            "keep a pattern.",
        )
    return known[kind]


def _with(family: Family, written: Written) -> Family:
    return replace(
        family,
        density=written.density,
        sampler=written.sampler,
        tally=written.tally,
        origin=written.origin,
    )


def _shifts(
    family: Family, levels: Sequence[str], at_threshold: Callable[[str, str], str]
) -> Iterator[Parameter]:
    """Give what is taken off each threshold, a linear predictor without an intercept."""
    for place, (low, high) in enumerate(pairwise(levels)):
        words = ratio_words(at_threshold(low, high))
        if family.words[family.link_name].ratio is None:
            level = f"latent value at the threshold {low}|{high}"
            words = replace(family.words[family.link_name], level=level, linear_level=level)
        yield Parameter(
            shift_names(len(levels) - 1)[place],
            ("identity",),
            typical=0.0,
            words=f"effects at the threshold {low}|{high}",
            fixed=0.0,
            within="threshold",
            label=f"{low}|{high}",
            part=place,
            link_words=words,
        )


def _first(thresholds: Elements) -> Elements:
    """Return the first threshold alone, a vector of one element."""
    labels, sentences, typical = thresholds.labels, thresholds.sentences, thresholds.typical

    def middle(shares: Sequence[float], link: Link) -> tuple[float, ...]:
        # with a spacing of 1 they lie around the middle of what is typical
        every = typical(shares, link)
        return (sum(every) / len(every) - (len(every) - 1) / 2,)

    return Elements(
        lambda levels: labels(levels)[:1],
        lambda levels, link: sentences(levels, link)[:1],
        (),
        middle,
    )


def _spacing(*, increasing: bool) -> Parameter:
    """Return the distance between neighboring thresholds, above 0 where they have to increase."""
    about = "the distance from each threshold to the next"
    reason = "as wide as that of a threshold, on the link's scale"
    elsewhere = {"brms": "delta"}
    if increasing:
        prior = PriorChoice("HalfStudentT", (("nu", 3.0), ("sigma", 2.5)), reason)
        return Parameter("spacing", ("log",), 1.0, prior, about, elsewhere=elsewhere)
    prior = PriorChoice("StudentT", (("nu", 3.0), ("mu", 0.0), ("sigma", 2.5)), reason)
    return Parameter("spacing", ("identity",), 1.0, prior, about, elsewhere=elsewhere)

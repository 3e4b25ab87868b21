"""A family's parameters, their default priors, and those that are vectors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from mixwell.families.elementwise import Elementwise
from mixwell.families.link import Link, LinkWords
from mixwell.families.links import LINKS

__all__ = [
    "Elements",
    "Parameter",
    "PriorChoice",
]


@dataclass(frozen=True)
class PriorChoice:
    """A default prior by its PyMC name; with `scaled` its `sigma` is in units of the response.

    `units` names other arguments with what each is in units of (see `Parameter.unit`).
    """

    distribution: str
    arguments: tuple[tuple[str, float], ...]
    reason: str
    scaled: bool = False
    units: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Elements:
    """What makes a parameter a vector along a dim of its own, one for all rows.

    `labels` name its elements by the response's levels, `sentences` say what each is with a link. A
    row's density reads those at the `places`, functions of its response, or with none every one,
    and derivatives have an entry for each; beyond the first and the last element stand constants.
    `typical` are values to begin with, given the levels' shares of the rows and the link. With
    `increasing` each element is larger than the one before.
    """

    labels: Callable[[Sequence[str]], tuple[str, ...]]
    sentences: Callable[[Sequence[str], Link], tuple[str, ...]]
    places: tuple[Elementwise, ...]
    typical: Callable[[Sequence[float], Link], tuple[float, ...]]
    increasing: bool = False

    def read(self, levels: Sequence[str]) -> tuple[Elementwise, ...]:
        """Return the places that a row reads, functions of its response."""
        return self.places or tuple(map(_at, range(len(self.labels(levels)))))


@cache
def _at(place: int) -> Elementwise:
    """Return the place that is the same for every response."""
    return lambda y: place


@dataclass(frozen=True)
class Parameter:
    """One parameter of a family.

    `links` are the links that its linear predictor can have, the default first; `typical` the value
    that an intercept is expected at and searches begin with, None for the response's spread, in
    units of the response's `unit`: its "mean" or the "least" response where it has one;
    `prior` its default where it has no formula; `words` what it is. One that is `fixed` has that
    value where it has no formula, whose intercept it then is. A parameter `is_scale` where
    known errors and precision weights join it; `moment_share` is its square's share of the squared
    residuals. It `is_spread` where by it alone responses scatter as little as they like, as by
    every scale; counts keep the scatter of counting. It `is_discrimination` where it is the inverse
    of the scale of the error behind ratings. It can be a `vector`; one that holds the
    `intercept` leaves none to the first parameter's formula. A `location` is what the first
    parameter is, of another part of the response: the main formula is for it, too, unless it has
    its own; `label` is that part, `part` its number, `link_words` those of its linear predictor.
    One `within` a vector is taken off its element at the place `part`, which is its intercept.
    `elsewhere` are its names in other packages.
    """

    name: str
    links: tuple[str, ...] = ("log",)
    typical: float | None = 1.0
    prior: PriorChoice | None = None
    words: str = ""
    fixed: float | None = None
    is_scale: bool = False
    is_spread: bool = False
    is_discrimination: bool = False
    moment_share: float = 1.0
    vector: Elements | None = None
    intercept: bool = False
    location: bool = False
    within: str = ""
    label: str = ""
    part: int = 0
    link_words: LinkWords | None = None
    elsewhere: Mapping[str, str] = field(default_factory=dict, hash=False)
    unit: str = ""

    @property
    def link(self) -> Link:
        """The default link."""
        return LINKS[self.links[0]]

    def entries(self, levels: Sequence[str]) -> int:
        """Return how many numbers a row reads: those elements of a vector, else one."""
        return 1 if self.vector is None else len(self.vector.read(levels))

    @property
    def domain(self) -> tuple[float, float]:
        """Between which values the parameter lies: those that its link can carry."""
        return self.link.domain

    def start(self, units: Mapping[str, float]) -> float:
        """Return the value that searches begin with, given the response's "spread" and units."""
        if self.typical is None:
            return units["spread"]
        return self.typical * (units[self.unit] if self.unit else 1.0)

"""What the thresholds of a family of ratings are made of, and its density in those parameters.

A family says its density in eta, the thresholds t that a row reads, and disc. Thresholds are the
elements of a vector, or a first one and the same step to each next, or each less a linear predictor
of its own. All of that is linear: derivatives go through its coefficients.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from mixwell.families.elementwise import Elementwise, element, size_of, takes, where
from mixwell.families.family import Density, Sampler, Tally
from mixwell.families.ordered.latent import summed

__all__ = ["Rating", "Written", "equidistant", "flexible", "shift_names", "shifted"]

_NONE = float("inf")
#: For each parameter of a density the places among eta, t and disc that it moves, and how much.
type _Ways = tuple[tuple[tuple[int, Any], ...], ...]


@dataclass(frozen=True)
class Rating:
    """A family's functions of (y, t, eta, disc, link), with t the thresholds that a row reads.

    These are at the `places`, functions of the response, or with none all of them. Derivatives are
    in eta, t and disc, in this order; `pairs` is what belongs below the curvature's diagonal.
    `category` is the response for a uniform number `draw` in place of y, and all thresholds.
    `of_row` is what (s, t, link) say of a row, `by_row` and `slopes` are those of its `Tally`.
    """

    log: Elementwise
    gradient: Elementwise
    hessian: Elementwise
    curvature: Elementwise
    pairs: Elementwise
    category: Elementwise
    of_row: Elementwise
    by_row: Elementwise
    slopes: Elementwise
    places: tuple[Elementwise, ...] = ()


@dataclass(frozen=True)
class Written:
    """A density in a family's own parameters, and what goes with it: `origin` is the mean of t."""

    density: Density
    sampler: Sampler
    tally: Tally
    origin: Elementwise


def _every(threshold: Any) -> list[Any]:
    return [element(threshold, k, 0.0, 0.0) for k in range(size_of(threshold))]


@cache
def flexible(rating: Rating) -> Written:
    """Return the density whose thresholds are the elements of a vector."""
    places = rating.places

    def at_places(y: Any, threshold: Any) -> list[Any]:
        return [element(threshold, place(y), -_NONE, _NONE) for place in places]

    def all_of_them(y: Any, threshold: Any) -> list[Any]:
        return _every(threshold)

    return _written(rating, at_places if places else all_of_them, all_of_them)


@cache
def equidistant(rating: Rating, count: int) -> Written:
    """Return the density of so many thresholds, a first one with the same step to each next."""
    places, last = rating.places, count - 1

    def at(place: Any, threshold: Any, spacing: Any) -> Any:
        return element(threshold, 0, 0.0, 0.0) + place * spacing

    def within(place: Any, threshold: Any, spacing: Any) -> Any:
        own = at(place, threshold, spacing)
        return where(place < 0, -_NONE, where(place > last, _NONE, own))

    def at_places(y: Any, threshold: Any, spacing: Any) -> list[Any]:
        return [within(place(y), threshold, spacing) for place in places]

    def all_of_them(y: Any, threshold: Any, spacing: Any) -> list[Any]:
        return [at(k, threshold, spacing) for k in range(count)]

    def ways(y: Any) -> _Ways:
        steps = [place(y) for place in places] if places else list(range(count))
        read = range(1, len(steps) + 1)
        first = tuple((i, 1) for i in read)
        return ((0, 1),), first, ((len(steps) + 1, 1),), tuple(zip(read, steps, strict=True))

    read = at_places if places else all_of_them
    return _written(rating, read, all_of_them, ("spacing",), ways)


@cache
def shifted(rating: Rating, count: int) -> Written:
    """Return the density of so many thresholds, each less a number of a row's own."""

    def all_of_them(y: Any, threshold: Any, *shifts: Any) -> list[Any]:
        return [own - shift for own, shift in zip(_every(threshold), shifts, strict=True)]

    def ways(y: Any) -> _Ways:
        plain = tuple(((i, 1),) for i in range(count + 2))
        return (*plain, *(((i, -1),) for i in range(1, count + 1)))

    return _written(rating, all_of_them, all_of_them, shift_names(count), ways)


def shift_names(count: int) -> tuple[str, ...]:
    """Return the names of what is taken off each of so many thresholds.

    >>> shift_names(3)
    ('cs1', 'cs2', 'cs3')
    """
    return tuple(f"cs{k}" for k in range(1, count + 1))


def _written(
    rating: Rating,
    read: Elementwise,
    every: Elementwise,
    more: tuple[str, ...] = (),
    ways: Callable[[Any], _Ways] | None = None,
) -> Written:
    """Write a density in the parameters of which `read` makes the thresholds that a row reads.

    `every` makes all of them, `more` are the parameters after disc, `ways` the coefficients by
    which each parameter moves eta, the thresholds that are read, and disc.
    """
    log, of_row, category = rating.log, rating.of_row, rating.category
    named = takes("y", "eta", "threshold", "disc", "link", *more)

    @named
    def log_density(y: Any, eta: Any, threshold: Any, disc: Any, link: Any, *own: Any) -> Any:
        return log(y, read(y, threshold, *own), eta, disc, link)

    @takes("draw", "eta", "threshold", "disc", "link", *more)
    def response(draw: Any, eta: Any, threshold: Any, disc: Any, link: Any, *own: Any) -> Any:
        return category(draw, every(draw, threshold, *own), eta, disc, link)

    @takes("s", "threshold", "link", *more)
    def seen(s: Any, threshold: Any, link: Any, *own: Any) -> Any:
        return of_row(s, read(s, threshold, *own), link)

    @takes("threshold", *more)
    def origin(threshold: Any, *own: Any) -> Any:
        found = every(0.0, threshold, *own)
        return summed(found) / len(found)

    gradient, hessian, curvature, pairs = _derivatives(rating, ways)

    def of(derivative: Elementwise) -> Elementwise:
        @named
        def found(y: Any, eta: Any, threshold: Any, disc: Any, link: Any, *own: Any) -> Any:
            return derivative(y, read(y, threshold, *own), eta, disc, link)

        return found

    return Written(
        Density(log_density, of(gradient), of(hessian), of(curvature), pairs=of(pairs)),
        Sampler("random", (), response),
        Tally(by_row=rating.by_row, slopes=rating.slopes, of_row=seen),
        origin,
    )


def _derivatives(rating: Rating, ways: Callable[[Any], _Ways] | None) -> tuple[Elementwise, ...]:
    """Return gradient, hessian, curvature and pairs in the parameters that move t so."""
    slopes, bends, diagonal, below = (
        rating.gradient,
        rating.hessian,
        rating.curvature,
        rating.pairs,
    )
    if ways is None:
        return slopes, bends, diagonal, below
    found_ways = ways

    def gradient(y: Any, t: Any, eta: Any, disc: Any, link: Any) -> list[Any]:
        found = slopes(y, t, eta, disc, link)
        return [summed([_times(c, found[i]) for i, c in way]) for way in found_ways(y)]

    def hessian(y: Any, t: Any, eta: Any, disc: Any, link: Any) -> list[Any]:
        found, every = bends(y, t, eta, disc, link), found_ways(y)

        def at(i: int, j: int) -> Any:
            return found[max(i, j) * (max(i, j) + 1) // 2 + min(i, j)]

        return [_form(way, other, at) for k, way in enumerate(every) for other in every[: k + 1]]

    def information(y: Any, t: Any, eta: Any, disc: Any, link: Any) -> Any:
        own, mixed = diagonal(y, t, eta, disc, link), below(y, t, eta, disc, link)

        def at(i: int, j: int) -> Any:
            return own[i] if i == j else mixed[max(i, j) * (max(i, j) - 1) // 2 + min(i, j)]

        return at

    def curvature(y: Any, t: Any, eta: Any, disc: Any, link: Any) -> list[Any]:
        at = information(y, t, eta, disc, link)
        return [_form(way, way, at) for way in found_ways(y)]

    def pairs(y: Any, t: Any, eta: Any, disc: Any, link: Any) -> list[Any]:
        at, every = information(y, t, eta, disc, link), found_ways(y)
        return [_form(way, other, at) for k, way in enumerate(every) for other in every[:k]]

    return gradient, hessian, curvature, pairs


def _form(way: Any, other: Any, at: Callable[[int, int], Any]) -> Any:
    """Return a bilinear form of two rows of coefficients; None where every entry is."""
    terms = []
    for (i, c), (j, d) in product(way, other):
        own = at(i, j)
        if own is not None:
            terms.append(_times(c, _times(d, own)))
    return summed(terms) if terms else None


def _times(coefficient: Any, value: Any) -> Any:
    if isinstance(coefficient, int) and abs(coefficient) == 1:
        return value if coefficient == 1 else -value
    return coefficient * value

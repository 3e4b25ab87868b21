"""Links that are powers of the mean: itself, its root, and one over it or its square."""

import math
from typing import TYPE_CHECKING, Any

from mixwell.families.elementwise import sqrt
from mixwell.families.link import Link, LinkWords, ResponseScale, same
from mixwell.families.links.link_scales import less_offset, named_words

if TYPE_CHECKING:
    from mixwell.numeric.moments import ResponseMoments

__all__ = ["IDENTITY", "INVERSE", "INVERSE_SQUARED", "SQRT"]


def _one(eta: Any) -> Any:
    return 1.0 + 0.0 * eta


def _zero(eta: Any) -> Any:
    return 0.0 * eta


def _carried_as_it_is(y: "ResponseMoments") -> ResponseScale:
    text = f"{y.word}({y.name}) = {y.width:.3g}"
    return ResponseScale(y.mean_less_offset, y.width, y.width, f"mean({y.name})", text)


def _plain_words(quantity: str, rate: bool) -> LinkWords:
    return LinkWords(level=quantity, linear_level=quantity)


IDENTITY = Link(
    name="identity",
    formula="{}",
    domain=(-math.inf, math.inf),
    forward=same,
    backward=same,
    rise=_one,
    bend=_zero,
    carry=_carried_as_it_is,
    words=_plain_words,
    linear=True,
    observed="observed means",
)


def _reciprocal(value: Any) -> Any:
    return 1.0 / value


def _reciprocal_rise(eta: Any) -> Any:
    return -1.0 / eta**2


def _reciprocal_bend(eta: Any) -> Any:
    return 2.0 / eta**3


def _carried_to_reciprocals(y: "ResponseMoments") -> ResponseScale:
    size = abs(y.mean) or y.width
    location, text = less_offset(1 / (y.mean or y.width), "1 / mean(y)", y)
    return ResponseScale(location, y.width / size**2, y.width, text, "sd(y)/mean(y)^2")


INVERSE = Link(
    name="inverse",
    formula="1 / {}",
    domain=(-math.inf, math.inf),
    forward=_reciprocal,
    backward=_reciprocal,
    rise=_reciprocal_rise,
    bend=_reciprocal_bend,
    carry=_carried_to_reciprocals,
    words=named_words("inverse"),
)


def _root(mean: Any) -> Any:
    return sqrt(mean)


def _square(eta: Any) -> Any:
    return eta**2


def _square_rise(eta: Any) -> Any:
    return 2.0 * eta


def _square_bend(eta: Any) -> Any:
    return 2.0 + 0.0 * eta


def _carried_to_roots(y: "ResponseMoments") -> ResponseScale:
    mean, spread = y.of_roots
    location, text = less_offset(mean, "mean(sqrt(y))", y)
    return ResponseScale(location, spread, y.width, text, "sd(sqrt(y))")


SQRT = Link(
    name="sqrt",
    formula="sqrt({})",
    domain=(0.0, math.inf),
    forward=_root,
    backward=_square,
    rise=_square_rise,
    bend=_square_bend,
    carry=_carried_to_roots,
    words=named_words("sqrt"),
)


def _over_square(mean: Any) -> Any:
    return mean**-2.0


def _over_root(eta: Any) -> Any:
    return eta**-0.5


def _over_root_rise(eta: Any) -> Any:
    return -0.5 * eta**-1.5


def _over_root_bend(eta: Any) -> Any:
    return 0.75 * eta**-2.5


def _carried_to_squares_below(y: "ResponseMoments") -> ResponseScale:
    size = abs(y.mean) or y.width
    location, text = less_offset(size**-2, "1 / mean(y)^2", y)
    return ResponseScale(location, 2 * y.width / size**3, y.width, text, "2 sd(y)/mean(y)^3")


INVERSE_SQUARED = Link(
    name="inverse_squared",
    formula="1 / {}^2",
    domain=(0.0, math.inf),
    forward=_over_square,
    backward=_over_root,
    rise=_over_root_rise,
    bend=_over_root_bend,
    carry=_carried_to_squares_below,
    words=named_words("inverse squared"),
)

"""What links of several kinds share: a response measured on their scale, and its words."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from mixwell.families.link import LinkWords, ResponseScale

if TYPE_CHECKING:
    from mixwell.numeric.moments import ResponseMoments

__all__ = ["less_offset", "named_words", "standard_scale"]


def less_offset(location: float, text: str, y: "ResponseMoments") -> tuple[float, str]:
    """Return where an intercept is expected next to an offset, and the text that says so."""
    mean = y.mean_offset
    return (location - mean, f"{text} - mean(offset)") if mean else (location, text)


def standard_scale(name: str) -> "Callable[[ResponseMoments], ResponseScale]":
    """Return the rule for links on whose scale everything is of size 1."""

    def carried(y: "ResponseMoments") -> ResponseScale:
        location, text = less_offset(0.0, "0", y)
        return ResponseScale(location, 1.0, y.width, text, f"{name} scale")

    return carried


def named_words(name: str) -> Callable[[str, bool], LinkWords]:
    """Return the words of a scale that has a name and no reading as ratios."""

    def words(quantity: str, rate: bool) -> LinkWords:
        return LinkWords(level=quantity, linear_level=quantity, suffix=f"on the {name} scale")

    return words

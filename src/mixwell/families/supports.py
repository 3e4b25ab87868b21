"""Responses that several families refuse, and outcomes at an end of their support."""

from typing import Any

from mixwell.families.elementwise import rint
from mixwell.families.family import Refusal

__all__ = [
    "AT_AN_END",
    "BELOW_ZERO",
    "NOT_POSITIVE",
    "NOT_WHOLE",
    "OUTSIDE",
    "at_an_end",
    "is_zero",
]


def _below_zero(y: Any) -> Any:
    return y < 0


def _not_positive(y: Any) -> Any:
    return y <= 0


def _not_whole(y: Any) -> Any:
    return y != rint(y)


def at_an_end(y: Any) -> Any:
    """Return which responses are at or beyond an end of the numbers between 0 and 1."""
    return (y <= 0) | (y >= 1)


def _outside(y: Any) -> Any:
    return (y < 0) | (y >= 1)


def is_zero(y: Any) -> Any:
    """Return which responses are 0."""
    return y == 0


BELOW_ZERO = Refusal(_below_zero, "is below 0")
NOT_POSITIVE = Refusal(_not_positive, "is not above 0")
NOT_WHOLE = Refusal(_not_whole, "is not a whole number")
AT_AN_END = Refusal(at_an_end, "is not between 0 and 1 (exclusive)")
OUTSIDE = Refusal(_outside, "is neither 0 nor between 0 and 1 (exclusive)")

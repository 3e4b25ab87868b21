"""The rows at the ends of what a number is made of, and how it is put together, in words."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from mixwell.interpret.origins.made_numbers import (
    Combination,
    Number,
    Quotient,
    Spread,
    SummedRows,
    Through,
    Undetermined,
)
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.text.phrases import fraction

__all__ = ["leaves_of", "parts_of", "said_of", "shares_of"]

# Weights whose different values are named; of more the range is said.
_FEW = 3
# Parts of a number that are said in short.
_MOST_PARTS = 4
_ALIKE = 10
# Shares of up to so many rows are written as fractions, where they are these to rounding errors.
_MOST_SHARES, _EXACT = 100_000, 1e-13


def leaves_of(number: Number, label: str = "") -> Iterator[tuple[str, SummedRows]]:
    """Go through the rows behind a number, each set with the label of the part that they make."""
    if isinstance(number, SummedRows):
        yield label, number
    elif isinstance(number, Through):
        yield from leaves_of(number.part, label)
    else:
        for own, _, part in parts_of(number):
            yield from leaves_of(part, f"{label}: {own}" if label else own)


def parts_of(number: Number) -> list[tuple[str, float, Number]]:
    """Return the labels, the weights and the numbers that a number is put together from.

    None where it is made of rows; of quotients weights are powers, and what spreads has none.
    """
    if isinstance(number, Through):
        return parts_of(number.part)
    if isinstance(number, Combination):
        return list(zip(number.labels, number.weights.tolist(), number.parts, strict=True))
    if isinstance(number, Spread):
        return [
            (label, np.nan, each) for label, each in zip(number.labels, number.parts, strict=True)
        ]
    if isinstance(number, Quotient):
        return [("after", 1.0, number.over), ("before", -1.0, number.under)]
    return []


def said_of(number: Number) -> str:
    """Say how a number is made."""
    if isinstance(number, Through):
        return number.said.format(said_of(number.part))
    if isinstance(number, Quotient):
        return "what is after divided by what is before" + (", less 1" if number.less else "")
    if isinstance(number, Combination):
        count = len(number.parts)
        return (
            f"the sum of weights times {count} numbers" if count > 1 else "a weight times a number"
        )
    if isinstance(number, Spread):
        count = len(number.parts)
        what = "one contrast contributes" if count == 1 else f"{count:,} contrasts contribute"
        return f"the sd over the data's rows of what {what}"
    if isinstance(number, Undetermined):
        return "of nothing: the data do not determine it"
    assert isinstance(number, SummedRows)
    count, what = len(number.frame), number.values.what
    if count == 1 and number.weights[0] == 1:
        return f"the {what} of one row"
    if number.period is not None:
        return f"the mean direction of {count:,} rows"
    if count > 1 and np.ptp(number.weights) == 0 and np.isclose(number.weights.sum(), 1):
        return f"the average of the {what} over {count:,} different rows"
    rows = "one row" if count == 1 else f"each of {count:,} different rows"
    return f"the sum of weights times the {what} of {rows}"


def shares_of(number: Number) -> str:
    """Say in short how many rows weigh how much."""
    parts = parts_of(number)
    if not parts:
        return _behind(number) or "none"
    alone = isinstance(number, Quotient | Spread)
    each = [
        f"{'' if alone else f'{weight_text(weight)} x '}{label} ({_behind(part)})"
        for label, weight, part in parts[:_MOST_PARTS]
    ]
    further = [f"{len(parts) - _MOST_PARTS:,} more"] if len(parts) > _MOST_PARTS else []
    return (" / " if isinstance(number, Quotient) else ", ").join([*each, *further])


def _behind(number: Number) -> str:
    return "; ".join(_shares(rows) for _, rows in leaves_of(number))


def _shares(rows: SummedRows) -> str:
    values, counts = _distinct(rows.weights)
    if len(values) > _FEW:
        low, high = weight_text(values.min()), weight_text(values.max())
        return f"{counts.sum():,} rows, weights {low} to {high}"
    each = zip(counts.tolist(), values.tolist(), strict=True)
    return ", ".join(f"{count:,} x {weight_text(value)}" for count, value in each)


def _distinct(weights: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the different weights, the positive ones first, and how many rows have each."""
    rounded = np.array([float(f"{w:.{_ALIKE}g}") for w in weights])
    _, first, counts = np.unique(-rounded, return_index=True, return_counts=True)
    return weights[first], counts.astype(np.int64)


def coefficient_text(value: float) -> str:
    """Write the weight of a coefficient: a value of a variable where it looks like one.

    >>> coefficient_text(1 / 3), coefficient_text(18.44), coefficient_text(0.25)
    ('1/3', '18.44', '1/4')
    """
    plain = f"{value:.6g}"
    text = weight_text(value)
    simple = len(text) < len(plain) or float(plain) != value
    return text if simple else plain


def weight_text(value: float) -> str:
    """Write a weight: a fraction where it is one, shares of many rows too, else three digits.

    >>> weight_text(0.5), weight_text(59 / 1934), weight_text(2**-0.5)
    ('1/2', '59/1934', '0.707')
    """
    near = Fraction(float(value)).limit_denominator(_MOST_SHARES)
    return str(near) if abs(float(near) - value) <= _EXACT * abs(value) else fraction(value)

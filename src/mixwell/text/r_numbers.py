"""R's way of writing numbers and tables: common decimals, columns in line, vectors with names."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mixwell.text.alignment import aligned
from mixwell.text.numbers import fixed

WIDTH = 80
#: The least p value that R writes, and where its marks end.
_EPSILON = 2.2e-16
_STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"), (0.1, "."))
_LEGEND = "Signif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1"
#: What R puts between the columns of a table.
R_GAP = " "


def format_numbers(values: ArrayLike, digits: int) -> list[str]:
    """Write numbers as R's `format(x, digits)`: as many decimals as the neediest one, one width.

    >>> format_numbers([24.74066, 5.92214, 25.5918], 4)
    ['24.741', ' 5.922', '25.592']
    """
    numbers = np.atleast_1d(np.asarray(values, dtype=float))
    finite = [float(value) for value in numbers if np.isfinite(value)]
    needs = [_needed(value, digits) for value in finite]
    decimals = max((places for places, _ in needs), default=0)
    figures = max((count for _, count in needs), default=1)
    plain = [fixed(value, decimals) for value in finite]
    powers = [f"{value:.{figures - 1}e}" for value in finite]
    long = max(map(len, plain), default=0) > max(map(len, powers), default=0)
    written = iter(powers if long else plain)
    cells = [next(written) if np.isfinite(value) else _name(value) for value in numbers]
    width = max(map(len, cells), default=0)
    return [cell.rjust(width) for cell in cells]


def _needed(value: float, digits: int) -> tuple[int, int]:
    """Return the decimals and the figures that a number needs when `digits` figures count."""
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    kept = mantissa.lstrip("-").replace(".", "").rstrip("0") or "0"
    return max(0, len(kept) - 1 - int(exponent)), len(kept)


def _name(value: float) -> str:
    return "NA" if np.isnan(value) else "Inf" if value > 0 else "-Inf"


def coefficient_decimals(values: ArrayLike, digits: int = 4) -> int:
    """Return the decimals of estimates and their errors in R's `printCoefmat`, (n, 2).

    >>> coefficient_decimals([[251.4051, 6.8246], [10.4673, 1.5458]])
    3
    """
    numbers = np.asarray(values, dtype=float)
    sizes = np.abs(numbers[np.isfinite(numbers) & (numbers != 0)])
    if not sizes.size:
        return 1
    places = 1 + np.floor(np.log10([sizes.min(), sizes.max()]))
    decimals = max(1, *(digits - int(place) for place in places))
    flat = format_numbers(np.round(numbers, decimals).ravel(), digits)
    return max((len(cell.partition(".")[2]) for cell in flat), default=0)


def zapped(values: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Round away what is negligible against the largest number (R's `zapsmall`)."""
    numbers = np.asarray(values, dtype=float)
    largest = float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0))
    if largest == 0:
        return numbers
    return np.round(numbers, max(0, 7 - int(np.ceil(np.log10(largest)))))


def named_vector(names: Sequence[str], cells: Sequence[str], gap: int = 2) -> list[str]:
    """Print a vector with its names above, wrapped as R does it.

    >>> named_vector(["(Intercept)", "Days"], ["251.41", "10.47"])
    ['(Intercept)         Days', '     251.41        10.47']
    """
    width = max((len(text) for text in (*names, *cells)), default=0)
    each = max(1, (WIDTH + gap) // (width + gap))
    lines = []
    for start in range(0, len(names), each):
        for row in (names[start : start + each], cells[start : start + each]):
            lines.append((" " * gap).join(text.rjust(width) for text in row))
    return lines


def frame_lines(names: Sequence[str], header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Print a data frame: names on the left, every column to the right."""
    cells = [["", *header], *([name, *row] for name, row in zip(names, rows, strict=True))]
    return "\n".join(aligned(cells, [False, *[True] * len(header)], R_GAP))


def abbreviate(name: str, length: int = 6) -> str:
    """Shorten a name as R's `abbreviate`: small vowels go first, then small letters, from the end.

    >>> abbreviate("(Intercept)"), abbreviate("period2")
    ('(Intr)', 'perid2')
    """
    kept = list(name)
    for letters in ("aeiou", "bcdfghjklmnpqrstvwxyz"):
        for i in range(len(kept) - 1, 0, -1):
            if len(kept) > length and kept[i] in letters:
                del kept[i]
    return "".join(kept)


def p_texts(values: ArrayLike, digits: int = 4) -> list[str]:
    """Write p values as R's `format.pval`: those below 2.2e-16 as such.

    >>> p_texts([0.7809, 1e-20]), p_texts([1e-20, 3.264e-06])
    (['0.7809', '<2e-16'], ['< 2.2e-16', '3.264e-06'])
    """
    p = np.asarray(values, dtype=float)
    small, plain = p < _EPSILON, p >= 1e-3
    found = np.full(len(p), "", dtype=object)
    for chosen in (plain, ~plain & ~small):
        if chosen.any():
            found[chosen] = format_numbers(p[chosen], digits)
    if small.any():
        least, gap = max(1, digits - 2), " "
        width = max((len(text) for text in found[~small]), default=0)
        if width and digits + 4 > width and least > 1:
            least = max(1, width - 7)
        if least == 1 and width <= 6:
            gap = ""
        found[small] = f"<{gap}{_EPSILON:.{least - 1}e}"
    return list(map(str, found))


def stars(values: ArrayLike) -> list[str]:
    """Return R's marks of p values.

    >>> stars([0.0001, 0.04, 0.5])
    ['***', '*', '']
    """
    numbers = np.asarray(values, dtype=float)
    return [next((mark for end, mark in _STARS if p <= end), "") for p in numbers]


def star_lines(values: ArrayLike) -> list[str]:
    """Return what R says below a table whose p values have marks."""
    return ["---", _LEGEND] if (np.asarray(values, dtype=float) < 0.1).any() else []

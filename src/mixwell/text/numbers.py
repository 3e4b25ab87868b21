"""Numbers as text: how many decimals they need, and decimal points in one column."""

from collections.abc import Hashable, Sequence

import numpy as np

from mixwell.text.level_labels import label_of

#: Below it whole numbers are written out.
MILLIARDS = 1e15
#: A number that needs more decimals is written with a power of ten.
_MOST_DECIMALS = 8
#: Floats hold no more digits after the first.
_MOST_FURTHER = 15
#: Six digits of a number show a thousandth of a spread that is up to this many times smaller.
_IN_SIX_DIGITS = 1e3


def decimals_for(spread: float, digits: int) -> int:
    """Return how many decimals show so many digits of a spread; 3 without a spread.

    >>> [decimals_for(sd, 3) for sd in (1234.0, 12.3, 1.2, 0.012)]
    [0, 1, 2, 4]
    """
    if not np.isfinite(spread) or spread <= 0:
        return 3
    return max(0, digits - 1 - int(np.floor(np.log10(spread))))


def fixed(value: float, places: int) -> str:
    """Write a number with so many decimals; zero has no sign.

    Numbers that need more than 8 decimals, or have more than 15 figures, get a power of ten.

    >>> fixed(-0.0001, 2), fixed(-1.26, 1), fixed(1.2345e-11, 13)
    ('0.00', '-1.3', '1.23e-11')
    """
    if np.isnan(value):
        return "NaN"
    if value and np.isfinite(value):
        if places > _MOST_DECIMALS:
            further = places + int(np.floor(np.log10(abs(value))))
            return f"{value:.{min(max(0, further), _MOST_FURTHER)}e}"
        if abs(value) >= MILLIARDS:
            return f"{value:.3e}"
    elif places > _MOST_DECIMALS:
        places = 0
    text = f"{value:.{places}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def points_in_line(values: Sequence[float], places: Sequence[int]) -> list[str]:
    """Write numbers with decimals of their own, blanks behind them keeping the points in line.

    >>> points_in_line([1234.0, 1.23], [0, 2])
    ['1234   ', '1.23']
    """
    plain = [own if own <= _MOST_DECIMALS else 0 for own in places]
    most = max(plain, default=0)
    cells = []
    for value, own, decimals in zip(values, places, plain, strict=True):
        shown = 0 if np.isnan(value) else decimals
        # A number without decimals also leaves room for the point of those that have some.
        point = 1 if shown == 0 and most > 0 else 0
        cells.append(fixed(value, own) + " " * (most - shown + point))
    return cells


def show_value(value: object, digits: int = 6) -> str:
    """Write a level or a number as short text; whole numbers keep all their digits.

    >>> show_value(0.30000000000000004), show_value(1234567.0), show_value("b2"), show_value(True)
    ('0.3', '1234567', 'b2', 'True')
    """
    if isinstance(value, float | np.floating):
        number = float(value)
        whole = number.is_integer() and abs(number) < MILLIARDS
        return label_of(number) if whole else f"{number:.{digits}g}"
    return str(value)


def show_near(value: float, spread: float) -> str:
    """Write a number so that others within a spread of it look different, however far from zero.

    >>> show_near(1_700_000_123.4, 3600.0), show_near(12.34567891, 3600.0)
    ('1700000123', '12.3457')
    """
    far = 0 < _IN_SIX_DIGITS * spread < abs(value) < MILLIARDS
    if not far:
        return show_value(float(value))
    text = fixed(value, decimals_for(spread, 4))
    return text.rstrip("0").rstrip(".") if "." in text else text


def show_count(value: float) -> str:
    """Write how many there are, or what weights add up to: in whole, small ones to four figures.

    >>> show_count(182736.0), show_count(182736.51), show_count(12.3456)
    ('182,736', '182,737', '12.35')
    """
    return f"{value:,.0f}" if value == round(value) or value >= 1000 else f"{value:.4g}"


def show_values(values: Sequence[Hashable], digits: int = 6) -> list[str]:
    """Write levels or numbers as short text, with more digits where different ones look alike.

    >>> show_values([0.1 + 0.2, 1.0]), show_values([0.1 + 0.2, 0.3])
    (['0.3', '1'], ['0.30000000000000004', '0.3'])
    """
    short = [show_value(value, digits) for value in values]
    alike = len(set(short)) < len(set(values))
    return [label_of(value) for value in values] if alike else short

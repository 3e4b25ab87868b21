"""Small pieces of English: numbers, fractions, lists and plurals."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

# Denominators beyond this are decimals to a reader.
LARGEST_DENOMINATOR = 60
FRACTION_TOLERANCE = 1e-9


def number(value: float, digits: int = 4) -> str:
    """Return a number as text with a few significant digits.

    >>> number(4.5), number(2.87228), number(-0.0), number(1467.0)
    ('4.5', '2.872', '0', '1467')
    """
    if abs(value - round(value)) < 1e-9 * max(1.0, abs(value)) and abs(value) < 1e9:
        return str(round(value))
    return f"{value:.{digits}g}"


def fraction(value: float) -> str:
    """Return a multiplier as text: a fraction where it is one, else three digits.

    >>> fraction(2 / 3), fraction(2**-0.5), fraction(2.0), fraction(0.1)
    ('2/3', '0.707', '2', '1/10')
    """
    near = Fraction(value).limit_denominator(LARGEST_DENOMINATOR)
    if abs(float(near) - value) < FRACTION_TOLERANCE and abs(near.numerator) <= LARGEST_DENOMINATOR:
        return str(near)
    return number(value, 3)


def scaled(scale: float, what: str) -> str:
    """Put a multiplier in front of a noun phrase.

    >>> scaled(0.5, "the difference"), scaled(2 / 3, "the difference")
    ('half of the difference', '2/3 of the difference')
    >>> scaled(2**-0.5, "the difference"), scaled(1.0, "the difference")
    ('0.707 times the difference', 'the difference')
    """
    text = fraction(scale)
    if text == "1":
        return what
    if text == "1/2":
        return f"half of {what}"
    return f"{text} of {what}" if "/" in text and scale < 1 else f"{text} times {what}"


def listed(items: Sequence[str]) -> str:
    """Join words as in a sentence.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def and_more(items: Sequence[str], most: int, comma: str = ", ") -> str:
    """List words up to a number of them, and count the others.

    >>> and_more(["a", "b", "c"], 2), and_more(["a", "b", "c"], 1, "; "), and_more(["a"], 2)
    ('a, b and 1 more', 'a; and 2 more', 'a')
    """
    more = len(items) - most
    pause = ";" if comma == "; " else ""
    return comma.join(items[:most]) + (f"{pause} and {more} more" if more > 0 else "")


def and_so_on(items: Sequence[str], most: int = 12) -> str:
    """List words up to a number of them; dots stand for the others.

    >>> and_so_on(["a", "b", "c"], 2), and_so_on(["a"])
    ('a, b, ...', 'a')
    """
    return ", ".join(items[:most]) + (", ..." if len(items) > most else "")


def signed_sum(terms: Iterable[tuple[bool, str]]) -> str:
    """Join terms, each with whether it is subtracted.

    >>> signed_sum([(False, "a"), (True, "2 b")]), signed_sum([(True, "a")])
    ('a - 2 b', '-a')
    """
    text = ""
    for negative, term in terms:
        if text:
            text += f" {'-' if negative else '+'} {term}"
        else:
            text = f"-{term}" if negative else term
    return text


def plural(noun: str) -> str:
    """Return what stands behind "across": the plural of a column's name, or its levels.

    >>> [plural(noun) for noun in ("user", "Subject", "batch", "city", "classes", "g1", "a:b")]
    ['users', 'Subjects', 'batches', 'cities', 'classes', 'levels of g1', 'combinations of a and b']
    """
    if ":" in noun:
        return f"combinations of {listed(noun.split(':'))}"
    if not noun.isalpha() or len(noun) < 3:
        return f"levels of {noun}"
    if noun.endswith(("ss", "us", "is", "x", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("s"):
        return noun
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"

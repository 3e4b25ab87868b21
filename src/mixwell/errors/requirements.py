"""What a value of an argument has to be, and the refusal of all others."""

import numbers
from collections.abc import Collection, Iterable, Mapping
from typing import TypeGuard

from mixwell.errors.exceptions import DataError, PlacedError
from mixwell.errors.spelling import did_you_mean

__all__ = [
    "LARGEST",
    "is_finite",
    "is_number",
    "is_truth",
    "listed_values",
    "require_choice",
    "require_known",
    "require_mapping",
    "require_seed",
    "require_text",
    "require_texts",
    "require_truth",
    "require_whole",
    "shown",
]

LARGEST = 1e150  # the square of a larger number is none that a float holds
LONGEST_VALUE = 60  # a longer value is shown by its type


def require_choice(argument: str, given: object, choices: Collection[str]) -> None:
    """Refuse a value of an argument that is none of its choices, and say the nearest or all.

    Examples
    --------
    >>> require_choice("scale", "log", ("response", "link"))
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: scale='log' is unknown.
    Choices: response, link.
    """
    if not isinstance(given, str) or given not in choices:
        text = shown(given)
        raise DataError(f"{argument}={text} is unknown.", hint=did_you_mean(text, choices))


def require_known(
    name: object, known: Collection[str], message: str, *, where: str | None = None
) -> None:
    """Refuse a name that is not among the known ones, with the nearest of these.

    What is no text is no name.
    """
    if not isinstance(name, str) or name not in known:
        raise DataError(message, where=where, hint=did_you_mean(name, known))


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a value is a real number; True and False are none, though Python adds them.

    Examples
    --------
    >>> is_number(2), is_number(True), is_number("2")
    (True, False, False)
    """
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def is_finite(value: object) -> TypeGuard[float]:
    """Return whether a value is a finite number, and so is its square.

    Examples
    --------
    >>> is_finite(2), is_finite(float("nan")), is_finite(True)
    (True, False, False)
    """
    return is_number(value) and abs(value) <= LARGEST


def is_truth(value: object) -> bool:
    """Return whether a value is a truth value, Python's or NumPy's.

    Examples
    --------
    >>> is_truth(True), is_truth(1), is_truth("True")
    (True, False, False)
    """
    kind = type(value)  # NumPy is not imported for this
    return kind is bool or (kind.__module__, kind.__name__) in (
        ("numpy", "bool"),
        ("numpy", "bool_"),
    )


def require_truth(argument: str, given: object) -> None:
    """Refuse a value of an argument that is neither True nor False: a text is true, however read.

    Examples
    --------
    >>> require_truth("reml", "no")
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: reml is 'no'.
        reml
    Give True or False.
    """
    if not is_truth(given):
        said = f"{argument} is {shown(given)}."
        raise DataError(said, where=argument, hint="Give True or False.")


def listed_values(given: object) -> list[object]:
    """Return one value or several as a list: a text is one, and so is an array without axes.

    Examples
    --------
    >>> listed_values("sigma"), listed_values((0, 1))
    (['sigma'], [0, 1])
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        return [given]
    return [given] if getattr(given, "ndim", None) == 0 else list(given)


def require_text(argument: str, given: object, hint: str | None = None) -> str:
    """Return a value of an argument that is a text; `DataError` for any other.

    Examples
    --------
    >>> require_text("name", 3)
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: name= takes a text, not 3.
        name
    """
    if not isinstance(given, str):
        said = f"{argument}= takes a text, not {shown(given)}."
        raise DataError(said, where=argument, hint=hint)
    return given


def require_texts(
    argument: str, given: object, hint: str | None = None, least: int = 1
) -> list[str]:
    """Return one text or several as a list; `DataError` for what is neither, and for too few.

    Examples
    --------
    >>> require_texts("parameters", "sigma"), require_texts("parameters", ("b", "sigma"))
    (['sigma'], ['b', 'sigma'])
    """
    listed = listed_values(given)
    found = [each for each in listed if isinstance(each, str)]
    if len(found) < max(least, len(listed)):
        said = f"{argument}= takes a text or a list of texts, not {shown(given)}."
        raise DataError(said, where=argument, hint=hint)
    return found


def require_mapping(argument: str, given: object, example: str) -> None:
    """Refuse a value of an argument that is neither None nor a mapping from texts.

    Examples
    --------
    >>> require_mapping("contrasts", "sum", '{"block": "sum"}')
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: contrasts= takes a dict, not 'sum'.
        contrasts
    Write contrasts={"block": "sum"}.
    """
    named = isinstance(given, Mapping) and all(isinstance(name, str) for name in given)
    if given is not None and not named:
        said = f"{argument}= takes a dict, not {shown(given)}."
        raise DataError(said, where=argument, hint=f"Write {argument}={example}.")


def require_whole(
    argument: str, given: object, least: int, error: type[PlacedError] = DataError
) -> None:
    """Refuse a value of an argument that is no whole number, or one below the least.

    Examples
    --------
    >>> require_whole("draws", 0.5, 1)
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: draws is 0.5.
        draws
    Give a whole number from 1 on.
    """
    if isinstance(given, bool) or not isinstance(given, numbers.Integral) or int(given) < least:
        raise error(
            f"{argument} is {shown(given)}.",
            where=argument,
            hint=f"Give a whole number from {least} on.",
        )


def require_seed(seed: object, error: type[PlacedError] = DataError) -> None:
    """Refuse a seed that is no whole number from 0 on; None stands for a new one every time."""
    if seed is not None:
        require_whole("seed", seed, 0, error)


def shown(given: object) -> str:
    """Write a value in a few words: as Python does where that is short, else by its type."""
    text = " ".join(repr(given).split())
    return text if len(text) <= LONGEST_VALUE else f"a value of type {type(given).__name__}"

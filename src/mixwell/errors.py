"""Exceptions that say what is wrong, where it is, and what the nearest valid choice is."""

import difflib
import functools
import numbers
import os
import sys
import unicodedata
import warnings
from collections.abc import Collection, Iterable, Mapping
from typing import TypeGuard

__all__ = [
    "DataError",
    "FormulaError",
    "MixwellError",
    "MixwellWarning",
    "PriorError",
    "SamplingError",
    "did_you_mean",
    "is_finite",
    "is_number",
    "listed_values",
    "nearest",
    "require_choice",
    "require_known",
    "require_mapping",
    "require_seed",
    "require_text",
    "require_texts",
    "require_truth",
    "require_whole",
    "shown",
    "warn",
]

INDENT = "    "
# Between a line of the user and ours: this package, and the cached properties of the standard one.
OURS = (os.path.dirname(__file__) + os.sep, functools.__file__)
WIDEST_LINE = 96  # a longer line of a formula is cut around the place
LARGEST = 1e150  # the square of a larger number is none that a float holds
LONGEST_VALUE = 60  # a longer value is shown by its type
LONGEST_PART = 4000  # a longer part of an error loses its middle
LONGEST_NAME = 200  # nobody mistypes more letters than that
LONGEST_LIST = 12  # more choices than this are counted instead of listed
# What other packages call an argument, by what it is called here.
CALLED_HERE = {
    **dict.fromkeys(("random_seed", "random_state", "rng", "rng_seed"), "seed"),
    **dict.fromkeys(("iter", "iterations", "samples", "n_samples", "num_samples"), "draws"),
    **dict.fromkeys(("warmup", "num_warmup", "burn", "burnin", "n_tune"), "tune"),
    **dict.fromkeys(("n_chains", "num_chains"), "chains"),
    "adapt_delta": "target_accept",
    "inference_method": "engine",
    "progress": "progressbar",
    **dict.fromkeys(("prob", "hdi_prob", "ci", "level", "conf_level", "confint"), "ci_prob"),
    **dict.fromkeys(("newdata", "new_data", "df"), "data"),
    **dict.fromkeys(("prior", "prior_weights"), "priors"),
    **dict.fromkeys(("re_form", "re_formula", "allow_new_levels"), "groups"),
    **dict.fromkeys(("var_names", "pars", "variables"), "parameters"),
    **dict.fromkeys(("ref", "reference"), "base"),
    "specs": "of",
    "type": "kind",
}


class MixwellError(ValueError):
    """Any refusal or failure that mixwell explains; the base of the four below.

    Examples
    --------
    >>> issubclass(MixwellError, ValueError)
    True
    """


class FormulaError(MixwellError):
    """A formula that cannot be read, with a caret under the place.

    ``start`` and ``stop`` count characters of ``text``; ``hint`` is the nearest valid choice.

    Examples
    --------
    >>> print(FormulaError('"z" was not expected here.', text="y ~ x z", start=6, stop=7,
    ...                    hint='Did you mean "x + z"?'))
    "z" was not expected here.
        y ~ x z
              ^
    Did you mean "x + z"?
    """

    def __init__(
        self,
        message: str,
        *,
        text: str = "",
        start: int | None = None,
        stop: int | None = None,
        hint: str | None = None,
    ) -> None:
        self.message = message
        self.text = text
        self.start = start
        self.stop = stop
        self.hint = hint
        super().__init__(_assemble(message, _point(text, start, stop), hint))

    @classmethod
    def at(
        cls, span: tuple[int, int], message: str, text: str, hint: str | None = None
    ) -> "FormulaError":
        """Return the error for a place in a text: its first character and the one after it."""
        return cls(message, text=text, start=span[0], stop=span[1], hint=hint)


class _PlacedError(MixwellError):
    """An error whose place is words (a column, a row, an argument) instead of a caret."""

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.message = message
        self.where = where
        self.hint = hint
        super().__init__(_assemble(message, f"{INDENT}{where}" if where else None, hint))


class DataError(_PlacedError):
    """Data that a formula or a family cannot use, with the column and row.

    Examples
    --------
    >>> print(DataError("A count is below 0.", where='column "y", row 7', hint="Remove the row."))
    A count is below 0.
        column "y", row 7
    Remove the row.
    """


class PriorError(_PlacedError):
    """A prior that names no parameter, or is not a distribution.

    Examples
    --------
    >>> print(PriorError("No parameter is called sd_usr.", hint='Did you mean "sd_user"?'))
    No parameter is called sd_usr.
    Did you mean "sd_user"?
    """


class SamplingError(_PlacedError):
    """Draws that could not be made, with what to try next.

    Examples
    --------
    >>> print(SamplingError("No chain finished."))
    No chain finished.
    """


class MixwellWarning(UserWarning):
    """A sentence about something that was noticed, and what was done about it.

    Examples
    --------
    >>> issubclass(MixwellWarning, UserWarning)
    True
    """


def warn(message: str) -> None:
    """Say ``message`` as a `MixwellWarning` of the user's own line, however deep we are.

    Python shows a warning once for each line: one that named a line of ours would be shown
    for the first model only.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, MixwellWarning, stacklevel=level)


def nearest(name: object, choices: Iterable[str], n: int = 3) -> list[str]:
    """Return the up to ``n`` choices that are spelled most like ``name``, best first.

    Upper and lower case count as the same letter, backticks as none; what is no text counts as
    Python writes it.

    Examples
    --------
    >>> nearest("days", ["Days", "Subject", "Reaction"])
    ['Days']
    """
    by_folded: dict[str, list[str]] = {}
    for choice in choices:
        by_folded.setdefault(_folded(choice), []).append(choice)
    folded = difflib.get_close_matches(
        _folded(str(name)[:LONGEST_NAME]), by_folded, n=n, cutoff=0.6
    )
    return [choice for key in folded for choice in by_folded[key]][:n]


def _folded(name: str) -> str:
    return name.casefold().replace("`", "")


def did_you_mean(name: object, choices: Iterable[str]) -> str | None:
    """Return a sentence with the nearest choices, or a short list of all of them.

    What an argument is called elsewhere is known. None when there is nothing to choose from.

    Examples
    --------
    >>> did_you_mean("Dyas", ["Days", "Subject"])
    'Did you mean "Days"?'
    >>> did_you_mean("weight", ["Days", "Subject"])
    'Choices: Days, Subject.'
    >>> did_you_mean("random_seed", ["draws", "seed"])
    'Did you mean "seed"?'
    """
    listed = list(choices)
    if not listed:
        return None
    here = CALLED_HERE.get(str(name))
    near = [here] if here in listed else nearest(name, listed)
    if near:
        quoted = [f'"{choice}"' for choice in near]
        *first, last = quoted
        return f"Did you mean {', '.join(first)} or {last}?" if first else f"Did you mean {last}?"
    if len(listed) <= LONGEST_LIST:
        return f"Choices: {', '.join(listed)}."
    first_ones = ", ".join(listed[:LONGEST_LIST])
    return f"Choices: {first_ones} and {len(listed) - LONGEST_LIST} more."


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
    argument: str, given: object, least: int, error: type[_PlacedError] = DataError
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


def require_seed(seed: object, error: type[_PlacedError] = DataError) -> None:
    """Refuse a seed that is no whole number from 0 on; None stands for a new one every time."""
    if seed is not None:
        require_whole("seed", seed, 0, error)


def shown(given: object) -> str:
    """Write a value in a few words: as Python does where that is short, else by its type."""
    text = " ".join(repr(given).split())
    return text if len(text) <= LONGEST_VALUE else f"a value of type {type(given).__name__}"


def _assemble(message: str, place: str | None, hint: str | None) -> str:
    return "\n".join(_shortened(part) for part in (message, place, hint) if part)


def _shortened(part: str) -> str:
    """Leave the middle out of what nobody reads whole, such as a name of a million letters."""
    half = LONGEST_PART // 2
    return part if len(part) <= LONGEST_PART else f"{part[:half]} ... {part[-half:]}"


def _point(text: str, start: int | None, stop: int | None) -> str | None:
    """Return the line of ``text`` that holds ``start`` and, below it, the caret line."""
    if not text or start is None:
        return None
    first = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    line = text[first : len(text) if end < 0 else end]
    at = start - first
    length = max(1, min((start + 1 if stop is None else stop) - start, len(line) - at))
    line, at, length = _window(line, at, length)
    line = "".join(c if c.isprintable() else " " for c in line)
    pad = " " * _width(line[:at])
    marks = max(1, _width(line[at : at + length]))
    return f"{INDENT}{line}\n{INDENT}{pad}^{'~' * (marks - 1)}"


def _window(line: str, at: int, length: int) -> tuple[str, int, int]:
    """Cut a long line around the place, so that the caret stays in sight."""
    if len(line) <= WIDEST_LINE:
        return line, at, length
    left = max(0, min(at - WIDEST_LINE // 2, len(line) - WIDEST_LINE))
    cut = line[left : left + WIDEST_LINE]
    head = "..." if left else ""
    tail = "..." if left + WIDEST_LINE < len(line) else ""
    length = max(1, min(length, len(cut) - (at - left)))
    return head + cut + tail, at - left + len(head), length


def _width(text: str) -> int:
    """Return how many terminal cells a text fills: East Asian wide characters fill two."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)

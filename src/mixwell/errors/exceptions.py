"""Exceptions that say what is wrong, where it is, and what the nearest valid choice is."""

import functools
import os
import sys
import warnings

from mixwell.errors.carets import INDENT, under_caret

__all__ = [
    "DataError",
    "FormulaError",
    "MixwellError",
    "MixwellWarning",
    "PlacedError",
    "PriorError",
    "SamplingError",
    "warn",
]

# Between a line of the user and ours: this package, and the cached properties of the standard one.
OURS = (os.path.dirname(os.path.dirname(__file__)) + os.sep, functools.__file__)
LONGEST_PART = 4000  # a longer part of an error loses its middle


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
        super().__init__(_assemble(message, under_caret(text, start, stop), hint))

    @classmethod
    def at(
        cls, span: tuple[int, int], message: str, text: str, hint: str | None = None
    ) -> "FormulaError":
        """Return the error for a place in a text: its first character and the one after it."""
        return cls(message, text=text, start=span[0], stop=span[1], hint=hint)


class PlacedError(MixwellError):
    """An error whose place is words (a column, a row, an argument) instead of a caret."""

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.message = message
        self.where = where
        self.hint = hint
        super().__init__(_assemble(message, f"{INDENT}{where}" if where else None, hint))


class DataError(PlacedError):
    """Data that a formula or a family cannot use, with the column and row.

    Examples
    --------
    >>> print(DataError("A count is below 0.", where='column "y", row 7', hint="Remove the row."))
    A count is below 0.
        column "y", row 7
    Remove the row.
    """


class PriorError(PlacedError):
    """A prior that names no parameter, or is not a distribution.

    Examples
    --------
    >>> print(PriorError("No parameter is called sd_usr.", hint='Did you mean "sd_user"?'))
    No parameter is called sd_usr.
    Did you mean "sd_user"?
    """


class SamplingError(PlacedError):
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


def _assemble(message: str, place: str | None, hint: str | None) -> str:
    return "\n".join(_shortened(part) for part in (message, place, hint) if part)


def _shortened(part: str) -> str:
    """Leave the middle out of what nobody reads whole, such as a name of a million letters."""
    half = LONGEST_PART // 2
    return part if len(part) <= LONGEST_PART else f"{part[:half]} ... {part[-half:]}"

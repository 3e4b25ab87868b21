"""How a text is laid out as a table: its records, the fields of each, the lines they are in."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import DataError
from mixwell.numeric.arrays import IntArray

if TYPE_CHECKING:
    from _csv import Reader

    from numpy.typing import NDArray

__all__ = ["SEPARATORS", "Records", "find_separator", "layout", "split_line"]

SEPARATORS = (",", ";", "\t", "|")
_HEAD = 2**16  # bytes that a separator is judged by
_NEWLINE, _QUOTE, _SPACE = b"\n"[0], b'"'[0], b" "[0]
_LONGEST_FIELD = 2**31 - 1


@dataclass(frozen=True)
class Records:
    """The records of a text that are not blank: how many fields each has, its first line from 1."""

    fields: IntArray
    lines: IntArray


def split_line(line: str, separator: str) -> list[str]:
    """Return the fields of one record.

    >>> split_line('a, "b,c" ,d', ",")
    ['a', 'b,c ', 'd']
    """
    return next(_reader(line, separator), [])


def find_separator(data: bytes, preferred: str) -> str:
    r"""Return what separates the columns: what gives all of the first records as many fields.

    A space is asked last; a text of one column has the preferred one.

    >>> find_separator(b"y;x\n1,5;2\n3,5;4\n", ","), find_separator(b"y\n1\n2\n", ",")
    (';', ',')
    """
    head = data[:_HEAD]
    if len(head) < len(data):
        head = head[: head.rfind(b"\n") + 1] or head
    text = head.decode(errors="replace")
    found = {each: _fields(text, each) for each in (preferred, *SEPARATORS, " ")}
    even = {each: counts[0] for each, counts in found.items() if _is_even(counts)}
    space = even.pop(" ", 0)
    if even:
        return max(even, key=lambda each: even[each])
    named = {each: counts[0] for each, counts in found.items() if each != " "}
    most = max(named, key=lambda each: named[each])
    return " " if space and named[most] == 1 else most


def layout(data: bytes, separator: str, name: str) -> Records:
    """Return the records of a text; `DataError` for a quote that is not closed."""
    found = _quick_layout(data, separator)
    return found if found is not None else _exact_layout(data, separator, name)


def _is_even(counts: Sequence[int]) -> bool:
    """Whether records have as many fields as the names above them, or one more, and not just one.

    One more: names of rows, as R writes them, or a separator at the end of lines. Of one name that
    cannot be said: the other field may be what follows a decimal comma.
    """
    header, *rows = counts or [0]
    return header > 1 and {*rows} in (set(), {header}, {header + 1})


def _reader(text: str, separator: str, *, strict: bool = False) -> "Reader":
    csv.field_size_limit(_LONGEST_FIELD)
    lines = io.StringIO(text)
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=strict)


def _fields(text: str, separator: str) -> list[int]:
    return [len(record) for record in _reader(text, separator) if any(record)]


def _quick_layout(data: bytes, separator: str) -> Records | None:
    """Count separators between line ends outside of quotes; None where that is uneven.

    Uneven texts are read again with more care: a quote inside of a field is no quote.
    """
    letters = np.frombuffer(data, dtype=np.uint8)
    outside = np.ones(len(letters), dtype=bool)
    if _QUOTE in data:
        quotes = letters == _QUOTE
        outside = ~np.logical_xor.accumulate(quotes)
        if not _are_at_ends(letters, np.flatnonzero(quotes), separator.encode()[0]):
            return None
    line_ends = letters == _NEWLINE
    ends = np.flatnonzero(line_ends & outside)
    starts = np.concatenate([[0], ends + 1])
    starts = starts[starts < len(letters)]
    separators = np.flatnonzero((letters == separator.encode()[0]) & outside)
    counts = np.diff(np.append(np.searchsorted(separators, starts), len(separators)))
    lines = 1 + np.searchsorted(np.flatnonzero(line_ends), starts)
    kept = letters[starts] != _NEWLINE
    counts, lines = counts[kept] + 1, lines[kept]
    if not outside[-1] or not len(counts) or counts.min() != counts.max():
        return None
    return Records(counts, lines)


def _are_at_ends(letters: "NDArray[np.uint8]", quotes: IntArray, separator: int) -> bool:
    """Whether quotes open where fields begin and close where they end, two for one inside."""
    around = np.concatenate([[_NEWLINE], letters, [_NEWLINE]])
    end, begin = np.zeros((2, 256), dtype=bool)
    end[[separator, _NEWLINE, _QUOTE]] = True
    begin[:] = end
    begin[_SPACE] = True
    return bool(begin[around[quotes[0::2]]].all() and end[around[quotes[1::2] + 2]].all())


def _exact_layout(data: bytes, separator: str, name: str) -> Records:
    text = data.decode()
    reader = _reader(text, separator, strict=True)
    fields, lines, before = [], [], 0
    try:
        for record in reader:
            if any(record) or len(record) > 1:
                fields.append(len(record))
                lines.append(before + 1)
            before = reader.line_num
    except csv.Error as error:
        closed = "end of data" not in str(error)
        raise DataError(
            f"A quote that opens in line {before + 1} of {name} "
            + (f"is followed by more in line {reader.line_num}." if closed else "is never closed."),
            where=text.split("\n")[before][:80],
            hint='A quote inside of a quoted value is written twice: "".',
        ) from None
    return Records(np.array(fields, dtype=np.int64), np.array(lines, dtype=np.int64))

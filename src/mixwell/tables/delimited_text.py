"""Tables written as text: CSV and its kin, read as what they are or refused with the line."""

import io
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mixwell.errors import DataError, warn
from mixwell.numeric.arrays import EXACT_INTEGERS
from mixwell.tables.text_layout import Records, find_separator, layout, split_line
from mixwell.tables.text_numbers import is_text, note_text_columns, read_decimal_commas

__all__ = ["TextBegin", "read_begin", "read_text"]

_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SAID = {"\t": "a tab", " ": "a space"}
_ROW_NAMES = "row names"


def read_text(data: bytes, name: str, preferred: str = ",") -> pd.DataFrame:
    r"""Read a table of text, whatever separates its columns; long whole numbers stay whole.

    What was understood beyond a plain table (another separator, decimal commas, names of rows) is
    said. Raises `DataError`, with the line, for what is no table: lines of different lengths,
    names that are missing or doubled, quotes that are not closed, bytes that are no text.

    >>> read_text(b"id,x\n9007199254740993,1\n,2\n", "long.csv")["id"].tolist()
    [9007199254740993, <NA>]
    """
    data = _as_utf8(data, name)
    data, stated = _stated_separator(data)
    if not data.strip():
        raise DataError(f"{name} is empty.")
    separator = stated or find_separator(data, preferred)
    found = layout(data, separator, name)
    header = _header(data, separator, found)
    _require_names(header, found, data, name)
    if len(found.fields) == 1:
        raise DataError(f"{name} has names of columns and no rows.")
    _require_even(found, header, data, name, separator)
    frame = _frame(data, separator, found, header, name)
    if separator != preferred:
        warn(f"The columns of {name} are separated by {_said(separator)}.")
    if separator != ",":
        frame = read_decimal_commas(frame, name)
    _require_header_above(frame, found, name)
    note_text_columns(frame, found.lines[1:], name)
    return frame


@dataclass(frozen=True)
class TextBegin:
    """How a table of text begins: what separates its fields, their names, lines above the rows.

    A field without a name here is one that is no column: of names of rows, or behind a separator
    at the end of lines.
    """

    separator: str
    names: tuple[str | None, ...]
    lines: int


def read_begin(data: bytes, name: str, preferred: str = ",") -> TextBegin:
    r"""Return how a table of text begins, from its first lines; says and refuses as `read_text`.

    >>> read_begin(b"id,x\n1,2\n", "a.csv")
    TextBegin(separator=',', names=('id', 'x'), lines=1)
    """
    frame = read_text(data, name, preferred)
    data, stated = _stated_separator(_as_utf8(data, name))
    separator = stated or find_separator(data, preferred)
    found = layout(data, separator, name)
    names: list[str | None] = [str(each) for each in frame.columns]
    if found.fields[1] > len(_header(data, separator, found)):
        body = data[_start_of_line(data, int(found.lines[1])) :]
        behind = _rows(body, separator).iloc[:, -1].isna().all()
        names = [*names, None] if behind else [None, *names]
    return TextBegin(separator, tuple(names), int(found.lines[1]) - 1)


def _as_utf8(data: bytes, name: str) -> bytes:
    """Return a text as UTF-8 without a mark, its lines ended by a line feed; or refuse it."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data[:2] in _MARKS:
        data = data.decode(_MARKS[data[:2]], errors="replace").encode()
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\0" in data:
        halves = sorted(data[at::2].count(b"\0") for at in (0, 1))
        if halves[1] > len(data) / 4 and halves[0] < halves[1] / 10:
            hint = "iconv -f UTF-16LE -t UTF-8 FILE | mixwell fit - ..."
            raise DataError(f"{name} is not UTF-8; it looks like UTF-16.", hint=hint)
        line = 1 + data.count(b"\n", 0, data.index(b"\0"))
        said = f"Line {line} of {name} holds a byte 0, which no text has."
        raise DataError(said, hint="The file is damaged, or no table of text.")
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise _not_utf8(data, error.start, name) from None
    return data


def _not_utf8(data: bytes, place: int, name: str) -> DataError:
    begin = data.rfind(b"\n", 0, place) + 1
    end = data.find(b"\n", place)
    line = data[begin : end if end >= 0 else len(data)].decode("cp1252", errors="replace")
    number = 1 + data.count(b"\n", 0, place)
    return DataError(
        f"Line {number} of {name} is not UTF-8. As Windows-1252 it says:",
        where=line[:80],
        hint="Where that is right: iconv -f WINDOWS-1252 -t UTF-8 FILE | mixwell fit - ...",
    )


def _stated_separator(data: bytes) -> tuple[bytes, str | None]:
    """Return the text without the first line "sep=;" that Excel understands, and what it says.

    An empty line stays in its place, so that lines keep their numbers.
    """
    first, _, rest = data.partition(b"\n")
    said = first.strip().strip(b'"')
    if said[:4].lower() == b"sep=" and len(said) == 5:
        return b"\n" + rest, said[4:].decode()
    return data, None


def _header(data: bytes, separator: str, found: Records) -> list[str]:
    start = _start_of_line(data, int(found.lines[0]))
    stop = _start_of_line(data, int(found.lines[1])) if len(found.lines) > 1 else len(data)
    return [each.strip() for each in split_line(data[start:stop].decode(), separator)]


def _start_of_line(data: bytes, line: int) -> int:
    place = 0
    for _ in range(line - 1):
        place = data.index(b"\n", place) + 1
    return place


def _require_names(header: list[str], found: Records, data: bytes, name: str) -> None:
    """Refuse a first line that is no line of names, and names that stand there twice."""
    line = int(found.lines[0])
    if all(_is_number(each) for each in header if each):
        raise DataError(
            f"Line {line} of {name} holds numbers, where the names of the columns should be.",
            where=", ".join(header)[:80],
            hint="Write a line of names above the rows.",
        )
    twice = [each for each, count in Counter(header).items() if each and count > 1]
    if twice:
        places = [str(at + 1) for at, each in enumerate(header) if each == twice[0]]
        raise DataError(
            f'{len(places)} columns of {name} are called "{twice[0]}".',
            where=f"columns {', '.join(places)} of line {line}",
            hint="Give each column a name of its own.",
        )


def _require_even(
    found: Records, header: list[str], data: bytes, name: str, separator: str
) -> None:
    """Refuse rows with more or fewer fields than there are names, the first of them by its line."""
    named, rows = int(found.fields[0]), found.fields[1:]
    if (rows == rows[0]).all() and rows[0] in (named, named + (named > 1)):
        return
    if (rows == rows[0]).all() and len(rows) > 1:
        first, second = int(found.lines[0]), int(found.lines[1])
        below = data[_start_of_line(data, second) :].split(b"\n", 1)[0].decode()
        hint = f"Where the names stand below: tail -n +{first + 1} FILE | mixwell fit - ..."
        if _is_number(below):
            hint = 'Decimal commas are read where ";" or a tab separates the columns.'
        raise DataError(
            f"Line {first} of {name} has {_fields(named)}, and the lines below it {rows[0]}.",
            where=", ".join(header)[:80],
            hint=hint,
        )
    uneven = np.flatnonzero(rows != named)
    row = int(uneven[0])
    line = int(found.lines[row + 1])
    where = data[_start_of_line(data, line) :].split(b"\n", 1)[0].decode()
    more = f" So have {len(uneven) - 1} further lines." if len(uneven) > 1 else ""
    raise DataError(
        f"Line {line} of {name} has {_fields(int(rows[row]))}, where {named} columns have names.",
        where=where[:80],
        hint=_way_out(row == len(rows) - 1, int(rows[row]), named, separator) + more,
    )


def _way_out(is_last: bool, fields: int, named: int, separator: str) -> str:
    if fields > named:
        return f"A value that holds {_said(separator)} needs quotes around it."
    if is_last:
        return "It is the last line: the file may be cut off."
    return "A missing value is written as NA, or as nothing between two separators."


def _said(separator: str) -> str:
    return _SAID.get(separator, f'"{separator}"')


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def _frame(
    data: bytes, separator: str, found: Records, header: list[str], name: str
) -> pd.DataFrame:
    """Read the rows, with the names that were found above them."""
    extra = int(found.fields[1]) - len(header)
    names = [each or f"Unnamed: {at}" for at, each in enumerate(header)]
    if extra:
        names = [_ROW_NAMES, *names] if extra == 1 else names
    body = data[_start_of_line(data, int(found.lines[1])) :]
    frame = _with_whole_numbers(_rows(body, separator), body, separator)
    if extra and frame.iloc[:, -1].isna().all():
        frame = frame.iloc[:, :-1]
        names = names[1:]
    frame.columns = pd.Index(names)
    if names[0] == _ROW_NAMES and extra:
        said = "has one name fewer than columns: the first column is taken for names of rows"
        warn(f"{name} {said}, as R writes them.")
        frame = frame.iloc[:, 1:]
    return frame


def _rows(body: bytes, separator: str, **options: Any) -> pd.DataFrame:
    made: pd.DataFrame = pd.read_csv(
        io.BytesIO(body),
        sep=separator,
        header=None,
        index_col=False,
        skipinitialspace=True,
        low_memory=False,  # else a column may hold numbers in some of its parts, texts in others
        **options,
    )
    return made


def _with_whole_numbers(frame: pd.DataFrame, body: bytes, separator: str) -> pd.DataFrame:
    """Return the frame with long whole numbers whole.

    pandas makes floats of whole numbers where one is missing, which cannot keep these apart.
    """
    floats = frame.select_dtypes("float")
    long = [name for name in floats if floats[name].abs().max() >= EXACT_INTEGERS]
    if long:
        again = _rows(body, separator, usecols=long, dtype_backend="numpy_nullable")
        for name in long:
            if pd.api.types.is_integer_dtype(again[name].dtype):
                frame[name] = again[name]
    return frame


def _require_header_above(frame: pd.DataFrame, found: Records, name: str) -> None:
    """Refuse a first line that reads like a row, and a row that repeats the names above.

    Like a row: names of columns of numbers are numbers, and either not whole (a year may name a
    column) or next to a text that is a value of its own column, too.
    """
    texts = [each for each in frame if is_text(frame[each])]
    repeated = [each for each in texts if (frame[each] == each).any()]
    if len(repeated) == len(frame.columns):
        again = np.flatnonzero(np.all([frame[each] == each for each in repeated], axis=0))
        if len(again):
            line = found.lines[int(again[0]) + 1]
            raise DataError(
                f"Line {line} of {name} repeats the names of the columns.",
                hint="Remove it. To join files: (cat a.csv; tail -n +2 b.csv) | mixwell fit - ...",
            )
    numbers = [str(each) for each in frame if each not in texts]
    like_row = numbers and all(map(_is_number, numbers))
    if like_row and (repeated or not all(each.isdigit() for each in numbers)):
        raise DataError(
            f"Line {found.lines[0]} of {name} reads like a row, not like names of columns.",
            where=", ".join(map(str, frame))[:80],
            hint="Write a line of names above the rows.",
        )


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return any(letter.isdigit() for letter in text)

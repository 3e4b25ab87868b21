"""Fields of delimited text as columns: SQL that learns what they hold, and that reads them so."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from mixwell.tables.delimited_text import TextBegin
from mixwell.tables.lazy.many_files.duckdb_tables import plain_path, sql_text, sql_texts
from mixwell.tables.lazy.many_files.written_numbers import (
    DECIMAL_COMMA,
    MISSING_WORDS,
    NUMBER,
    TRUTH,
    WHOLE,
)

__all__ = ["FieldColumn", "TextFields", "schema_of", "wider"]

#: What a column of text is, by how one speaks of it in Arrow.
_ARROW = {
    "nothing": pa.null(),
    "truth": pa.bool_(),
    "whole": pa.int64(),
    "number": pa.float64(),
    "text": pa.string(),
}
#: What is counted of the values of a column, and the kind of one of which all values are so.
_TESTS = {
    "truth": f"regexp_full_match({{0}}, '{TRUTH}')",
    "whole": f"regexp_full_match({{0}}, '{WHOLE}') AND TRY_CAST({{0}} AS BIGINT) IS NOT NULL",
    "number": f"regexp_full_match({{0}}, '{NUMBER}')",
}
_COMMA = "regexp_full_match({0}, '" + DECIMAL_COMMA.replace("{", "{{").replace("}", "}}") + "')"
_READ = {
    "nothing": "CAST(NULL AS DOUBLE)",
    "truth": "lower({0}) = 'true'",
    "whole": "CAST({0} AS BIGINT)",
    "number": "CAST({0} AS DOUBLE)",
    "text": "{0}",
}


@dataclass(frozen=True)
class FieldColumn:
    """What the values of a column of one file are, and whether their decimal mark is a comma."""

    kind: str
    comma: bool = False


@dataclass(frozen=True)
class TextFields:
    """The fields of a file of text, each of which DuckDB reads as a text."""

    path: Path
    packed: bool
    begin: TextBegin

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [name for name in self.begin.names if name is not None]

    @property
    def source(self) -> str:
        """The rows of the file, as SQL reads them."""
        fields = ", ".join(f"'f{place}': 'VARCHAR'" for place in range(len(self.begin.names)))
        return (
            f"read_csv({sql_texts([plain_path(self.path)])}, columns = {{{fields}}}, "
            f"auto_detect = false, header = false, skip = {self.begin.lines}, "
            f"delim = {sql_text(self.begin.separator)}, quote = '\"', escape = '\"', "
            f"compression = '{'gzip' if self.packed else 'none'}', strict_mode = true)"
        )

    def _value(self, name: str) -> str:
        """Return a column as texts, NULL where they stand for a missing value."""
        text = f"ltrim(f{self.begin.names.index(name)}, ' ')"
        missing = ", ".join(map(sql_text, MISSING_WORDS))
        return f"CASE WHEN {text} NOT IN ({missing}) THEN {text} END"

    def learning(self) -> str:
        """Return the query that `learned` understands: counts of values by what they are."""
        tests = [*_TESTS.values()]
        if self.begin.separator != ",":
            tests += [_COMMA, "contains({0}, ',')"]
        counts = ["count(*)"]
        for name in self.names:
            value = self._value(name)
            counts += [f"count({value})", *(f"count_if({t.format(value)})" for t in tests)]
        return f"SELECT {', '.join(counts)} FROM {self.source}"

    def learned(self, counts: tuple[int, ...]) -> dict[str, FieldColumn]:
        """Return what the columns are, from the counts that `learning` gives."""
        each = (len(counts) - 1) // len(self.names)
        parts = [counts[at : at + each] for at in range(1, len(counts), each)]
        return {name: _column(*part) for name, part in zip(self.names, parts, strict=True)}

    def typed(self, name: str, column: FieldColumn, kind: str) -> str:
        """Return a column of a file as SQL reads it: as values of the kind that all files have."""
        value = self._value(name)
        if column.comma:
            value = f"replace(replace({value}, '.', ''), ',', '.')"
        return _READ["nothing" if column.kind == "nothing" and kind != "text" else kind].format(
            value
        )


def _column(present: int, *counts: int) -> FieldColumn:
    """Return what a column is of which so many values are there, and so many of each kind."""
    if not present:
        return FieldColumn("nothing")
    for kind, count in zip(_TESTS, counts, strict=False):
        if count == present:
            return FieldColumn(kind)
    with_comma = len(counts) > len(_TESTS) and counts[-2] == present and counts[-1] > 0
    return FieldColumn("number", comma=True) if with_comma else FieldColumn("text")


def schema_of(columns: dict[str, FieldColumn]) -> pa.Schema:
    """Return columns of a text as Arrow would have them.

    >>> schema_of({"x": FieldColumn("whole")}).types
    [DataType(int64)]
    """
    return pa.schema([(name, _ARROW[column.kind]) for name, column in columns.items()])


def wider(kinds: Iterable[str]) -> str:
    """Return the kind of a column of several files, whose kinds fit together.

    >>> wider(["nothing", "whole", "number"])
    'number'
    """
    return max(kinds, key=list(_ARROW).index)

"""Tables that DuckDB reads: relations of a user's connection, datasets of Arrow, files."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixwell.package_options import options

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "connection",
    "plain_path",
    "relation_choices",
    "selection",
    "sql_name",
    "sql_text",
    "sql_texts",
]

_PATTERN = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})
_WHYS = {
    "NULL": "has no values.",
    "TIMESTAMPTZ_NS": "holds instants in nanoseconds, which are no TIMESTAMPTZ: cast it to that.",
}
_TEXTS = ("UUID",)  # types whose values are texts elsewhere, and which narwhals does not know


def connection() -> "duckdb.DuckDBPyConnection":
    """Return a connection of our own: what does not fit in memory goes to temporary files.

    It fetches no extensions from elsewhere, does not keep the order of rows, reads clocks as UTC,
    and shows no bar of its own in notebooks: ours says what is asked.
    """
    import duckdb

    own = duckdb.connect(
        config={
            "memory_limit": f"{options.memory // 10**6} MB",
            "temp_directory": str(Path(tempfile.gettempdir()) / "mixwell-duckdb"),
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
        }
    )
    own.execute("SET enable_progress_bar = false")
    own.execute("SET TimeZone = 'UTC'")
    return own


def sql_name(name: str) -> str:
    """Return a name as SQL writes it.

    >>> sql_name('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def sql_text(text: str) -> str:
    """Return a text as SQL writes it.

    >>> sql_text("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def sql_texts(texts: Iterable[str]) -> str:
    """Return a list of texts as SQL writes it.

    >>> sql_texts(["a", "b"])
    "['a', 'b']"
    """
    return f"[{', '.join(map(sql_text, texts))}]"


def plain_path(path: Path) -> str:
    """Return a path in which DuckDB sees no pattern, whatever letters it has.

    >>> plain_path(Path("/data/a[1].csv"))
    '/data/a[[]1].csv'
    """
    return str(path.resolve()).translate(_PATTERN)


def selection(columns: Mapping[str, str], source: str) -> str:
    """Return the query for columns by name, each an expression of SQL, out of a source.

    >>> selection({"x": 'CAST("x" AS DOUBLE)'}, "rows")
    'SELECT CAST("x" AS DOUBLE) AS "x" FROM rows'
    """
    listed = ", ".join(f"{text} AS {sql_name(name)}" for name, text in columns.items())
    return f"SELECT {listed} FROM {source}"


def relation_choices(relation: Any) -> dict[str, Any]:
    """Return what is to be known of a relation's columns beyond what narwhals says of them."""
    kinds = dict(zip(relation.columns, map(str, relation.types), strict=True))
    whys = {name: _WHYS.get(kind.strip('"')) for name, kind in kinds.items()}
    return {
        "texts": frozenset(name for name, kind in kinds.items() if kind in _TEXTS),
        "refused": {name: f"Column {name!r} {why}" for name, why in whys.items() if why},
    }

"""What engines of lazy tables do each in its own way: rows in batches, a whole answer, errors."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import narwhals as nw
import pyarrow as pa

from mixwell.errors import DataError, MixwellError

__all__ = ["ENGINES", "EngineWay", "asking", "collected", "way_of"]

#: Where the errors of engines come from, by the first part of the name of the module.
_HOMES = ("duckdb", "_duckdb", "polars", "pyspark", "py4j", "ibis", "pyarrow", "narwhals", "dask")
_SPARK = ("pyspark", "py4j")
_NO_SESSION = "stopped SparkContext"  # as Spark calls it where it says anything
_STOPPED = (
    *(_NO_SESSION, "SESSION_OR_CONTEXT_NOT_EXISTS", "SparkContext was shut down"),
    *("Connection refused", "Py4JNetworkError"),
)
_LONGEST = 300  # letters of what an engine complains of
_SLOW_ROWS = 50_000  # at once where an interrupt would else wait for seconds


@dataclass(frozen=True)
class EngineWay:
    """An engine in words, whether names differ by case in it, and how rows come out of it.

    `batches` gives Arrow batches without holding the table; None where rows do not come out.
    `scanned` says that they come out faster than the engine adds them up itself. With `carries`
    columns of any type come out. `collect` is narwhals' own where it is None. `rename` gives
    columns other names, in an engine that takes names apart.
    """

    said: str
    same_case: bool
    batches: Callable[[nw.LazyFrame[Any], int], Generator[pa.RecordBatch]] | None = None
    scanned: bool = False
    carries: bool = False
    collect: Callable[[nw.LazyFrame[Any]], pa.Table] | None = None
    rename: Callable[[nw.LazyFrame[Any], list[str]], nw.LazyFrame[Any]] | None = None


def way_of(frame: nw.LazyFrame[Any]) -> EngineWay:
    """Return how the engine of a frame does things."""
    name = frame.implementation.value
    return ENGINES.get(name, EngineWay(f"a table of {name}", same_case=True))


def collected(frame: nw.LazyFrame[Any]) -> pa.Table:
    """Return the whole answer of a query as an Arrow table."""
    way = way_of(frame).collect
    return frame.collect("pyarrow").to_native() if way is None else way(frame)


@contextmanager
def asking(where: str) -> Iterator[None]:
    """Turn what an engine complains of into a `DataError` that names the table."""
    try:
        yield
    except MixwellError:
        raise
    except Exception as error:
        home = type(error).__module__.partition(".")[0]
        theirs = home in _HOMES or isinstance(error, OSError) or _raised_in(error) in _SPARK
        if not theirs:
            raise
        raise _in_words(error, where) from error


def _raised_in(error: Exception) -> str:
    """Return the library in whose code an error was raised: a stopped Spark only asserts things."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = "" if trace is None else str(trace.tb_frame.f_globals.get("__name__", ""))
    return name.partition(".")[0]


def _in_words(error: Exception, where: str) -> DataError:
    text = str(error).strip()
    if not text and _raised_in(error) in _SPARK:
        text = _NO_SESSION
    for mark, said, hint in _KNOWN:
        if mark in text or mark in type(error).__name__:
            return DataError(said.format(where=where), hint=hint)
    first = text.split("\n\n")[0] if text else type(error).__name__
    lines = [line.strip() for line in first.splitlines()[:3]]
    return DataError(f"A query on {where} failed.", where=" ".join(lines)[:_LONGEST])


def _duckdb_batches(frame: nw.LazyFrame[Any], rows: int) -> Generator[pa.RecordBatch]:
    reader = frame.to_native().to_arrow_reader(rows)
    try:
        yield from reader
    finally:
        reader.close()  # else the connection takes no other query


def _polars_batches(frame: nw.LazyFrame[Any], rows: int) -> Generator[pa.RecordBatch]:
    asked = frame.to_native()
    for part in asked.collect_batches(chunk_size=rows, maintain_order=False):
        yield from part.to_arrow().to_batches(max_chunksize=rows)


def _ibis_batches(frame: nw.LazyFrame[Any], rows: int) -> Generator[pa.RecordBatch]:
    import duckdb  # heavy: only where it is asked

    table = frame.to_native()
    engine = table.get_backend()
    if isinstance(getattr(engine, "con", None), duckdb.DuckDBPyConnection):
        table.limit(0).to_pyarrow()  # whereby DuckDB knows what ibis holds in memory
        # ibis 12 itself asks for batches by a name that DuckDB 2 has no more
        reader = engine.con.sql(engine.compile(table)).to_arrow_reader(rows)
    else:
        reader = table.to_pyarrow_batches(chunk_size=rows)
    try:
        yield from reader
    finally:
        reader.close()


def _spark_batches(frame: nw.LazyFrame[Any], rows: int) -> Generator[pa.RecordBatch]:
    """Give the rows of one partition after another, as Python's values: no worker needs Arrow."""
    schema = frame.collect_schema().to_arrow()
    source = iter(frame.to_native().toLocalIterator())
    while part := list(islice(source, min(rows, _SLOW_ROWS))):
        columns = zip(*part, strict=True)
        arrays = [_array(list(own), kind) for own, kind in zip(columns, schema.types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Return values as Arrow's; times with a zone come from Spark in the zone of this machine."""
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        values = [value and value.astimezone() for value in values]
    return pa.array(values, kind)


def _polars_collected(frame: nw.LazyFrame[Any]) -> pa.Table:
    return frame.to_native().collect(engine="streaming").to_arrow()


def _spark_renamed(frame: nw.LazyFrame[Any], names: list[str]) -> nw.LazyFrame[Any]:
    renamed: nw.LazyFrame[Any] = nw.from_native(frame.to_native().toDF(*names))
    return renamed


_SPARK_WAY = EngineWay(
    "a Spark data frame", same_case=True, batches=_spark_batches, rename=_spark_renamed
)
ENGINES: Mapping[str, EngineWay] = {
    "duckdb": EngineWay(
        "a DuckDB relation", same_case=True, batches=_duckdb_batches, scanned=True, carries=True
    ),
    "polars": EngineWay(
        "a Polars LazyFrame",
        same_case=False,
        batches=_polars_batches,
        scanned=True,
        carries=True,
        collect=_polars_collected,
    ),
    "pyspark": _SPARK_WAY,
    "pyspark[connect]": _SPARK_WAY,
    "ibis": EngineWay("an ibis table", same_case=True, batches=_ibis_batches, carries=True),
}

#: What engines say, and what that means; a mark is looked for in the text and the error's name.
_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        "ResourceInUse",
        "The DuckDB connection of {where} has a result that was not read to its end.",
        "Fetch it to its end first, or make the relation on a connection.cursor().",
    ),
    *(
        (
            mark,
            "The DuckDB connection of {where} is closed.",
            "Open it again, and make the relation anew.",
        )
        for mark in ("Connection already closed", "Connection has already been closed")
    ),
    *(
        (
            mark,
            "The Spark session of {where} was stopped.",
            "Start one, and make the data frame anew.",
        )
        for mark in _STOPPED
    ),
)

"""`LazyTable`: a table that stays where it lies, typed by one rule and asked by queries."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals as nw
import pyarrow as pa

from mixwell.errors import DataError, did_you_mean
from mixwell.interrupts import held_interrupts
from mixwell.tables.lazy.column_kinds import typed
from mixwell.tables.lazy.engines import asking, collected, way_of
from mixwell.tables.lazy.plain_tables import plain_batch, plain_row, plain_table
from mixwell.tables.lazy.query_log import Batches, Queries, Query

__all__ = ["LazyTable", "TooManyGroups", "lazy_table"]

_BATCH = 200_000
# Names within queries: those of answers may hold what an engine takes for something else.
_KEY, _ANSWER, _COLUMN = "mixwell_key_{}", "mixwell_{}", "mixwell_column_{}"


class TooManyGroups(DataError):
    """More groups of rows than may be held; `groups` is how many there are."""

    def __init__(self, groups: int, said: str, most: int) -> None:
        self.groups = groups
        super().__init__(f"There are {groups:,} groups by {said}; {most:,} are allowed here.")


@dataclass(frozen=True, eq=False)
class LazyTable:
    """A table that is never held: queries give sums, groups, or rows in batches.

    `frame` has our types (doubles that are null where missing, whole numbers, truth values, texts,
    dates), `kinds` says by name what a column is: "number", "whole", "decimal", "truth", "text" or
    "date". `levels` are those that a type orders, `ordered` the columns whose type says that the
    order means something, `refused` sentences for columns that cannot be read, `zones` the time
    zones of columns of instants, whichever zone the engine shows. `queries` is the log
    of what was asked; `scanned` says whether sums are made of rows that come out. `read` gives the
    whole table to whoever holds it after all.
    """

    frame: nw.LazyFrame[Any]
    where: str
    kinds: Mapping[str, str]
    levels: Mapping[str, tuple[str, ...]]
    ordered: frozenset[str]
    refused: Mapping[str, str]
    queries: Queries
    read: Callable[[], object]
    inner: Mapping[str, str] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    _counted: dict[str, int] = field(default_factory=dict)

    @property
    def scanned(self) -> bool:
        """Whether sums are made of rows that come out: Spark and what is behind ibis add up."""
        return way_of(self.frame).scanned

    def __repr__(self) -> str:
        """Show where the table lies, and what its columns are."""
        columns = ", ".join(f"{name} ({kind})" for name, kind in self.kinds.items())
        return f"LazyTable: {self.where}\n{columns}"

    def require(self, name: str) -> str:
        """Return the kind of a column; `DataError` with the reason for one that is not to be read.

        A name that no column has is answered with the nearest.
        """
        if name in self.kinds:
            return self.kinds[name]
        if name in self.refused:
            raise DataError(self.refused[name], where=self.where)
        hint = did_you_mean(name, self.kinds)
        raise DataError(f"There is no column {name!r}.", where=self.where, hint=hint)

    def column(self, name: str) -> nw.Expr:
        """Return a column as the frame has it; `DataError` for one that is not to be read.

        Its name within the frame is another one where the engine would take it apart, as Spark
        does at a point.
        """
        self.require(name)
        return nw.col(self.inner.get(name, name))

    def all_columns(self) -> dict[str, nw.Expr]:
        """Return every column that comes out, in their order, also those that no formula reads."""
        names = {inner: name for name, inner in self.inner.items()}
        own = self.frame.collect_schema().names()
        return {names.get(inner, inner): nw.col(inner) for inner in own}

    def number(self, name: str) -> nw.Expr:
        """Return a column of numbers or truth values as doubles, null where missing."""
        column = self.column(name)
        return column.cast(nw.Float64) if self.kinds[name] in ("whole", "truth") else column

    def in_own_zone(self, name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return values of a column that came out: instants in its own time zone, others as is."""
        zone = self.zones.get(name)
        return values if zone is None else values.cast(pa.timestamp(values.type.unit, zone))

    def values(self, name: str, values: pa.ChunkedArray) -> list[Any]:
        """Return such values as Python's; None where missing.

        Instants are those of pandas: Python takes two of one clock time for one, as when clocks are
        set back.
        """
        if name not in self.zones:
            return list(values.to_pylist())
        own = self.in_own_zone(name, values).to_pandas()
        return [each if there else None for each, there in zip(own, own.notna(), strict=True)]

    @contextmanager
    def _asking(self, purpose: str) -> Iterator[Query]:
        """Ask a query: batches of another one that are still open are given up before."""
        self.queries.give_up()  # an interrupt leaves them: a connection takes one query at a time
        with asking(self.where), self.queries.running(purpose) as query:
            yield query

    def count(self) -> int:
        """Return the number of rows, which is asked once."""
        if "rows" not in self._counted:
            answer = self.aggregate("count the rows", {"rows": nw.len()})
            self._counted["rows"] = int(str(answer["rows"]))
        return self._counted["rows"]

    def aggregate(self, purpose: str, exprs: Mapping[str, nw.Expr]) -> dict[str, object]:
        """Return aggregates of all rows by name, as Python values; None for what has no value."""
        with self._asking(purpose) as query:
            answer = collected(self.frame.select(**_numbered(exprs)))
            query.rows = answer.num_rows
        return plain_row(answer.rename_columns(list(exprs)))

    def grouped(
        self,
        purpose: str,
        keys: Mapping[str, nw.Expr],
        exprs: Mapping[str, nw.Expr],
        *,
        most: int | None = None,
    ) -> pa.Table:
        """Return aggregates of every group: columns of keys, which may be null, then of `exprs`.

        Raises `TooManyGroups`, with their number, where there are more than `most`.
        """
        named = _numbered(keys, _KEY)
        with self._asking(purpose) as query:
            if exprs:
                asked = self.frame.with_columns(**named).group_by(list(named))
                groups = asked.agg(**_numbered(exprs))
            else:
                groups = self.frame.select(**named).unique()
            answer = collected(groups if most is None else groups.head(most + 1))
            query.rows = answer.num_rows
        if most is not None and answer.num_rows > most:
            raise self._too_many(purpose, keys, most)
        return plain_table(answer.rename_columns([*keys, *exprs]))

    def _too_many(self, purpose: str, keys: Mapping[str, nw.Expr], most: int) -> TooManyGroups:
        with self._asking(f"count the groups to {purpose}") as query:
            groups = self.frame.select(**_numbered(keys, _KEY)).unique()
            found = plain_row(collected(groups.select(groups=nw.len())))["groups"]
            query.rows = 1
        said = f"{', '.join(keys)} of {self.where}"
        return TooManyGroups(int(str(found)), said, most)

    def batches(
        self,
        purpose: str,
        exprs: Mapping[str, nw.Expr],
        *,
        where: nw.Expr | None = None,
        rows: int = _BATCH,
    ) -> Batches:
        """Go through the rows in batches of about `rows`, in no promised order.

        An interrupt is raised between two batches. Another query on the table gives up what was not
        taken: the next batch is refused then. Raises `DataError` for an engine of which rows do not
        come out.
        """
        come_out = way_of(self.frame).batches
        if come_out is None:
            hint = "Write it to Parquet files and give their path: these are read in batches."
            raise DataError(f"Rows of {self.where} do not come out in batches.", hint=hint)
        self.queries.give_up()
        self.queries.open = Batches(self._batches(come_out, purpose, exprs, where, rows))
        return self.queries.open

    def _batches(
        self,
        come_out: Callable[[nw.LazyFrame[Any], int], Generator[pa.RecordBatch]],
        purpose: str,
        exprs: Mapping[str, nw.Expr],
        where: nw.Expr | None,
        rows: int,
    ) -> Generator[pa.RecordBatch]:
        frame = self.frame if where is None else self.frame.filter(where)
        with (
            asking(self.where),
            self.queries.running(purpose) as query,
            self.queries.counting(purpose, self._counted.get("rows")) as bar,
            closing(come_out(frame.select(**_numbered(exprs)), rows)) as parts,
        ):
            while (batch := _next(parts)) is not None:
                query.rows += batch.num_rows
                bar.add(batch.num_rows)
                yield plain_batch(batch.rename_columns(list(exprs)))

    def held(self) -> object:
        """Return the whole table as its library holds it, or as a pandas frame."""
        with self._asking("read the table"):
            found = self.read()
        rows = found.to_native() if isinstance(found, nw.DataFrame) else found
        if not isinstance(rows, pa.Table):
            return found
        for place, name in enumerate(rows.column_names):  # Spark gives instants of its zone in UTC
            rows = rows.set_column(place, name, self.in_own_zone(name, rows[name]))
        return rows

    def filtered(self, keep: nw.Expr) -> "LazyTable":
        """Return the table of the rows for which an expression is true; the log is shared."""
        return replace(self, frame=self.frame.filter(keep), _counted={})


def _numbered(exprs: Mapping[str, nw.Expr], name: str = _ANSWER) -> dict[str, nw.Expr]:
    return {name.format(place): expr for place, expr in enumerate(exprs.values())}


def _next(parts: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
    """Return the next batch, or None; an interrupt that comes meanwhile is raised after it."""
    with held_interrupts():
        return next(parts, None)


def lazy_table(
    frame: nw.LazyFrame[Any],
    where: str,
    read: Callable[[], object],
    *,
    texts: frozenset[str] = frozenset(),
    levels: Mapping[str, tuple[str, ...]] | None = None,
    ordered: frozenset[str] = frozenset(),
    refused: Mapping[str, str] | None = None,
    zones: Mapping[str, str] | None = None,
) -> LazyTable:
    """Return a lazy table of a narwhals frame, typed by our rules.

    `zones` are those of columns whose own time zone the engine does not keep.
    """
    with asking(where):
        frame, names = _renamed(frame)
        found = typed(
            frame,
            names=names,
            texts=texts,
            levels=levels,
            ordered=ordered,
            refused=refused,
            same_case=way_of(frame).same_case,
            carried=way_of(frame).carries,
        )
    if not found.kinds:
        whys = " ".join(list(found.refused.values())[:3])
        raise DataError(f"No column of {where} can be read. {whys}".rstrip())
    return LazyTable(
        found.frame,
        where,
        found.kinds,
        found.levels,
        found.ordered,
        found.refused,
        Queries(where),
        read,
        found.inner,
        {**found.zones, **(zones or {})},
    )


def _renamed(frame: nw.LazyFrame[Any]) -> tuple[nw.LazyFrame[Any], dict[str, str]]:
    """Return a frame without names that its engine takes apart, and what the new ones stand for."""
    rename = way_of(frame).rename
    names = frame.collect_schema().names()
    taken_apart = {place for place, name in enumerate(names) if set(name) & set(".`")}
    if rename is None or not taken_apart:
        return frame, {}
    inner = [_COLUMN.format(at) if at in taken_apart else name for at, name in enumerate(names)]
    return rename(frame, inner), {inner[at]: names[at] for at in sorted(taken_apart)}

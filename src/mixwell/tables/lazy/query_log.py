"""The queries that a table was asked: what each was for, its seconds, the rows that it gave."""

import inspect
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from threading import Event, Thread

import pandas as pd
import pyarrow as pa

from mixwell.errors import DataError
from mixwell.progress import Progress, shows_progress

__all__ = ["Queries", "Query"]

#: Seconds between two looks at the bar while a query runs, which itself says nothing.
_PAUSE = 0.5


@dataclass
class Query:
    """One query: its purpose in words, how many seconds it took, how many rows it gave."""

    purpose: str
    seconds: float = 0.0
    rows: int = 0
    done: bool = False


class Batches:
    """Batches of rows that are still to come; another query on the table gives them up."""

    def __init__(self, parts: Generator[pa.RecordBatch]) -> None:
        self._parts, self._given_up = parts, False

    def __iter__(self) -> "Batches":
        """Go through them."""
        return self

    def __next__(self) -> pa.RecordBatch:
        """Return the next batch; `DataError` where another query was asked meanwhile."""
        if self._given_up:
            said = "Another query was asked before all batches of rows were taken."
            raise DataError(said, hint="Take the batches to their end first.")
        return next(self._parts)

    def close(self) -> None:
        """Take no more of them."""
        self._parts.close()

    def give_up(self) -> None:
        """Take no more of them, and refuse whoever still asks for some."""
        self._given_up = inspect.getgeneratorstate(self._parts) != inspect.GEN_CLOSED
        self._parts.close()


@dataclass(eq=False)
class Queries:
    """A log of queries on one table, printed as a table of them; it is shared by its subsets.

    >>> log = Queries("a table")
    >>> with log.running("count the rows") as query:
    ...     query.rows = 1
    >>> log.frame["purpose"].tolist(), len(log)
    (['count the rows'], 1)
    """

    where: str
    entries: list[Query] = field(default_factory=list)
    open: Batches | None = None
    _bar: Progress | None = None
    _within: bool = False
    _asked: bool | None = None
    _counting: Event = field(default_factory=Event)

    def __len__(self) -> int:
        """How many queries were begun."""
        return len(self.entries)

    @property
    def seconds(self) -> float:
        """The seconds of all queries."""
        return sum(query.seconds for query in self.entries)

    @property
    def frame(self) -> pd.DataFrame:
        """The queries as a table: `purpose`, `seconds`, `rows`, `done`."""
        columns = ["purpose", "seconds", "rows", "done"]
        rows = [[getattr(query, name) for name in columns] for query in self.entries]
        return pd.DataFrame(rows, columns=columns)

    def __repr__(self) -> str:
        """Show the queries in their order, with their seconds and the rows that they gave."""
        if not self.entries:
            return f"No query on {self.where} yet."
        count = "1 query" if len(self) == 1 else f"{len(self)} queries"
        head = f"{count} on {self.where}, {self.seconds:.2f} s"
        width = max(len(query.purpose) for query in self.entries)
        lines = [
            f"{place:>3}  {query.purpose:<{width}}  {query.seconds:>8.2f} s  {_gave(query)}"
            for place, query in enumerate(self.entries, 1)
        ]
        return "\n".join([head, *lines])

    def give_up(self) -> None:
        """Take no more of the batches that are open."""
        if self.open is not None:
            self.open.give_up()
            self.open = None

    @contextmanager
    def running(self, purpose: str) -> Iterator[Query]:
        """Note a query from its begin on; who runs it says how many rows it gave.

        One that takes long is shown, also where no block around it counts queries.
        """
        query = Query(purpose)
        self.entries.append(query)
        started = time.perf_counter()
        with self.shown():
            if self._bar is not None:
                self._bar.say(purpose)
            try:
                yield query
                query.done = True
            finally:
                query.seconds = time.perf_counter() - started
                if self._bar is not None:
                    self._bar.add(1)
                    self._bar.say("")

    @contextmanager
    def shown(self, progressbar: bool | None = None) -> Iterator[None]:
        """Count the queries of a block in a line of progress, which stays alive while one runs.

        The line says which query that is; it appears when the block proves long (see `Progress`).
        """
        if self._within:  # a block around this one counts them
            yield
            return
        self._within, self._asked = True, progressbar
        line = self._line(progressbar) if shows_progress(progressbar) else nullcontext()
        try:
            with line:
                yield
        finally:
            self._within, self._asked = False, None

    @contextmanager
    def _line(self, progressbar: bool | None) -> Iterator[None]:
        ended = Event()
        with Progress(f"Reading {self.where}", None, progressbar, "queries") as bar:
            look = Thread(target=self._keep_alive, args=(bar, ended), daemon=True)
            self._bar = bar
            look.start()
            try:
                yield
            finally:
                self._bar = None
                ended.set()
                look.join()

    @contextmanager
    def counting(self, purpose: str, rows: int | None) -> Iterator[Progress]:
        """Count the rows of one long query in a bar of its own, in place of that of the block."""
        self._counting.set()
        if self._bar is not None:
            self._bar.wipe()
        try:
            with Progress(purpose, rows, self._asked) as bar:
                yield bar
        finally:
            self._counting.clear()

    def _keep_alive(self, bar: Progress, ended: Event) -> None:
        while not ended.wait(_PAUSE):
            if not self._counting.is_set():
                bar.add(0)


def _gave(query: Query) -> str:
    rows = f"{query.rows:,} row{'' if query.rows == 1 else 's'}"
    return rows if query.done else f"{rows}, then broken off"

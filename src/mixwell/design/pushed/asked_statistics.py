"""What is asked of a table's rows, gathered so that one query answers all that is needed by then.

Who needs a number that is not known yet notes it and stops, by `NotKnown`; the others note theirs,
one query answers, and all begin again. So a formula takes as many queries as its numbers depend on
one another: means, then sds around them, however many variables there are.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import narwhals as nw

from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.text.phrases import and_more

__all__ = ["AskedStatistics", "NotKnown"]


class NotKnown(Exception):
    """A number that the next query will answer; nobody outside of this room meets it."""


class AskedStatistics:
    """Aggregates of a table's rows, each asked once, by the keys of who asks."""

    def __init__(self, table: LazyTable) -> None:
        self._table = table
        self._known: dict[Hashable, Any] = {}
        self._waiting: dict[Hashable, Mapping[str, nw.Expr]] = {}
        self._subjects: dict[str, None] = {}
        self._noting = False

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Have queries of their own wait: what is asked in here is noted for the next answer."""
        before, self._noting = self._noting, True
        try:
            yield
        finally:
            self._noting = before

    def ask(
        self, key: Hashable, said: str, make: Callable[[], Mapping[str, nw.Expr]]
    ) -> Mapping[str, Any]:
        """Return aggregates by name; `NotKnown` until a query has answered."""
        if key in self._known:
            found: Mapping[str, Any] = self._known[key]
            return found
        self._waiting.setdefault(key, make())
        self._subjects[said] = None
        raise NotKnown

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what queries of its own have found, which are made once."""
        if key not in self._known:
            if self._noting:
                raise NotKnown
            self._known[key] = make()
        return self._known[key]

    def known(self, key: Hashable) -> Any:
        """Return what was found for a key, None where nothing was asked."""
        return self._known.get(key)

    def answer(self) -> None:
        """Answer all that waits by one query."""
        named = {
            f"{place}_{name}": expr
            for place, exprs in enumerate(self._waiting.values())
            for name, expr in exprs.items()
        }
        purpose = f"learn {and_more(list(self._subjects), 3)}"
        row = self._table.aggregate(purpose, named)
        for place, (key, exprs) in enumerate(self._waiting.items()):
            self._known[key] = {name: row[f"{place}_{name}"] for name in exprs}
        self._waiting, self._subjects = {}, {}

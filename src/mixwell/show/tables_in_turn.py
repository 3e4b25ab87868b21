"""Several tables of estimates one after another, with what holds for all of them said once."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mixwell.show.estimates_table import estimates_html, estimates_text

__all__ = ["PrintedTable", "tables_html", "tables_text"]


@dataclass(frozen=True, eq=False)
class PrintedTable:
    """What is printed of a table of estimates; `positive` ones are ratios."""

    frame: pd.DataFrame
    title: str
    notes: tuple[str, ...] = ()
    positive: bool = False

    @property
    def text(self) -> str:
        """The table as plain text."""
        return estimates_text(self.frame, self.title, self.notes, positive=self.positive)

    @property
    def html(self) -> str:
        """The table as HTML."""
        return estimates_html(self.frame, self.title, self.notes, positive=self.positive)


def tables_text(tables: Sequence[PrintedTable], notes: Sequence[str] = ()) -> str:
    """Return tables as plain text, the notes that all of them have under the last."""
    return "\n\n".join(table.text.rstrip() for table in _in_turn(tables, notes))


def tables_html(tables: Sequence[PrintedTable], notes: Sequence[str] = ()) -> str:
    """Return tables as HTML, the notes that all of them have under the last."""
    return "".join(table.html for table in _in_turn(tables, notes))


def _in_turn(tables: Sequence[PrintedTable], notes: Sequence[str]) -> list[PrintedTable]:
    """Return the tables with their own notes; the last one has those of all, and `notes`."""
    *first, last = tables
    shared = [note for note in last.notes if all(note in table.notes for table in first)]
    own = [tuple(note for note in table.notes if note not in shared) for table in tables]
    own[-1] += (*notes, *shared)
    return [
        PrintedTable(table.frame, table.title, said, table.positive)
        for table, said in zip(tables, own, strict=True)
    ]

"""What numbers are made of, as text and as HTML: the rows behind one, or behind all of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mixwell.show.estimates_table import LONGEST, estimates_table
from mixwell.show.meanings import interval_text
from mixwell.show.text_table import TextColumn, TextTable
from mixwell.text import html
from mixwell.text.numbers import show_values
from mixwell.text.phrases import fraction, number
from mixwell.text.wrapping import wrapped

__all__ = [
    "LONGEST",
    "MOST_ROWS",
    "ReasonPage",
    "reason_html",
    "reason_text",
    "reasons_html",
    "reasons_text",
]

#: Rows behind one number that are printed.
MOST_ROWS = 40
_RIGHT = ("weight", "estimate")


@dataclass(frozen=True, slots=True, eq=False)
class ReasonPage:
    """What is shown of one number: its parts, the first rows behind it, and notes."""

    label: str
    values: tuple[float, ...]
    sentence: str
    parts: pd.DataFrame
    cells: pd.DataFrame
    more: int
    notes: tuple[str, ...]

    @property
    def heading(self) -> str:
        """The number with its interval."""
        estimate, lower, upper = self.values
        return interval_text((estimate, lower, upper))

    @property
    def tables(self) -> list[TextTable]:
        """The table of parts, where there are several, and that of rows."""
        parts = self.parts
        if parts["weight"].notna().all():
            parts = parts.assign(weight=[fraction(w) for w in parts["weight"]])
        else:  # they are no terms of a sum
            parts = parts.drop(columns="weight")
        return [_table(frame) for frame in (parts, self.cells) if len(frame)]

    @property
    def further(self) -> list[str]:
        """A line on the rows that are not shown."""
        return [f"... and {self.more:,} more rows: see .cells"] if self.more else []


def reason_text(page: ReasonPage) -> str:
    """Return a number's label, how it is made, and the rows with their weights."""
    lines = [page.label, f"  {page.heading}", *wrapped(page.sentence, "  ")]
    for table in page.tables:
        lines += ["", *(f"  {line}" for line in table.lines())]
    lines += [f"  {line}" for line in page.further]
    for text in page.notes:
        lines += wrapped(text, "  ")
    return "\n".join(lines)


def reason_html(page: ReasonPage) -> str:
    """Return the same as HTML."""
    said = [html.strong(page.label), html.broken(page.heading), html.broken(page.sentence)]
    return html.block(
        "reason",
        html.paragraph("<br>".join(said)),
        *(html.table(table.html_rows()) for table in page.tables),
        *html.remarks((*page.further, *page.notes)),
    )


def _table(frame: pd.DataFrame) -> TextTable:
    columns = []
    for name in map(str, frame.columns):
        values = frame[name].tolist()
        cells = [number(v, 4) for v in values] if name == "estimate" else show_values(values)
        columns.append(TextColumn(name, tuple(cells), name in _RIGHT))
    return TextTable(tuple(columns))


def _overview(frame: pd.DataFrame, shares: Sequence[str]) -> TextTable:
    table = estimates_table(frame.head(LONGEST))
    kept = tuple(column for column in table.columns if column.heading != "sd")
    return TextTable((*kept, TextColumn("rows and their weights", tuple(shares), right=False)))


def reasons_text(
    frame: pd.DataFrame, shares: Sequence[str], title: str, notes: Sequence[str]
) -> str:
    """Return what each number of a table is made of, a line each."""
    lines = [f"Behind {title[0].lower()}{title[1:]}", "", *_overview(frame, shares).lines()]
    if len(frame) > LONGEST:
        lines.append(f"... {len(frame) - LONGEST} more rows")
    lines.append("")
    for text in (*notes, _HOW):
        lines += wrapped(text)
    return "\n".join(lines)


def reasons_html(
    frame: pd.DataFrame, shares: Sequence[str], title: str, notes: Sequence[str]
) -> str:
    """Return the same as HTML."""
    return html.block(
        "reasons",
        html.paragraph(html.strong(f"Behind {title[0].lower()}{title[1:]}")),
        html.table(_overview(frame, shares).html_rows()),
        *html.remarks((*notes, _HOW)),
    )


_HOW = "One of them with its rows: fit.why(table, 0), or by its label."

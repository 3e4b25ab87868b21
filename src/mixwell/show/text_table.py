"""A table as a plain value: columns of text under their headings."""

from collections.abc import Iterable
from dataclasses import dataclass

from mixwell.text import html
from mixwell.text.alignment import aligned


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A heading and the cells below it; numbers stand to the right."""

    heading: str
    cells: tuple[str, ...]
    right: bool = True


@dataclass(frozen=True, slots=True)
class TextTable:
    """Columns of text of one length."""

    columns: tuple[TextColumn, ...]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The cells row by row, the headings not among them."""
        return list(zip(*(column.cells for column in self.columns), strict=True))

    def lines(self, gap: str = "  ") -> list[str]:
        """Return the headings and the rows as lines of text."""
        headings = [column.heading for column in self.columns]
        return aligned([headings, *self.rows], [column.right for column in self.columns], gap)

    def html_rows(self, title: str = "") -> list[str]:
        """Return the headings and the rows as rows of an HTML table.

        A title takes the place of the first heading.
        """
        sides = [column.right for column in self.columns]
        first, *further = [html.broken(column.heading) for column in self.columns]
        headings = [html.strong(title) if title else first, *further]

        def cells(parts: Iterable[str], heading: bool = False) -> list[str]:
            pairs = zip(parts, sides, strict=True)
            return [html.cell(part, right=side, heading=heading) for part, side in pairs]

        body = (html.row(cells(map(html.number, row))) for row in self.rows)
        return [html.row(cells(headings, heading=True), html.RULE), *body]

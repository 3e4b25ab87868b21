"""A table as a plain value: columns of text under their headings."""

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
        heads = (
            html.cell(heading, right=side, heading=True)
            for heading, side in zip(headings, sides, strict=True)
        )
        body = (
            html.row(
                html.cell(html.number(cell), right=side)
                for cell, side in zip(row, sides, strict=True)
            )
            for row in self.rows
        )
        return [html.row(heads, html.RULE), *body]

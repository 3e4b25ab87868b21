"""A data frame of ranked models that says what it shows, wherever it is printed."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from mixwell.show.text_table import TextColumn, TextTable
from mixwell.text import html
from mixwell.text.wrapping import paragraphs

__all__ = ["Ranked"]


class Ranked(pd.DataFrame):
    """Models, one a row, the best first: a data frame with a `title` and `notes` in its print.

    `digits` are the decimals of columns there; others are printed as they are. What is taken out of
    it, or computed from it, is a plain data frame.
    """

    _metadata = ["title", "notes", "digits"]  # noqa: RUF012 (so pandas reads it)
    title: str
    notes: tuple[str, ...]
    digits: Mapping[str, int]

    @classmethod
    def of(
        cls, frame: pd.DataFrame, title: str, notes: Sequence[str], digits: Mapping[str, int]
    ) -> "Ranked":
        """Return a frame with what it says.

        >>> import pandas as pd
        >>> print(Ranked.of(pd.DataFrame({"elpd": [-1.25]}, ["a"]), "Left out", [], {"elpd": 1}))
        Left out
        <BLANKLINE>
           elpd
        a  -1.2
        """
        made = cls(frame)
        made.title, made.notes, made.digits = title, tuple(notes), dict(digits)
        return made

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        """What parts of it are."""
        return pd.DataFrame

    @property
    def _table(self) -> TextTable:
        names = TextColumn("", tuple(map(str, self.index)), right=False)
        shown = [TextColumn(str(name), self._cells(str(name))) for name in self.columns]
        return TextTable((names, *shown))

    def _cells(self, name: str) -> tuple[str, ...]:
        places = self.digits.get(name)
        if places is None:  # what stands above a letter takes no room in some places
            return tuple(str(value).replace("\u0302", "-hat") for value in self[name])
        return tuple("" if pd.isna(value) else f"{value:.{places}f}" for value in self[name])

    def __str__(self) -> str:
        """Show the table with its title and notes."""
        lines = [*paragraphs([self.title]), "", *self._table.lines()]
        return "\n".join([*lines, *([""] if self.notes else []), *paragraphs(self.notes)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html.block(
            "estimates",
            html.paragraph(html.strong(self.title)),
            html.table(self._table.html_rows()),
            *html.remarks(self.notes),
        )

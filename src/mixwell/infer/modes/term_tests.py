"""Tests of whole terms as a record: F and p, with the degrees of freedom behind them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.whole_terms.hypotheses import TermHypothesis, lost_notes
from mixwell.errors import require_choice
from mixwell.numeric.small_samples.f_tests import WaldTests
from mixwell.public_calls import public_methods
from mixwell.show.text_table import TextColumn, TextTable
from mixwell.text import html
from mixwell.text.numbers import points_in_line
from mixwell.text.wrapping import paragraphs

__all__ = ["TermTests", "of_terms", "title_of"]

_SAID = {
    "satterthwaite": "Satterthwaite's degrees of freedom",
    "kenward-roger": "Kenward and Roger's degrees of freedom",
    "asymptotic": "degrees of freedom without end (chi-square)",
}


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class TermTests:
    """Tests that terms have no effect, a row of `frame` each.

    `df` is how many contrasts a term has, `ddf` the degrees of freedom of the denominator, `F`
    and `p` are the test's; of a term of which the data determine nothing `df` is 0, the others NaN,
    and a note says what serves. `scaling` (term,) is what Kenward and Roger multiplied Wald's F by.
    """

    frame: pd.DataFrame
    title: str
    notes: tuple[str, ...] = ()
    scaling: tuple[float, ...] = field(default=(), repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the frame."""
        return self.frame.copy()

    def __getitem__(self, column: str) -> Any:
        """Return a column of the frame; raises `DataError` for one that it has not."""
        require_choice("column", column, list(map(str, self.frame.columns)))
        return self.frame[column]

    @property
    def _table(self) -> TextTable:
        frame = self.frame
        ddf = [1 if np.isfinite(value) else 0 for value in frame["ddf"]]
        ratios = [
            f"{value:.2f}" if df else "NaN"
            for value, df in zip(frame["F"], frame["df"], strict=True)
        ]
        return TextTable(
            (
                TextColumn("term", tuple(map(str, frame.index)), right=False),
                TextColumn("df", tuple(map(str, frame["df"]))),
                TextColumn("ddf", tuple(points_in_line(frame["ddf"].tolist(), ddf))),
                TextColumn("F", tuple(ratios)),
                TextColumn("p", tuple(map(shown_p, frame["p"]))),
            )
        )

    def __str__(self) -> str:
        """Show the table with its title and notes."""
        return "\n".join(
            [self.title, "", *self._table.lines(), "", *paragraphs(self.notes)]
        ).rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html.block(
            "estimates",
            html.paragraph(html.strong(self.title)),
            html.table(self._table.html_rows()),
            *html.remarks(self.notes),
        )


def shown_p(p: float) -> str:
    """Write a p value with four decimals, below these with two digits.

    >>> shown_p(0.03456), shown_p(0.0000012)
    ('0.0346', '1.2e-06')
    """
    if np.isnan(p):
        return "NaN"
    return f"{p:.4f}" if p >= 5e-5 else f"{p:.1e}"


def title_of(kind: int, method: str) -> str:
    """Return what a table of tests is called."""
    return f"Tests of whole terms, type {'I' * kind}, {_SAID[method]}"


def of_terms(
    hypotheses: Sequence[TermHypothesis], tests: WaldTests, title: str, notes: Sequence[str] = ()
) -> TermTests:
    """Test hypotheses, one a row."""
    found = [tests.test(each.weights) for each in hypotheses]
    frame = pd.DataFrame(
        {
            "df": [test.df for test in found],
            "ddf": [test.ddf for test in found],
            "F": [test.f for test in found],
            "p": [test.p for test in found],
        },
        index=pd.Index([each.name for each in hypotheses], name="term"),
    )
    scaling = tuple(test.scaling for test in found)
    return TermTests(frame, title, (*notes, *lost_notes(hypotheses)), scaling)

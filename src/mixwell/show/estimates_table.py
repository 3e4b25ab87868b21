"""Estimates as a table, and with a title and notes as text and as HTML."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mixwell.show.text_table import TextColumn, TextTable
from mixwell.text import html
from mixwell.text.numbers import decimals_for, points_in_line, show_count, show_values
from mixwell.text.wrapping import paragraphs

# Longer tables are cut in the middle of the printout; the frame has all rows.
LONGEST = 60
MEASURED = ("estimate", "sd", "lower", "upper")
#: How the numbers of further columns are written, and what stands for a missing one.
WRITTEN = {
    **dict.fromkeys(("p_direction", "p_rope", "probability", "rhat"), (".3f", "-")),
    **dict.fromkeys(("exp_estimate", "exp_lower", "exp_upper"), ("#.3g", "")),
    **dict.fromkeys(("ess_bulk", "ess_tail"), (".0f", "-")),
    **dict.fromkeys(("evidence_ratio", "prior_probability", "bayes_factor"), (".3g", "-")),
    "bf_error": (".2g", "-"),
    "part_r2": (".3f", "-"),
    "df": (".0f", "-"),
    "wald_F": (".2f", "-"),
    "wald_p": (".2g", "-"),
}
#: The column of how many rows count, or what their weights add up to.
COUNTS = ("size",)
#: Columns of words that tables may have after their numbers.
WORDS = ("decision", "letters")
#: The columns that tables of estimates have; no other column may be called like them.
NUMBER_COLUMNS = (*MEASURED, *WRITTEN, *COUNTS, *WORDS)


def estimates_table(
    frame: pd.DataFrame,
    places: Sequence[int] | None = None,
    headings: Mapping[str, str] | None = None,
    *,
    positive: bool = False,
) -> TextTable:
    """Return a frame of estimates as text: decimals follow the sd, decimal points are in line.

    `places` are the decimals of each row, without them as many as show three digits of `sd`, and of
    `positive` estimates a digit of the lower end, which never looks like 0.
    `headings` renames columns and leaves out the others.

    >>> frame = pd.DataFrame({"a": ["x"], "estimate": [1.23456], "sd": [0.1]})
    >>> estimates_table(frame).rows
    [('x', '1.235', '0.100')]
    """
    if places is None:
        places = [decimals_for(sd, 3) for sd in frame["sd"]]
        if positive:
            least = [decimals_for(lower, 1) for lower in frame["lower"]]
            places = list(map(max, places, least))
    names = [str(name) for name in frame.columns]
    shown = headings or dict(zip(names, names, strict=True))
    columns = []
    for name in (name for name in names if name in shown):
        cells = tuple(_written(name, frame[name].tolist(), places))
        right = name in (*MEASURED, *WRITTEN, *COUNTS)
        columns.append(TextColumn(shown[name], cells, right))
    return TextTable(tuple(columns))


def _written(name: str, values: Sequence[Any], places: Sequence[int]) -> list[str]:
    if name in MEASURED:
        return points_in_line(values, places)
    if name in WRITTEN:
        pattern, missing = WRITTEN[name]
        return [missing if np.isnan(value) else f"{value:{pattern}}" for value in values]
    return list(map(show_count, values)) if name in COUNTS else show_values(values)


def estimates_text(
    frame: pd.DataFrame, title: str, notes: Sequence[str], *, positive: bool = False
) -> str:
    """Return title, table and notes as plain text."""
    table = estimates_table(frame.head(LONGEST), positive=positive).lines()
    return "\n".join([title, "", *table, *_more(frame), "", *paragraphs(notes)])


def estimates_html(
    frame: pd.DataFrame, title: str, notes: Sequence[str], *, positive: bool = False
) -> str:
    """Return title, table and notes as HTML."""
    return html.block(
        "estimates",
        html.paragraph(html.strong(title)),
        html.table(estimates_table(frame.head(LONGEST), positive=positive).html_rows()),
        *html.remarks((*_more(frame), *notes)),
    )


def _more(frame: pd.DataFrame) -> list[str]:
    more = len(frame) - LONGEST
    return [f"... {more} more rows"] if more > 0 else []

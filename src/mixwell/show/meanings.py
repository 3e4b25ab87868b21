"""What parameters mean, as text and as HTML: in sections, or one with its cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mixwell.show.text_table import TextColumn, TextTable
from mixwell.text import html
from mixwell.text.numbers import decimals_for, fixed
from mixwell.text.phrases import fraction, number
from mixwell.text.wrapping import wrapped

WIDEST_NAME = 30
MOST_CELLS = 40
TITLE = "What the parameters mean"
CELL_NUMBERS = ("weight", "mean", "rows", "estimate", "lower", "upper")

#: Estimate, lower and upper end of its interval.
type Values = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """What is said of one parameter.

    `name` is its name in `fit.summary()`; `sentence` what it is and `measure` what kind of
    quantity. `exponential` says that exp() of the coefficient is what the sentence names. `values`
    holds estimate, lower and upper, and `exp_values` those of exp() of the draws.
    """

    name: str
    sentence: str
    measure: str
    exponential: bool = False
    warnings: tuple[str, ...] = ()
    values: Values | None = None
    exp_values: Values | None = None

    @property
    def value_text(self) -> str:
        """Estimate and interval, and those of exp(); empty before a fit."""
        return "   ".join(self.value_lines)

    @property
    def value_lines(self) -> list[str]:
        """The same as lines of their own, where they share the width with a sentence."""
        own = [] if self.values is None else [interval_text(self.values)]
        return own + ([] if self.exp_values is None else [f"exp: {ratio_text(self.exp_values)}"])


@dataclass(frozen=True, slots=True, eq=False)
class Meanings:
    """The parameters of a model in sections, under a formula and notes."""

    formula: str
    notes: tuple[str, ...]
    sections: tuple[tuple[str, tuple[Explained, ...]], ...]

    @property
    def numbered(self) -> dict[str, int]:
        """Each warning with its number, in order."""
        found = [entry for _, entries in self.sections for entry in entries]
        texts = dict.fromkeys(text for entry in found for text in entry.warnings)
        return {text: k for k, text in enumerate(texts, start=1)}


def meanings_text(page: Meanings) -> str:
    """Return a section for each kind of parameter, a line for each, and numbered warnings."""
    lines = [TITLE, *(f"  {text}" for text in page.formula.split("\n"))]
    lines += [line for note in page.notes for line in wrapped(note, "  ")]
    for heading, entries in page.sections:
        lines += ["", heading, *_lines(entries, page.numbered)]
    if page.numbered:
        lines += ["", "Warnings"]
    for text, k in page.numbered.items():
        lines += wrapped(text, f"  [{k}] ")
    return "\n".join(lines)


def _lines(entries: Sequence[Explained], numbers: dict[str, int]) -> list[str]:
    names = [entry.name for entry in entries]
    stub = max((len(name) for name in names if len(name) <= WIDEST_NAME), default=WIDEST_NAME)
    margin = " " * (stub + 4)
    lines = []
    for entry in entries:
        start = f"  {entry.name:<{stub}}  "
        if len(entry.name) > stub:
            lines.append(f"  {entry.name}")
            start = margin
        if entry.value_text:
            lines += wrapped(entry.value_text, start, margin)
            start = margin
        lines += wrapped(entry.sentence + _marks(entry, numbers), start, margin)
    return lines


def _marks(entry: Explained, numbers: dict[str, int]) -> str:
    return "".join(f" [{numbers[text]}]" for text in entry.warnings)


def interval_text(values: Values) -> str:
    """Write estimate, lower and upper with two digits of the interval's width.

    >>> interval_text((10.467, 7.61, 13.12))
    '10.5 [7.6, 13.1]'
    """
    places = decimals_for(values[2] - values[1], 2)
    estimate, lower, upper = (fixed(value, places) for value in values)
    return f"{estimate} [{lower}, {upper}]"


def ratio_text(values: Values) -> str:
    """Write the same of a ratio, whose lower end never looks like 0.

    >>> ratio_text((0.0106, 0.000359, 0.0808)), ratio_text((1.42, 1.1, 1.83))
    ('0.0106 [0.0004, 0.0808]', '1.42 [1.10, 1.83]')
    """
    places = max(decimals_for(values[2] - values[1], 2), decimals_for(values[1], 1))
    estimate, lower, upper = (fixed(value, places) for value in values)
    return f"{estimate} [{lower}, {upper}]"


def explained_text(entry: Explained, cells: pd.DataFrame, notes: Sequence[str]) -> str:
    """Return one parameter's sentence, warnings and cells, and notes on these."""
    lines = [entry.name]
    if entry.value_text:
        lines.append(f"  {entry.value_text}")
    lines += wrapped(entry.sentence, "  ")
    if entry.exponential:
        lines.append(f"  (the coefficient is the {entry.measure}: exp() gives what is named here)")
    for text in entry.warnings:
        lines += wrapped(text, "  ! ")
    if len(cells):
        lines += ["", *(f"  {line}" for line in _cells(cells).lines()), *_more(cells)]
    for text in notes:
        lines += wrapped(text, "  ")
    return "\n".join(lines)


def _cells(frame: pd.DataFrame) -> TextTable:
    shown = frame.head(MOST_CELLS)
    columns = [
        TextColumn(name, tuple(_column(shown[name].tolist(), name)), name in CELL_NUMBERS)
        for name in map(str, shown.columns)
    ]
    return TextTable(tuple(columns))


def _column(values: Sequence[object], name: str) -> list[str]:
    if name == "weight":
        return [fraction(float(str(value))) for value in values]
    return [
        ("-" if np.isnan(v) else number(v, 4)) if isinstance(v, float) else str(v) for v in values
    ]


def _more(frame: pd.DataFrame) -> list[str]:
    more = len(frame) - MOST_CELLS
    return [f"  ... and {more} more cells: see .cells"] if more > 0 else []


def meanings_html(page: Meanings) -> str:
    """Return the sections as an HTML table."""
    rows = []
    for heading, entries in page.sections:
        head = html.cell(html.strong(heading), heading=True, columns=3)
        rows.append(html.row([head], html.RULE))
        rows += [_html_row(entry, page.numbered) for entry in entries]
    return html.block(
        "explanation",
        html.paragraph(f"{html.strong(TITLE)}<br>{html.broken(page.formula)}"),
        html.paragraph(html.broken("\n".join(page.notes)), html.QUIET),
        html.table(rows),
        *html.remarks(f"[{k}] {text}" for text, k in page.numbered.items()),
    )


def _html_row(entry: Explained, numbers: dict[str, int]) -> str:
    sentence = html.broken(entry.sentence + _marks(entry, numbers))
    value = html.cell(html.broken("\n".join(entry.value_lines)), style="white-space: nowrap;")
    said = html.cell(sentence, style="min-width: 12em;")
    return html.row((html.cell(html.code(entry.name)), value, said))


def explained_html(entry: Explained, cells: pd.DataFrame, notes: Sequence[str]) -> str:
    """Return one parameter's sentence, warnings and cells, and notes on these, as HTML."""
    said = [html.code(entry.name)]
    said += [html.broken(text) for text in (entry.value_text, entry.sentence) if text]
    return html.block(
        "explanation",
        html.paragraph("<br>".join(said)),
        *(html.paragraph(html.broken(f"⚠ {text}")) for text in entry.warnings),
        html.table(_cells(cells).html_rows()) if len(cells) else "",
        *html.remarks((*_more(cells), *notes)),
    )

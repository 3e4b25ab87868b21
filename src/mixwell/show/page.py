"""What a fit prints, as one value: labeled lines, tables, notes, and one line on convergence.

As text, as HTML, and in brms's layout, whose parts are the same.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mixwell.show.estimates_table import estimates_table
from mixwell.show.text_table import TextColumn, TextTable
from mixwell.text import html
from mixwell.text.numbers import decimals_for
from mixwell.text.wrapping import WIDTH, paragraphs


@dataclass(frozen=True, slots=True)
class Section:
    """A table under its heading; the first column names the rows."""

    heading: str
    table: TextTable


@dataclass(frozen=True, slots=True)
class Page:
    """What a fit prints; `ok` says whether the verdict is good news."""

    header: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    verdict: str
    ok: bool = True


def parameters_table(frame: pd.DataFrame, percent: str) -> TextTable:
    """Return a table of parameters, one row each, in the columns that brms users know."""
    headings = {
        "estimate": "Estimate",
        "sd": "Est.Error",
        "lower": f"l-{percent} CI",
        "upper": f"u-{percent} CI",
        "rhat": "R-hat",
        "ess_bulk": "Bulk ESS",
        "ess_tail": "Tail ESS",
    }
    numbers = estimates_table(frame, [page_decimals(sd) for sd in frame["sd"]], headings)
    names = TextColumn("", tuple(map(str, frame.index)), right=False)
    return TextTable((names, *numbers.columns))


def page_decimals(sd: float) -> int:
    """Return how many decimals to show: two, more for a small and none for a large sd.

    >>> [page_decimals(sd) for sd in (1234.0, 12.3, 1.2, 0.012)]
    [0, 2, 2, 3]
    """
    if not np.isfinite(sd) or sd <= 0:
        return 2
    return 0 if sd >= 100 else max(2, decimals_for(sd, 2))


def page_text(page: Page, width: int = WIDTH) -> str:
    """Return the page as plain text, its sentences wrapped at `width`."""
    names = [name for section in page.sections for name in section.table.columns[0].cells]
    stub = max(map(len, names), default=0)
    lines = _header_lines(page, width)
    for section in page.sections:
        head, *others = section.table.columns
        padded = TextColumn(head.heading.ljust(stub), head.cells, right=False)
        lines += ["", f"{section.heading}:", *TextTable((padded, *others)).lines()]
    return "\n".join([*lines, "", *paragraphs((*page.notes, page.verdict), width)])


def _header_lines(page: Page, width: int = WIDTH) -> list[str]:
    margin = max(len(label) for label, _ in page.header)
    lines = []
    for label, text in page.header:
        parts = paragraphs(text.split("\n"), width - margin)
        starts = (f"{label}: ", *[""] * len(parts))
        lines += [
            f"{start:>{margin + 2}}{part}" for start, part in zip(starts, parts, strict=False)
        ]
    return lines


def brms_text(page: Page) -> str:
    """Return the page in the layout of brms's summary: one blank between columns."""
    lines = _header_lines(page)
    for section in page.sections:
        lines += ["", *section.heading.split("\n"), *section.table.lines(" ")]
    return "\n".join([*lines, "", *paragraphs((*page.notes, page.verdict))])


def page_html(page: Page) -> str:
    """Return the page as an HTML fragment."""
    header = (
        html.row((html.cell(html.broken(label), style=html.QUIET), html.cell(html.broken(text))))
        for label, text in page.header
    )
    mark, edge = ("✓", "#2e9e6b") if page.ok else ("⚠", "#d97706")
    bar = f"padding: 0.1em 0.7em; border-left: 3px solid {edge};"
    return html.block(
        "fit",
        html.table(header),
        html.table(
            row for section in page.sections for row in section.table.html_rows(section.heading)
        ),
        *html.remarks(page.notes),
        html.paragraph(f"{mark} {html.broken(page.verdict)}", bar),
    )

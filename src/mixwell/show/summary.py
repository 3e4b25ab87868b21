"""The printed result of a fit, as text and as HTML, in the layout that brms users know."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

HEADERS = {
    "estimate": "Estimate",
    "sd": "Est.Error",
    "lower": "lower",
    "upper": "upper",
    "rhat": "R-hat",
    "ess_bulk": "Bulk ESS",
    "ess_tail": "Tail ESS",
}


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """One table of a report: a heading and a frame whose index names the rows."""

    heading: str
    frame: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What a fit prints: labeled lines, tables, notes, and one line on convergence."""

    header: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    verdict: str
    ok: bool
    percent: str


def as_text(report: Report, width: int = 100) -> str:
    """Return the report as plain text, its sentences wrapped at `width`."""
    margin = max(len(label) for label, _ in report.header)
    lines = []
    for label, text in report.header:
        parts = [part for line in text.splitlines() for part in _wrapped(line, width - margin)]
        names = (f"{label}: ", *[""] * len(parts))
        lines += [f"{name:>{margin + 2}}{part}" for name, part in zip(names, parts, strict=False)]
    rows = [str(name) for section in report.sections for name in section.frame.index]
    stub = max((len(name) for name in rows), default=0)
    for section in report.sections:
        lines += ["", f"{section.heading}:", *_text_table(section.frame, stub, report.percent)]
    lines.append("")
    for text in (*report.notes, report.verdict):
        lines += _wrapped(text, width)
    return "\n".join(lines)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _text_table(frame: pd.DataFrame, stub: int, percent: str) -> list[str]:
    cells = formatted(frame)
    headers = [_header(column, percent) for column in cells]
    widths = [
        max(len(header), *(len(cell) for cell in cells[column]))
        for header, column in zip(headers, cells, strict=True)
    ]
    lines = [" " * stub + "".join(f"  {h:>{w}}" for h, w in zip(headers, widths, strict=True))]
    for row, name in enumerate(frame.index):
        columns = [cells[column][row] for column in cells]
        line = "".join(f"  {cell:>{w}}" for cell, w in zip(columns, widths, strict=True))
        lines.append(f"{name!s:<{stub}}{line}".rstrip())
    return lines


def _header(column: str, percent: str) -> str:
    if column in ("lower", "upper"):
        return f"{column[0]}-{percent} CI"
    return HEADERS[column]


def formatted(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return each shown column as text: decimals follow the sd, and decimal points are aligned."""
    decimals = [decimals_for(sd) for sd in frame["sd"]]
    most = max(decimals, default=0)
    cells: dict[str, list[str]] = {}
    for column in HEADERS:
        if column not in frame:
            continue
        values = frame[column].to_numpy()
        if column in ("estimate", "sd", "lower", "upper"):
            cells[column] = [
                _aligned(value, places, most)
                for value, places in zip(values, decimals, strict=True)
            ]
        else:
            pattern = "{:.3f}" if column == "rhat" else "{:.0f}"
            cells[column] = [pattern.format(v) if np.isfinite(v) else "-" for v in values]
    return cells


def decimals_for(sd: float) -> int:
    """Return how many decimals to show: two, more for a small and none for a large sd.

    >>> [decimals_for(sd) for sd in (1234.0, 12.3, 1.2, 0.012)]
    [0, 2, 2, 3]
    """
    if not np.isfinite(sd) or sd <= 0:
        return 2
    magnitude = int(np.floor(np.log10(sd)))
    return 0 if magnitude >= 2 else min(max(2, 1 - magnitude), 8)


def _aligned(value: float, places: int, most: int) -> str:
    text = f"{value:.{places}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    # A number without decimals also leaves room for the point of those that have some.
    missing = most - places + (1 if places == 0 and most > 0 else 0)
    return text + " " * missing


# Only inherited and half-transparent colors: the table reads on light and on dark notebooks.
_RULE = "1px solid rgba(128, 128, 128, 0.45)"
_CELL = "padding: 0.15em 0.7em; text-align: right; font-variant-numeric: tabular-nums;"
_NAME = "padding: 0.15em 0.7em 0.15em 0; text-align: left; font-weight: normal;"
_PLAIN = "background: transparent; color: inherit; border: none;"


def as_html(report: Report) -> str:
    """Return the report as an HTML fragment with inline style, for notebooks of any theme."""
    columns = next((list(formatted(s.frame)) for s in report.sections if len(s.frame)), [])
    body = "".join(_html_section(section, columns, report.percent) for section in report.sections)
    header = "".join(
        f'<tr style="{_PLAIN}"><th scope="row" style="{_NAME} opacity: 0.7;">{escape(label)}</th>'
        f'<td style="{_PLAIN} text-align: left; padding: 0.1em 0.7em;">{_lines(text)}</td></tr>'
        for label, text in report.header
    )
    mark, edge = ("✓", "#2e9e6b") if report.ok else ("⚠", "#d97706")
    notes = "".join(
        f'<p style="margin: 0.3em 0; opacity: 0.75;">{escape(note)}</p>' for note in report.notes
    )
    return (
        '<div class="mixwell-fit" style="color: inherit; max-width: 62em; line-height: 1.35;">'
        f'<table style="border-collapse: collapse; {_PLAIN} margin: 0 0 0.8em 0;">{header}</table>'
        f'<table style="border-collapse: collapse; {_PLAIN} margin: 0;">{body}</table>{notes}'
        f'<p style="margin: 0.6em 0; padding: 0.1em 0.7em; border-left: 3px solid {edge};">'
        f"{mark} {escape(report.verdict)}</p></div>"
    )


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.splitlines())


def _html_section(section: Section, columns: Sequence[str], percent: str) -> str:
    cells = formatted(section.frame)
    head = "".join(
        f'<th scope="col" style="{_CELL} font-weight: normal; opacity: 0.7;">'
        f"{_header(column, percent)}</th>"
        for column in columns
    )
    rows = "".join(
        f'<tr style="{_PLAIN}"><th scope="row" style="{_NAME}"><code style="background: '
        f'transparent; color: inherit;">{escape(str(name))}</code></th>'
        + "".join(f'<td style="{_CELL}">{_padded(cells[column][row])}</td>' for column in columns)
        + "</tr>"
        for row, name in enumerate(section.frame.index)
    )
    return (
        f'<tr style="{_PLAIN} border-bottom: {_RULE};"><th scope="colgroup" style="{_NAME} '
        f'padding-top: 0.8em; font-weight: 600;">{escape(section.heading)}</th>{head}</tr>{rows}'
    )


def _padded(cell: str) -> str:
    # Figure spaces keep decimal points in line where the digits are of equal width.
    kept = cell.rstrip()
    return kept + "\u2007" * (len(cell) - len(kept))

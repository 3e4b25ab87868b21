"""Frames of estimates as text and as HTML: decimals follow the sd, decimal points are aligned."""

import textwrap
from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

from mixwell.posterior.draws import interval_settings

WIDTH = 100
# Longer tables are cut in the middle of the printout; the frame has all rows.
LONGEST = 60
MEASURED = ("estimate", "sd", "lower", "upper")
SHARES = ("p_direction", "p_rope", "probability")


def as_text(frame: pd.DataFrame, title: str, notes: Sequence[str], null: float = 0.0) -> str:
    """Return title, table and notes as plain text."""
    cells = shown_cells(frame.head(LONGEST))
    widths = {name: max(len(name), *map(len, column), 0) for name, column in cells.items()}
    lines = [title, ""]
    lines.append("  ".join(_pad(name, widths[name], name) for name in cells).rstrip())
    for row in range(min(len(frame), LONGEST)):
        parts = [_pad(column[row], widths[name], name) for name, column in cells.items()]
        lines.append("  ".join(parts).rstrip())
    if len(frame) > LONGEST:
        lines.append(f"... {len(frame) - LONGEST} more rows")
    lines.append("")
    lines += [wrapped(note) for note in (*notes, _legend(frame, null))]
    return "\n".join(lines)


def _legend(frame: pd.DataFrame, null: float) -> str:
    said = f"{interval_settings().sentence.capitalize()}."
    if "p_direction" in frame:
        said += f" p_direction: probability of the more probable side of {null:g}."
    return said


def wrapped(note: str) -> str:
    """Fill a paragraph to the width of printouts."""
    return textwrap.fill(note, WIDTH, break_long_words=False, break_on_hyphens=False)


def _pad(cell: str, width: int, name: str) -> str:
    return cell.rjust(width) if _is_number(name) else cell.ljust(width)


def _is_number(name: str) -> bool:
    return name in (*MEASURED, *SHARES, "evidence_ratio")


def shown_cells(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return every column as text.

    >>> shown_cells(pd.DataFrame({"a": ["x"], "estimate": [1.23456], "sd": [0.1]}))["estimate"]
    ['1.235']
    """
    places = [decimals_for(sd) for sd in frame["sd"]] if "sd" in frame else [2] * len(frame)
    most = max(places, default=0)
    cells: dict[str, list[str]] = {}
    for column in frame.columns:
        name, values = str(column), frame[column].tolist()
        if name in MEASURED:
            cells[name] = [_aligned(v, p, most) for v, p in zip(values, places, strict=True)]
        elif name in SHARES:
            cells[name] = [_share(v) for v in values]
        elif name == "evidence_ratio":
            cells[name] = [f"{v:.3g}" if not np.isnan(v) else "-" for v in values]
        else:
            cells[name] = [_plain(v) for v in values]
    return cells


def decimals_for(sd: float) -> int:
    """Return how many decimals show three digits of a standard deviation, from 0 to 8."""
    if not np.isfinite(sd) or sd <= 0:
        return 3
    return int(np.clip(2 - np.floor(np.log10(sd)), 0, 8))


def _plain(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)


def _share(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "-"


def _aligned(value: float, places: int, most: int) -> str:
    if np.isnan(value):
        return "NaN" + " " * (most + 1 if most else 0)
    text = f"{value:.{places}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    # a number without decimals also leaves room for the point of those that have some
    return text + " " * (most - places + (1 if places == 0 and most > 0 else 0))


_RULE = "1px solid rgba(128, 128, 128, 0.45)"
_PLAIN = "background: transparent; color: inherit; border: none;"
_CELL = "padding: 0.15em 0.7em; font-variant-numeric: tabular-nums;"


def as_html(frame: pd.DataFrame, title: str, notes: Sequence[str], null: float = 0.0) -> str:
    """Return title, table and notes as HTML with inline style, for notebooks of any theme."""
    cells = shown_cells(frame.head(LONGEST))
    head = "".join(
        f'<th scope="col" style="{_CELL} {_side(name)} font-weight: normal; opacity: 0.7;">'
        f"{escape(name)}</th>"
        for name in cells
    )
    rows = "".join(
        f'<tr style="{_PLAIN}">'
        + "".join(
            f'<td style="{_CELL} {_side(name)}">{_padded(column[row])}</td>'
            for name, column in cells.items()
        )
        + "</tr>"
        for row in range(min(len(frame), LONGEST))
    )
    more = len(frame) - LONGEST
    said = [*([f"... {more} more rows"] if more > 0 else []), *notes, _legend(frame, null)]
    below = "".join(
        f'<p style="margin: 0.3em 0; opacity: 0.75;">{escape(note)}</p>' for note in said
    )
    return (
        '<div class="mixwell-estimates" style="color: inherit; max-width: 62em;">'
        f'<p style="margin: 0 0 0.5em 0; font-weight: 600;">{escape(title)}</p>'
        f'<table style="border-collapse: collapse; {_PLAIN} margin: 0 0 0.6em 0;">'
        f'<tr style="{_PLAIN} border-bottom: {_RULE};">{head}</tr>{rows}</table>{below}</div>'
    )


def _side(name: str) -> str:
    return f"text-align: {'right' if _is_number(name) else 'left'};"


def _padded(cell: str) -> str:
    # figure spaces keep decimal points in line where the digits are of equal width
    kept = cell.rstrip()
    return escape(kept) + "\u2007" * (len(cell) - len(kept))

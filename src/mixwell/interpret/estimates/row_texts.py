"""Rows in words: their labels, and what is said of those that a table shows as NaN."""

from collections.abc import Sequence

import pandas as pd

from mixwell.text.numbers import show_values
from mixwell.text.phrases import and_more

__all__ = ["beyond_numbers_note", "not_estimable_note", "row_labels"]


def row_labels(frame: pd.DataFrame, factors: Sequence[str]) -> tuple[str, ...]:
    """Return one label a row of the factor columns, joined by commas."""
    columns = [show_values(frame[name].tolist()) for name in factors]
    if not columns:
        return ("overall",) * len(frame)
    return tuple(", ".join(parts) for parts in zip(*columns, strict=True))


def not_estimable_note(rows: pd.DataFrame) -> str:
    """Say which rows are differences or means that the data leave undetermined."""
    needed = "it needs" if len(rows) == 1 else "they need"
    return (
        f"Not estimable, shown as NaN: {_shown(rows)}. The data leave the coefficients that "
        f"{needed} undetermined (empty cells)."
    )


def beyond_numbers_note(rows: pd.DataFrame) -> str:
    """Say which rows are larger in some draws than the largest number that there is."""
    return (
        f"Shown as NaN, not known: {_shown(rows)}. In some draws it is beyond the largest number "
        "(1.8e+308), or made of such ones: look at values nearer to the data, or at the link scale."
    )


def _shown(rows: pd.DataFrame) -> str:
    return and_more(row_labels(rows, [str(name) for name in rows.columns]), 4, "; ")

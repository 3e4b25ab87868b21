"""Rows in words: labels, titles, and what is said of those that a table shows as NaN."""

from collections.abc import Sequence

import pandas as pd

from mixwell.posterior.draws import IntervalSettings
from mixwell.text.numbers import show_values
from mixwell.text.phrases import and_more

__all__ = [
    "beyond_numbers_note",
    "letters_said",
    "not_estimable_note",
    "row_labels",
    "title_of_contrasts",
]


def row_labels(frame: pd.DataFrame, factors: Sequence[str]) -> tuple[str, ...]:
    """Return one label a row of the factor columns, joined by commas."""
    columns = [show_values(frame[name].tolist()) for name in factors]
    if not columns:
        return ("overall",) * len(frame)
    return tuple(", ".join(parts) for parts in zip(*columns, strict=True))


def letters_said(
    settings: IntervalSettings,
    null: float,
    region: tuple[float, float] | None,
    within: Sequence[str],
) -> str:
    """Say when rows `within` one block have no letter in common: what their interval leaves out."""
    out = f"leaves out {null:g}"
    if region is not None:
        out = f"lies beyond the rope either way round, {region[0]:g} to {region[1]:g}"
    each = "of each pair by itself"
    if settings.pointwise is not None:
        each = "simultaneous for all pairs"
    block = f"within each {' and '.join(within)}, " if within else ""
    return (
        f"letters: {block}rows without a common one differ, where the "
        f"{settings.percent} interval of their contrast {out} ({each}). A common letter is no sign "
        "that they are equal."
        + (f" Letters of another {' or '.join(within)} are not comparable." if within else "")
    )


def not_estimable_note(rows: pd.DataFrame) -> str:
    """Say which rows are differences or means that the data leave undetermined."""
    needed = "it needs" if len(rows) == 1 else "they need"
    return (
        f"Not estimable, shown as NaN: {_shown(rows)}. The data leave the coefficients that "
        f"{needed} undetermined (empty cells)."
    )


def beyond_numbers_note(rows: pd.DataFrame) -> str:
    """Say which rows are no numbers in some draws: too large, or without a way back."""
    return (
        f"Shown as NaN, not known: {_shown(rows)}. In some draws it is no number: beyond the "
        "largest (1.8e+308), where there is no way back, or made of such ones. Look at "
        "values nearer to the data, or at the link scale."
    )


def _shown(rows: pd.DataFrame) -> str:
    return and_more(row_labels(rows, [str(name) for name in rows.columns]), 4, "; ")


def title_of_contrasts(title: str, said: str) -> str:
    """Return the title of contrasts of a table: those of odds ratios are ratios of these."""
    whole = f"Contrasts of {title[0].lower()}{title[1:]}"
    before = whole.rpartition(": ")[2]
    if said and before.endswith("ratios") and said.endswith("ratios"):
        return f"{whole.removesuffix(before)}ratios of {before}"
    return whole + said

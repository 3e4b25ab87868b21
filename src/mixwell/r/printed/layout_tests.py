"""Tests of terms as R prints them: lmerTest's anova, car's Anova, emmeans's joint_tests."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mixwell.numeric.arrays import FloatArray
from mixwell.text.alignment import aligned
from mixwell.text.r_numbers import R_GAP, format_numbers, p_texts, star_lines, stars
from mixwell.text.wrapping import paragraphs

__all__ = ["anova_text", "joint_tests_text"]

#: Columns of test values, which R rounds to four decimals.
_VALUES = ("F value", "Chisq", "F")


def anova_text(heading: Sequence[str], frame: pd.DataFrame, notes: Sequence[str] = ()) -> str:
    """Return a table of tests with R's `print.anova`, p values in the last column.

    Of terms without a test the cells are blank, as there; `notes` stand below.

    >>> frame = pd.DataFrame({"F value": [45.853], "Pr(>F)": [3.264e-06]}, index=["Days"])
    >>> print(anova_text(["Type III"], frame).splitlines()[2])
    Days  45.853 3.264e-06 ***
    """
    *names, last = map(str, frame.columns)
    cells = [_column(name, frame[name].to_numpy(float)) for name in names]
    p = frame[last].to_numpy(float)
    known = ["" if np.isnan(value) else text for value, text in zip(p, p_texts(p), strict=True)]
    rows = zip(map(str, frame.index), *cells, known, stars(p), strict=True)
    sides = [False, *[True] * (len(names) + 1), False]
    table = aligned([["", *names, last, ""], *map(list, rows)], sides, R_GAP)
    return "\n".join([*heading, *table, *star_lines(p), *_below(notes)])


def _below(notes: Sequence[str]) -> list[str]:
    return ["", *paragraphs(notes)] if notes else []


def _column(name: str, values: FloatArray) -> list[str]:
    known = ~np.isnan(values)
    if not known.all():
        found = np.full(len(values), "", dtype=object)
        found[known] = _column(name, values[known]) if known.any() else []
        return list(found)
    if name in _VALUES:
        return format_numbers(np.round(values, 4), 5)
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    places = max(0, int(np.floor(5.5 - np.log10(largest)))) if largest > 0 else 5
    return format_numbers(np.round(values, places), 5)


def joint_tests_text(frame: pd.DataFrame, notes: Sequence[str] = ()) -> str:
    """Return emmeans's table of joint tests, NA of terms without a test, `notes` below."""
    known = (frame["df1"] > 0).to_numpy()
    columns = {
        "df1": [str(value) for value in frame["df1"]],
        "df2": list(format_numbers(np.round(frame["df2"][known], 2), 7)),
        "F.ratio": [f"{value:.3f}" for value in frame["F.ratio"][known]],
        "p.value": ["<.0001" if p < 5e-5 else f"{p:.4f}" for p in frame["p.value"][known]],
    }
    for name in ("df2", "F.ratio", "p.value"):
        left = iter(columns[name])
        columns[name] = [next(left) if is_known else "NA" for is_known in known]
    rows = zip(frame["model term"], *columns.values(), strict=True)
    heads = ["model term", *columns]
    sides = [False, *[True] * len(columns)]
    table = aligned([heads, *map(list, rows)], sides, R_GAP)
    return "\n".join([*(f" {line}" for line in table), *_below(notes)])

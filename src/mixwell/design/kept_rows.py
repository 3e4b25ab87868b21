"""Which rows stay in a model: those without a missing value, with a sentence about the others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import missing_rows
from mixwell.design.predictor import ExpandedFormula
from mixwell.design.response.response import ResponseColumns
from mixwell.errors import DataError
from mixwell.formula import column_names, deparse
from mixwell.numeric.arrays import BoolArray
from mixwell.text.phrases import listed


def rows_used(
    frame: ModelFrame, expanded: Sequence[ExpandedFormula], response: ResponseColumns, missing: str
) -> tuple[BoolArray, list[str]]:
    """Return the rows that stay, and a sentence for those that go."""
    keep = np.ones(len(frame), dtype=bool)
    if response.subset is not None:
        keep &= response.subset
    wanted = None if response.subset is None else frame.count(keep)
    missing_rows, outside_rows, left_out = _left_out(frame, expanded, response, keep)
    rows = frame.count(np.ones(len(frame), dtype=bool))
    notes = notes_on_rows(rows, wanted, left_out, missing)
    return keep & ~missing_rows & ~outside_rows, notes


@dataclass(frozen=True, slots=True)
class RowsLeftOut:
    """How many rows cannot stay, what they have instead of values, and what can be done about it.

    `first` says where the first of them is.
    """

    count: int
    what: str
    remedy: str
    first: Callable[[], str]

    @classmethod
    def missing(cls, count: int, by: Mapping[str, int], first: Callable[[], str]) -> "RowsLeftOut":
        """Return rows with missing values, counted by column."""
        return cls(count, f"missing values ({_counted(by)})", "Fill or remove them", first)

    @classmethod
    def outside(cls, count: int, by: Mapping[str, int], first: Callable[[], str]) -> "RowsLeftOut":
        """Return rows with values outside a variable's levels, counted by variable."""
        what = f"values outside the levels ({_counted(by)})"
        return cls(count, what, "Give more levels or wider intervals", first)


def _counted(by: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in by.items() if count)


def notes_on_rows(
    rows: int, wanted: int | None, left_out: Sequence[RowsLeftOut], missing: str
) -> list[str]:
    """Return a sentence for the rows that go: those that subset() does not keep, if any is given.

    `wanted` is how many of the `rows` it keeps. Raises `DataError` where none is left, and, where
    `missing` is "error", for any that go otherwise.
    """
    notes: list[str] = []
    if wanted is not None:
        notes.append(f"subset() keeps {wanted} of {rows} rows.")
    left = rows if wanted is None else wanted
    if not left:
        raise DataError("No row is left: subset() keeps none.", where="subset()")
    left_out = [each for each in left_out if each.count]
    for each in left_out:
        if missing == "error":
            raise DataError(
                f"{each.count} {'rows have' if each.count > 1 else 'row has'} {each.what}.",
                where=each.first(),
                hint=f'{each.remedy}, or pass missing="drop".',
            )
        were = "rows were" if each.count > 1 else "row was"
        notes.append(f"{each.count} {were} dropped for {each.what}.")
        left -= each.count
    if not left:
        raise DataError(
            f"No row is left: all have {listed([each.what for each in left_out])}.",
            where="the columns of the formula",
            hint="Leave the emptiest column out of the formula.",
        )
    return notes


def _left_out(
    frame: ModelFrame,
    expanded: Sequence[ExpandedFormula],
    response: ResponseColumns,
    keep: BoolArray,
) -> tuple[BoolArray, BoolArray, tuple[RowsLeftOut, RowsLeftOut]]:
    """Return the rows in which data are missing, those with data outside a variable's levels, both.

    A variable without a value where its columns have one is a factor whose levels or intervals
    leave the row out.
    """
    exprs = dict.fromkeys(e for one in expanded for e in (*one.variables, *one.terms.offsets))
    values = {deparse(expr): missing_rows(value) for expr, value in frame.values(exprs).items()}
    read = {text: mask for text, mask in values.items() if mask is not None}
    read |= dict(response.gaps())
    names = [name for one in expanded for name in one.formula.columns]
    names += [name for expr in exprs for name in column_names(expr)]
    names += [text for text in read if text in frame.data.columns]  # of weights
    data = frame.data
    empty = {n: data[n].isna().to_numpy() for n in dict.fromkeys(names) if n in data.columns}
    if "weights=" in read:
        empty["weights"] = read["weights="]
    gone = keep & _any(frame, read.values())
    missing = gone & _any(frame, empty.values())
    outside = gone & ~missing
    said = (
        RowsLeftOut.missing(
            frame.count(missing),
            _counts(frame, empty, missing),
            lambda: f"first at {frame.first_row(missing)}",
        ),
        RowsLeftOut.outside(
            frame.count(outside),
            _counts(frame, read, outside),
            lambda: f"first at {frame.first_row(outside)}",
        ),
    )
    return missing, outside, said


def _any(frame: ModelFrame, masks: Iterable[BoolArray]) -> BoolArray:
    found = np.zeros(len(frame), dtype=bool)
    for mask in masks:
        found |= mask
    return found


def _counts(frame: ModelFrame, masks: Mapping[str, BoolArray], rows: BoolArray) -> dict[str, int]:
    return {name: frame.count(mask & rows) for name, mask in masks.items()}

"""Which rows stay in a model: those without a missing value, with a sentence about the others."""

from collections.abc import Iterable, Mapping, Sequence
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
    notes: list[str] = []
    keep = np.ones(len(frame), dtype=bool)
    if response.subset is not None:
        keep &= response.subset
        notes.append(f"subset() keeps {int(keep.sum())} of {len(frame)} rows.")
    if not keep.any():
        raise DataError("No row is left: subset() keeps none.", where="subset()")
    left_out = [each for each in _left_out(frame, expanded, response, keep) if each.rows.any()]
    for each in left_out:
        if missing == "error":
            raise DataError(
                f"{each.count} {'rows have' if each.count > 1 else 'row has'} {each.what}.",
                where=f"first at {frame.first_row(each.rows)}",
                hint=f'{each.remedy}, or pass missing="drop".',
            )
        were = "rows were" if each.count > 1 else "row was"
        notes.append(f"{each.count} {were} dropped for {each.what}.")
        keep &= ~each.rows
    if not keep.any():
        raise DataError(
            f"No row is left: all have {listed([each.what for each in left_out])}.",
            where="the columns of the formula",
            hint="Leave the emptiest column out of the formula.",
        )
    return keep, notes


@dataclass(frozen=True, slots=True)
class _LeftOut:
    """Rows that cannot stay, what they have instead of values, and what can be done about it."""

    rows: BoolArray
    what: str
    remedy: str

    @property
    def count(self) -> int:
        return int(self.rows.sum())


def _left_out(
    frame: ModelFrame,
    expanded: Sequence[ExpandedFormula],
    response: ResponseColumns,
    keep: BoolArray,
) -> tuple[_LeftOut, _LeftOut]:
    """Return the rows in which data are missing, and those with data outside a variable's levels.

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
    return (
        _LeftOut(missing, f"missing values ({_counts(empty, missing)})", "Fill or remove them"),
        _LeftOut(
            outside,
            f"values outside the levels ({_counts(read, outside)})",
            "Give more levels or wider intervals",
        ),
    )


def _any(frame: ModelFrame, masks: Iterable[BoolArray]) -> BoolArray:
    found = np.zeros(len(frame), dtype=bool)
    for mask in masks:
        found |= mask
    return found


def _counts(masks: Mapping[str, BoolArray], rows: BoolArray) -> str:
    counts = {name: int((mask & rows).sum()) for name, mask in masks.items()}
    return ", ".join(f"{name}: {count}" for name, count in counts.items() if count)

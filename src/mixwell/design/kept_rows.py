"""Which rows stay in a model: those without a missing value, with a sentence about the others."""

from collections.abc import Sequence

import numpy as np

from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import missing_rows
from mixwell.design.predictor import ExpandedFormula
from mixwell.design.response.response import ResponseColumns
from mixwell.errors import DataError
from mixwell.formula import deparse
from mixwell.numeric.arrays import BoolArray


def rows_used(
    frame: ModelFrame, expanded: Sequence[ExpandedFormula], response: ResponseColumns, missing: str
) -> tuple[BoolArray, list[str]]:
    """Return the rows that stay, and a sentence for those that go."""
    notes: list[str] = []
    keep = np.ones(len(frame), dtype=bool)
    if response.subset is not None:
        keep &= response.subset
        notes.append(f"subset() keeps {int(keep.sum())} of {len(frame)} rows.")
    masks = [response.missing()]
    for formula in expanded:
        read = frame.values([*formula.variables, *formula.terms.offsets])
        masks += map(missing_rows, read.values())
    gone = np.zeros(len(frame), dtype=bool)
    for mask in masks:
        if mask is not None:
            gone |= mask
    gone &= keep
    if gone.any():
        counts = _missing_counts(frame, expanded, keep)
        if missing == "error":
            have = "rows have" if gone.sum() > 1 else "row has"
            raise DataError(
                f"{int(gone.sum())} {have} missing values ({counts}).",
                where=f"first at {frame.first_row(gone)}",
                hint='Fill or remove them, or pass missing="drop".',
            )
        one = gone.sum() == 1
        notes.append(
            f"{int(gone.sum())} row{' was' if one else 's were'} dropped for missing values "
            f"({counts})."
        )
    keep &= ~gone
    if not keep.any():
        raise DataError(
            "No row is left: every row has a missing value in a column of the formula.",
            where=f"columns {counts}" if gone.any() else "subset()",
            hint="Leave the emptiest column out of the formula.",
        )
    return keep, notes


def _missing_counts(frame: ModelFrame, expanded: Sequence[ExpandedFormula], keep: BoolArray) -> str:
    data = frame.data
    names = dict.fromkeys(name for one in expanded for name in one.formula.columns)
    counts = {n: int((data[n].isna().to_numpy() & keep).sum()) for n in names if n in data.columns}
    for one in expanded:
        for expr, value in frame.values(one.variables).items():
            mask = missing_rows(value)
            if mask is not None and deparse(expr) not in counts:
                counts[deparse(expr)] = int((mask & keep).sum())
    return ", ".join(f"{name}: {count}" for name, count in counts.items() if count)

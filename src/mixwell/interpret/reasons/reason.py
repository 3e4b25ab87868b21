"""What one number of a table is made of, as a printable value."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from mixwell.errors import DataError
from mixwell.interpret.origins.made_numbers import Number, SummedRows
from mixwell.interpret.reasons.leaves import (
    coefficient_text,
    leaves_of,
    parts_of,
    said_of,
    weight_text,
)
from mixwell.numeric.arrays import FloatArray
from mixwell.public_calls import public_methods
from mixwell.show.reasons import MOST_ROWS, ReasonPage, reason_html, reason_text
from mixwell.specify.naming import distinct_columns
from mixwell.text.numbers import show_value
from mixwell.text.phrases import number as number_text

__all__ = ["Reason"]

#: Columns of numbers that a table of rows has.
_NUMBERS = ("part", "weight", "estimate")
# Weights of this share of the largest are rounding errors.
_NEGLIGIBLE = 1e-12


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class Reason:
    """What one number is made of: which rows, with which weights, and what was made of their sum.

    `cells` are the rows with their `weight` and their own `estimate`; `parts` the numbers that
    were compared, where these are more than sums over rows; `coefficients` the weights of the
    model's coefficients, where rows are linear predictors. `draws` is the number, made again.
    """

    label: str
    made: Number
    values: tuple[float, ...]
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """How the number is made."""
        said = said_of(self.made)
        code = said.split(" ", 1)[0].endswith("()")
        return f"{said if code else said[0].upper() + said[1:]}."

    @cached_property
    def draws(self) -> FloatArray:
        """The number in every draw, weights times what rows have, `(sample,)`."""
        return self.made.draws()

    @property
    def weights(self) -> pd.DataFrame:
        """The rows with their weights: one of the model's columns each, and `weight`.

        A number that is put together from several has a column `part`. Columns of the model that
        go by one of these names get an ending.
        """
        return self._rows(None)

    @property
    def cells(self) -> pd.DataFrame:
        """The same with the `estimate` of each row: the mean of its draws."""
        frame = self._rows(None)
        own = [_means(rows, len(rows.frame)) for _, rows in self._leaves]
        return frame.assign(estimate=np.concatenate([np.empty(0), *own]))

    @property
    def parts(self) -> pd.DataFrame:
        """The numbers that are put together: `part`, `weight`, `estimate`; none of a single sum.

        Where one is divided by the other weights are powers.
        """
        found = parts_of(self.made)
        return pd.DataFrame(
            {
                "part": pd.Series([label for label, _, _ in found], dtype="str"),
                "weight": [weight for _, weight, _ in found],
                "estimate": [float(part.draws().mean()) for *_, part in found],
            }
        )

    @property
    def coefficients(self) -> pd.Series:
        """The weights of the coefficients in the sum over rows: those that are not 0.

        Raises `DataError` where rows are not summed as linear predictors.
        """
        found = self._coefficients()
        if found is None:
            raise DataError(
                f"{self.label} is no weighed sum of coefficients.",
                hint=".cells has the rows behind it, and their weights.",
            )
        return found

    def _coefficients(self) -> pd.Series | None:
        if len(self._leaves) != 1:
            return None
        [(_, rows)] = self._leaves
        names = getattr(rows.values, "coefficients", ())
        if not names:
            return None
        weights = np.zeros(len(names))
        for start in range(0, len(rows.frame), rows.values.size):
            part = slice(start, start + rows.values.size)
            weights += rows.weights[part] @ rows.values.columns(rows.frame.iloc[part])  # type: ignore[attr-defined]
        kept = np.flatnonzero(np.abs(weights) > _NEGLIGIBLE * np.abs(weights).max(initial=0.0))
        return pd.Series(weights[kept], index=[names[k] for k in kept], name="weight")

    @cached_property
    def _leaves(self) -> list[tuple[str, SummedRows]]:
        return list(leaves_of(self.made))

    def _rows(self, most: int | None) -> pd.DataFrame:
        frames = [] if self._leaves else [pd.DataFrame({"weight": np.empty(0)})]
        for label, rows in self._leaves:
            named = distinct_columns(list(map(str, rows.frame.columns)), _NUMBERS)
            frame = rows.frame.iloc[:most].set_axis(list(named), axis=1)
            if len(self._leaves) > 1:
                frame.insert(0, "part", label)
            frames.append(frame.assign(weight=rows.weights[:most]))
        return pd.concat(frames, ignore_index=True)

    def __str__(self) -> str:
        """Return how the number is made, and the rows behind it with their weights."""
        return reason_text(self._page)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return reason_html(self._page)

    @property
    def _page(self) -> ReasonPage:
        total = sum(len(rows.frame) for _, rows in self._leaves)
        each = max(1, MOST_ROWS // max(1, len(self._leaves)))
        head = self._rows(each)
        own = [_means(rows, each) for _, rows in self._leaves]
        if self._known:
            head["estimate"] = np.concatenate(own)
        alike = _alike(self._rows(None), head)
        shown = head.drop(columns=[name for name, _ in alike])
        notes = [f"In all rows: {', '.join(f'{n} = {v}' for n, v in alike)}."] if alike else []
        notes += self._sums(None if total > len(head) else head)
        return ReasonPage(
            self.label,
            self.values,
            self.sentence,
            self.parts,
            shown.assign(weight=[weight_text(w) for w in shown["weight"]]),
            total - len(head),
            (*notes, *self.notes),
        )

    @property
    def _known(self) -> bool:
        """Whether the data determine the number: if not, not all of its rows have one."""
        return not np.isnan(self.values[0])

    def _sums(self, cells: pd.DataFrame | None) -> list[str]:
        """Say what the sum is, of all `cells` where these are few, and that of coefficients."""
        said, found = [], self._coefficients()
        if self._known and len(self._leaves) == 1 and self._leaves[0][1].period is None:
            [(_, rows)] = self._leaves
            total = rows.draws().mean()
            if cells is not None:
                total = cells["weight"].to_numpy() @ cells["estimate"].to_numpy()
            said.append(f"Weights times estimates: {number_text(float(total))}.")
        if found is not None and len(found) <= MOST_ROWS:
            each = [f"{coefficient_text(w)} x {name}" for name, w in found.items()]
            each += getattr(self._leaves[0][1].values, "beyond", ())
            said.append(f"As a sum: {', '.join(each) or 'none'}.")
        return said


def _means(rows: SummedRows, most: int) -> FloatArray:
    """Return the means of the draws of the first rows."""
    size = rows.values.size
    frame = rows.frame.iloc[:most]
    blocks = [frame.iloc[start : start + size] for start in range(0, len(frame), size)]
    return np.concatenate([rows.values(block).mean(axis=1) for block in blocks])


def _alike(frame: pd.DataFrame, head: pd.DataFrame) -> Sequence[tuple[str, str]]:
    """Return the columns that have one value in all of several rows, with that value."""
    names = [str(name) for name in frame.columns if name not in _NUMBERS]
    if len(head) < 2:
        return []
    return [
        (name, show_value(frame[name].iloc[0]))
        for name in names
        if frame[name].nunique(dropna=False) == 1
    ]

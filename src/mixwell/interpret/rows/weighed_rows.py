"""Rows that answers are averaged over, each with what it counts for.

They are those of the data or of a table of the population, such as a census with a row for each
kind of person and how many there are.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from mixwell.design import Design
from mixwell.design.seen.seen import Seen
from mixwell.errors import DataError, require_known, shown
from mixwell.interpret.grids.averaging_weights import WEIGHTS
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.tables.frame import read_frame
from mixwell.text.names import known_column
from mixwell.text.numbers import show_count
from mixwell.text.phrases import and_more

__all__ = ["WeighedRows", "rows_of_population", "rows_of_the_data"]

#: What the data's rows can be weighed by that is no column: their own number of trials.
TRIALS = "trials"


@dataclass(frozen=True, eq=False)
class WeighedRows:
    """Rows with the `weight` of each, `(row,)`, which stands in the column `weighed_by`.

    `table` says that they are those of a population's table, not the data's; `idle` is how many
    were left out because they count for nothing; `notes` are further things to be said of them.
    Where rows stand for several of the data that are equal in all that is read, `times` (row,) says
    for how many.
    """

    frame: pd.DataFrame
    weight: FloatArray
    weighed_by: str = ""
    table: bool = False
    idle: int = 0
    notes: tuple[str, ...] = field(default=())
    times: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.frame)

    def count(self, chosen: BoolArray | slice = slice(None)) -> int:
        """Return how many of the data's rows all of these are, or some."""
        times = np.ones(len(self)) if self.times is None else self.times
        return int(times[chosen].sum())

    def cut_by(self, by: Collection[str], of_model: Collection[str]) -> bool:
        """Return whether cells are made of the rows' own columns, not of a grid of the model's."""
        return bool(by) and (self.table or not {*by} <= {*of_model})

    def only(self, chosen: BoolArray) -> "WeighedRows":
        """Return some of the rows."""
        times = None if self.times is None else self.times[chosen]
        return replace(self, frame=self.frame[chosen], weight=self.weight[chosen], times=times)

    def said(self, further: str = "") -> tuple[str, ...]:
        """Say in a line how many rows there are, whose, and how they are weighed, and `further`."""
        whose = "of the population's table" if self.table else "of the data"
        count = self.count()
        rows = "row" if count == 1 else "rows"
        line = f"Averaged over the {count:,} {rows} {whose}"
        if self.weighed_by:
            line += f", weighed by {self.weighed_by} ({show_count(self.weight.sum())} in all)"
        elif self.table:
            line += ", each counting once"
        idle = f" Left out: {self.idle:,} of weight 0." if self.idle else ""
        return (f"{line}{further}.{idle}", *self.notes)


def rows_of_the_data(design: Design, weights: object, needed: Sequence[str] = ()) -> WeighedRows:
    """Return the data's rows, each counting once, or by their trials, or by a column of weights.

    Rows that lie elsewhere are counted by the columns that are `needed`. Raises `DataError` for a
    name that is neither, and for weights that count nothing.
    """
    if design.elsewhere is not None:
        return _counted(design.elsewhere, weights, needed)
    data, response = design.data, design.response
    if isinstance(weights, str) and weights in WEIGHTS:
        counts = None if response is None else response.counts
        if counts is None:
            return WeighedRows(data, np.ones(len(data)))
        return WeighedRows(data, counts, times=counts)
    column = known_column(weights, data.columns)
    if column is not None:
        return _weighed(data, data[column], column)
    trials = None if response is None else response.trials
    known = [*WEIGHTS, *([TRIALS] if trials is not None else []), *_numbers(data)]
    require_known(weights, known, f"weights={shown(weights)} names no column.", where="weights")
    assert trials is not None
    return _weighed(data, pd.Series(trials, index=data.index), "trials")


def _counted(seen: Seen, weights: object, needed: Sequence[str]) -> WeighedRows:
    """Return the distinct rows of some columns, each counting as often as it is there."""
    own = None
    if not (isinstance(weights, str) and weights in WEIGHTS):
        known = [*WEIGHTS, *seen.columns]
        require_known(weights, known, f"weights={shown(weights)} names no column.", where="weights")
        own = str(weights)
    names = [*needed, *([] if own is None else [own])]
    read = list(dict.fromkeys(name for name in names if name in seen.columns))
    try:
        table = seen.table(read)
    except DataError as error:
        raise DataError(
            f"{error.message} Rows that lie elsewhere are counted by what is averaged over.",
            where=f"the rows by {and_more(read, 6)}",
            hint='Averages over a grid need no rows: over="grid", with weights="proportional". '
            "Numbers of many values are averaged over a sample, which population= takes.",
        ) from error
    if own is None:
        return WeighedRows(table.frame, table.rows, times=table.rows)
    made = _weighed(table.frame, table.frame[own], own)
    times = table.rows[made.frame.index.to_numpy()]
    idle = int(table.rows.sum() - times.sum())
    return replace(made, weight=made.weight * times, idle=idle, times=times)


def rows_of_population(
    population: object,
    weights: object,
    needed: Collection[str] = (),
    of_groups: Collection[str] = (),
) -> WeighedRows:
    """Return the rows of a population's table, each counting once or by a column of `weights`.

    Raises `DataError` for what is no table, columns of it that are `needed` and absent, by which
    rows are of groups or not, and weights that count nothing.
    """
    frame = read_frame(population)
    for name in (each for each in of_groups if each not in frame.columns):
        raise DataError(
            f"The population has no column {name!r}, which says of which group a row is.",
            where="population",
            hint='Without it groups="integrated" averages over groups, and groups="population" '
            "leaves them out.",
        )
    for name in needed:
        require_known(
            name, list(frame.columns), f"The population has no column {name!r}.", where="population"
        )
    column = known_column(weights, frame.columns)
    if column is not None:
        return replace(_weighed(frame, frame[column], column), table=True)
    if weights == "equal":
        return WeighedRows(frame, np.ones(len(frame)), table=True)
    raise_for = f"weights={shown(weights)} names no column of the population."
    require_known(weights, ["equal", *_numbers(frame)], raise_for, where="weights")
    raise AssertionError


def _numbers(frame: pd.DataFrame) -> list[str]:
    kinds = pd.api.types
    numeric = [kinds.is_numeric_dtype(d) and not kinds.is_bool_dtype(d) for d in frame.dtypes]
    return [str(name) for name, own in zip(frame.columns, numeric, strict=True) if own]


def _weighed(frame: pd.DataFrame, column: pd.Series, name: str) -> WeighedRows:
    """Return rows with a column of weights; those that count for nothing are left out."""
    weight = _checked(column, name)
    counted = weight > 0
    found = WeighedRows(frame, weight, name, idle=int(np.count_nonzero(~counted)))
    return found if counted.all() else found.only(counted)


def _checked(column: pd.Series, name: str) -> FloatArray:
    kinds = pd.api.types
    if not kinds.is_numeric_dtype(column.dtype) or kinds.is_bool_dtype(column.dtype):
        raise DataError(
            f"The weights in {name} are no numbers.",
            where="weights",
            hint="Name a column of counts or of survey weights.",
        )
    weight = np.asarray(column.to_numpy(dtype=float, na_value=np.nan), dtype=float)
    for wrong, said in (
        (np.isnan(weight), "missing"),
        (weight < 0, "negative"),
        (np.isinf(weight), "infinite"),
    ):
        if wrong.any():
            first, count = column.index[wrong][0], int(np.count_nonzero(wrong))
            more = f", the first of {count:,} such rows" if count > 1 else ""
            raise DataError(
                f"A weight in {name} is {said}.",
                where=f"row {first}{more}",
                hint="Weights say how many a row stands for: numbers of 0 or more.",
            )
    if not weight.any():
        raise DataError(
            f"All weights in {name} are 0, so that no row counts.",
            where="weights",
            hint="Name a column of counts or of survey weights.",
        )
    return weight

"""One column of a table that stays where it lies: what is asked of it are queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from mixwell.design.seen.rows_elsewhere import rows_elsewhere
from mixwell.design.seen.rows_seen import plain_mean
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.intervals.counted_quantiles import quantiles_of_counted
from mixwell.tables.lazy.lazy_table import LazyTable

__all__ = ["TableColumn", "most_rows"]

#: Values of a column that are listed with their counts, and rows whose values are always looked at.
_LISTED, _ALWAYS = 1_000_000, 1_000_000


@dataclass(frozen=True, eq=False)
class TableColumn:
    """What is known of one column, or of the numbers `own` in its place."""

    table: LazyTable
    name: str
    own: nw.Expr | None = None

    @property
    def _number(self) -> nw.Expr:
        return self.table.number(self.name) if self.own is None else self.own

    @cached_property
    def _ends_and_mean(self) -> tuple[float, float, float]:
        x = self._number
        found = self.table.aggregate(
            f"look at {self.name}", {"low": x.min(), "high": x.max(), "mean": x.mean()}
        )
        return tuple(float(str(found[key])) for key in ("low", "high", "mean"))  # type: ignore[return-value]

    @cached_property
    def _around(self) -> tuple[float, float, int]:
        """What the mean is off by, the sum of squares around it, and how many lie at an end."""
        low, high, mean = self._ends_and_mean
        x, away = self._number, self._number - mean
        at_ends = ((x == low) | (x == high)).cast(nw.Int64)
        found = self.table.aggregate(
            f"look at the spread of {self.name}",
            {"off": away.mean(), "squares": (away * away).sum(), "ends": at_ends.sum()},
        )
        return (
            float(str(found["off"])),
            float(str(found["squares"])),
            int(float(str(found["ends"]))),
        )

    @property
    def mean_and_sd(self) -> tuple[float, float]:
        """The mean and the standard deviation of a sample."""
        return self._ends_and_mean[2] + self._around[0], self.sd()

    def distinct(self) -> list[Any]:
        """Return the values that it has, each once."""
        return list(self._distinct)

    @cached_property
    def _distinct(self) -> list[Any]:
        purpose = f"list the values of {self.name}"
        found = self.table.grouped(purpose, {"value": self.table.column(self.name)}, {})["value"]
        return self.table.values(self.name, found)

    def two(self) -> list[float] | None:
        """Return both numbers where it has just two, in order."""
        low, high = self.ends
        both = low < high and self._around[2] == self.table.count()
        return [low, high] if both else None

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest number."""
        return self._ends_and_mean[:2]

    @property
    def mean(self) -> float:
        """The mean of numbers."""
        low, high, _ = self._ends_and_mean
        return plain_mean(self.mean_and_sd[0], max(abs(low), abs(high)))

    def sd(self, *, sample: bool = True) -> float:
        """Return the standard deviation."""
        off, squares, _ = self._around
        n = self.table.count()
        left = max(squares - n * off * off, 0.0)
        return float(np.sqrt(left / max(n - int(sample), 1)))

    @cached_property
    def _counted(self) -> tuple[FloatArray, FloatArray]:
        """The distinct numbers in order, and how many rows lie at or below each."""
        purpose = f"count the values of {self.name}"
        found = self.table.grouped(
            purpose, {"value": self._number}, {"rows": nw.len()}, most=_LISTED
        )
        values, rows = (np.asarray(found[key].to_numpy(), float) for key in ("value", "rows"))
        order = np.argsort(values)
        return values[order], np.cumsum(rows[order])

    def quantiles(self, probabilities: Sequence[float]) -> list[float]:
        """Return quantiles, R's type 7; `DataError` for more values than are listed."""
        found: list[float] = quantiles_of_counted(*self._counted, probabilities).tolist()
        return found

    def rows(self) -> pd.Series:
        """Refuse the column row by row, where it is read."""
        rows: pd.Series = rows_elsewhere(f"the values of {self.name}", self.table.where)
        return rows

    def first(self) -> Any:
        """Return the least value."""
        found = self.table.aggregate(
            f"find a value of {self.name}", {"value": self.table.column(self.name).min()}
        )
        return self.table.values(self.name, pa.chunked_array([[found["value"]]]))[0]

    def examples(self, most: int) -> list[Any]:
        """Return numbers between the ends, these included: all distinct ones of small tables."""
        if self.table.count() <= _ALWAYS:
            values: list[Any] = np.sort(np.array(self.distinct(), dtype=float)).tolist()
            return values
        low, high = self.ends
        between = np.linspace(low, high, most)
        if self.table.kinds[self.name] in ("whole", "truth"):
            between = np.unique(np.rint(between))
        listed: list[Any] = between.tolist()
        return listed


def most_rows(table: LazyTable, names: Sequence[str], most: int) -> pd.DataFrame:
    """Return rows with the ends of some columns, and others, in which these are together."""
    numbers = {name: table.number(name) for name in names}
    asked = {
        f"{end} {name}": getattr(x, end)() for name, x in numbers.items() for end in ("min", "max")
    }
    ends = table.aggregate("look at the ends of columns", asked)
    at_end = [
        numbers[name] == float(str(ends[f"{end} {name}"]))
        for name in names
        for end in ("min", "max")
    ]
    parts = []
    for where in (nw.any_horizontal(*at_end, ignore_nulls=True), None):
        rows = table.batches(
            "look at some rows", {n: table.column(n) for n in names}, where=where, rows=most
        )
        parts.append(next(rows).to_pandas().head(most))
        rows.close()
    joined: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return joined

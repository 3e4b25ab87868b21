"""What stands behind the numbers of a table: asked for with `fit.why(table)`, made again here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mixwell.errors import DataError, MixwellError, did_you_mean, is_finite, require_known, shown
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.origins.made_numbers import Number
from mixwell.interpret.origins.origins import Origin
from mixwell.interpret.reasons.leaves import leaves_of, shares_of
from mixwell.interpret.reasons.reason import Reason
from mixwell.interpret.simple.simple_effects import SimpleEffects
from mixwell.numeric.arrays import FloatArray
from mixwell.public_calls import public_methods
from mixwell.show.reasons import LONGEST, reasons_html, reasons_text
from mixwell.text.phrases import listed

__all__ = ["Reasons", "ReasonsInTurn", "why"]

# A number that is made again differs from the table's by rounding errors only.
_NEAR = 1e-6
_INSTEAD = {
    "hypothesis": "Ask it of the table that the hypotheses are about, or fit.explain() of "
    "parameters.",
    "residual": "A residual is what was observed less what is expected: ask it of "
    'fit.predictions(groups="existing").',
    "response": 'New values are drawn: ask it of fit.predictions(kind="mean").',
    "contrast": "fit.explain() says what each coefficient compares.",
}


def why(table: object, row: object = None) -> "Reasons | ReasonsInTurn | Reason":
    """Return what each number of a table is made of, or that of one row.

    Of simple effects it is that of each table, by its factor.

    `row` is a number, counted from 0, or a row's label. Raises `DataError` for what is no table of
    estimates, for rows that there are not, and for tables that do not keep what they are made of.
    """
    if isinstance(table, SimpleEffects):
        each = ReasonsInTurn({name: _reasons(own) for name, own in table.tables.items()})
        return each if row is None else each.row(row)
    if not isinstance(table, Estimates):
        raise DataError(
            f"why() takes a table of estimates, not {shown(table)}.",
            where="table",
            hint="For example fit.why(fit.means(...)).",
        )
    reasons = _reasons(table)
    return reasons if row is None else reasons[row]


def _reasons(table: Estimates) -> "Reasons":
    if table.origin is None:
        raise DataError(
            f"What the numbers of this table ({table.title}) are made of is not kept.",
            where="table",
            hint=_INSTEAD.get(table.estimand, "Ask it of means, contrasts, slopes, predictions."),
        )
    return Reasons(table, table.origin)


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class Reasons:
    """What the numbers of a table are made of, row by row; `reasons[3]` is one of them.

    Printing shows how many rows weigh how much behind each number; `to_frame()` has them all.
    """

    table: Estimates
    origin: Origin

    def __len__(self) -> int:
        """Return the number of the table's rows."""
        return len(self.table)

    def __iter__(self) -> Iterator[Reason]:
        """Go through the table's rows."""
        return (self._reason(place) for place in range(len(self)))

    def __getitem__(self, row: object) -> Reason:
        """Return what the number of a row is made of, by its place or its label.

        Raises `DataError` for rows that there are not.
        """
        return self._reason(self._place(row))

    def to_frame(self) -> pd.DataFrame:
        """Return the rows behind every number: `number`, the columns of `cells`, `weight`.

        `number` is the label of the table's row.
        """
        each = [(reason.label, reason.weights) for reason in self]
        return pd.concat(
            [frame.assign(number=label) for label, frame in each], ignore_index=True
        ).pipe(lambda frame: frame[["number", *(name for name in frame if name != "number")]])

    def _place(self, row: object) -> int:
        labels = self.table.labels
        if isinstance(row, str):
            found = [place for place, label in enumerate(labels) if label == row]
            if len(found) > 1:
                said = f"{len(found)} rows of the table are called {row!r}."
                raise DataError(said, where="row", hint=f"Give its place: {found[0]}, for example.")
            if found:
                return found[0]
            hint = did_you_mean(row, dict.fromkeys(labels))
            raise DataError(f"The table has no row {row!r}.", where="row", hint=hint)
        if not (is_finite(row) and row == int(row)):
            raise DataError(
                f"row= takes a row's place or its label, not {shown(row)}.",
                where="row",
                hint=f"For example 0 or {labels[0]!r}." if labels else None,
            )
        place = int(row)
        if not -len(labels) <= place < len(labels):
            raise DataError(
                f"The table has {len(labels):,} rows, counted from 0, and none at {place:,}.",
                where="row",
            )
        return place % len(labels)

    def _reason(self, place: int) -> Reason:
        number = self.origin.number(place).simplified()
        first = self.table.frame.iloc[place]
        values = tuple(float(first[name]) for name in ("estimate", "lower", "upper"))
        reason = Reason(self.table.labels[place], number, values, self.table.notes)
        self._require_same(place, number, reason.draws)
        return reason

    def _require_same(self, place: int, number: Number, draws: FloatArray) -> None:
        """Hold a number that was made again against the table's."""
        own, period = self.table.row_draws.row(place), self.table.basis.period
        gap = draws - own
        if period is not None:
            gap = (gap + period / 2) % period - period / 2
        known = np.isfinite(own) & np.isfinite(draws)
        apart = float(np.abs(gap[known]).max(initial=0.0))
        near = apart <= _NEAR * float(np.abs(own[known]).max(initial=0.0))
        if not near and apart > _NEAR * _size(number):
            raise MixwellError(
                f"Internal fault: the weights found for {self.table.labels[place]} do not give "
                "its number."
            )

    @property
    def _shares(self) -> list[str]:
        """Say in short what each of the first rows is made of."""
        count = min(len(self), LONGEST)
        return [shares_of(self.origin.number(place).simplified()) for place in range(count)]

    def __str__(self) -> str:
        """Return what each number is made of, a line each."""
        table = self.table
        shown = table.frame[[*table.factors, "estimate", "sd"]]
        return reasons_text(shown, self._shares, table.title, table.notes)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        table = self.table
        shown = table.frame[[*table.factors, "estimate", "sd"]]
        return reasons_html(shown, self._shares, table.title, table.notes)


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class ReasonsInTurn:
    """What the numbers of several tables are made of: `reasons["recipe"]` are those of one."""

    tables: Mapping[str, Reasons]

    def __len__(self) -> int:
        """Count the tables."""
        return len(self.tables)

    def __iter__(self) -> Iterator[str]:
        """Go through the tables' names."""
        return iter(self.tables)

    def __getitem__(self, name: str) -> Reasons:
        """Return the reasons of a table; raises `DataError` with the nearest name."""
        require_known(name, list(self.tables), f"There is no table of {shown(name)}.")
        return self.tables[name]

    def row(self, row: object) -> Reason:
        """Return what the number of a row is made of, by its label; `DataError` for others."""
        having = [each for each in self.tables.values() if row in each.table.labels]
        if len(having) == 1:
            return having[0][row]
        first = next(iter(self.tables))
        what = "is in several" if having else "is in none"
        raise DataError(
            f"The row {shown(row)} {what} of the tables of {listed(list(self.tables))}.",
            where="row",
            hint=f"Ask it of one of them: fit.why(table[{first!r}], 0).",
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the rows behind every number of every table, with the table's `factor`."""
        each = [reasons.to_frame().assign(factor=name) for name, reasons in self.tables.items()]
        frame = pd.concat(each, ignore_index=True)
        return frame[["factor", *(name for name in frame if name != "factor")]]

    def __str__(self) -> str:
        """Return what each number is made of, table after table."""
        return "\n\n".join(str(reasons).rstrip() for reasons in self.tables.values())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(reasons._repr_html_() for reasons in self.tables.values())


def _size(number: Number) -> float:
    """Return how large the terms of sums are that may cancel."""
    return max((rows.size() for _, rows in leaves_of(number)), default=0.0)

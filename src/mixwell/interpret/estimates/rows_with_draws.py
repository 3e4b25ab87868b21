"""Rows of numbers with their draws: how they print, how they are drawn, how well they are known."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
import xarray as xr

from mixwell.errors import DataError, did_you_mean
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.practical_equivalence import decisions_said
from mixwell.interpret.estimates.row_draws import RowDraws, labeled
from mixwell.interpret.estimates.row_texts import row_labels
from mixwell.interpret.estimates.standardized import STANDARDIZED, Divisors
from mixwell.interpret.origins.origins import Origin
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import IntervalSettings, interval_settings
from mixwell.public_calls import public_methods
from mixwell.show.estimate_figures import Chart
from mixwell.show.tables_in_turn import PrintedTable
from mixwell.text.names import known_column
from mixwell.text.numbers import show_values

__all__ = ["RowsWithDraws"]


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class RowsWithDraws:
    """A tidy frame of rows that keeps its draws; see `Estimates` for the fields.

    `region` is the rope that the rows were held against, None for none; `letters_said` what the
    letters of a table are, which has such a column; `units` what differences can be standardized
    by, None for nothing; `unknown` those of the `notes` that name rows which are not known.
    """

    frame: pd.DataFrame
    row_draws: RowDraws
    scale: str = "response"
    title: str = "Estimates"
    notes: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    null: float = 0.0
    estimand: str = "mean"
    response: str = ""
    statistic: str = "mean"
    basis: Basis = field(default_factory=Basis)
    settings: IntervalSettings = field(default_factory=interval_settings)
    region: tuple[float, float] | None = None
    letters_said: str = ""
    origin: Origin | None = None
    units: Divisors | None = None
    unknown: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the frame."""
        return self.frame.copy()

    def diagnostics(self) -> pd.DataFrame:
        """Return R-hat, bulk and tail ESS, and the Monte Carlo error of the estimate, row by row.

        The columns are `rhat`, `ess_bulk`, `ess_tail` and `mcse` after those of the factors.
        Source: Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021).
        """
        numbers = self.row_draws.diagnostics(self.settings)
        found = pd.DataFrame(numbers, index=self.frame.index)
        return pd.concat([self.frame[list(self.factors)], found], axis=1).rename_axis(columns=None)

    @property
    def chart(self) -> Chart:
        """What `plot` draws."""
        levels = self.estimand in ("mean", "prediction", "response")
        return Chart(
            frame=self.frame,
            factors=self.factors,
            label=self._axis,
            by=self.by,
            title=self.title,
            caption=self.settings.sentence,
            null=None if levels else self.null,
        )

    @property
    def _axis(self) -> str:
        """What an axis of the estimates measures, in the data's words."""
        if self.scale not in ("response", "link"):
            return self.scale
        if self.scale == STANDARDIZED:
            return f"{self.estimand} in standard deviations"
        linked = f"the linear predictor of {self.response}"
        on = self.response if self.scale == "response" else linked
        words = {
            "mean": f"{self.statistic} of {on}",
            "prediction": f"{self.statistic} of {on}",
            "response": on,
            "slope": f"slope of {on}",
            "hypothesis": "left side minus right side",
            "residual": f"residual of {on}",
        }
        return words.get(self.estimand, f"difference in {on}")

    def _variable(self, name: str) -> str:
        """Return the name in the data of a factor that goes by it or by its column's."""
        columns = dict(zip(self.factors, self.variables, strict=True))
        own = known_column(name, self.variables) or known_column(name, columns)
        return name if own is None else columns.get(own, own)

    @cached_property
    def draws(self) -> xr.DataArray:
        """The draws of every row, with the dims `chain`, `draw`, `row`."""
        return labeled(self.samples, self.shape, self.frame[list(self.factors)])

    @property
    def shape(self) -> tuple[int, int]:
        """The number of chains and of draws a chain."""
        return self.row_draws.shape

    @property
    def samples(self) -> FloatArray:
        """The draws of all chains in a row, `(row, sample)`."""
        return self.row_draws.whole()

    @property
    def labels(self) -> tuple[str, ...]:
        """One short label a row: its factor columns joined by commas."""
        return row_labels(self.frame, self.factors)

    @property
    def places(self) -> dict[str, int]:
        """The place of each row by its label, and by `factor[level]`, several joined by `:`."""
        found = {label: row for row, label in enumerate(self.labels)}
        columns = [show_values(self.frame[name].tolist()) for name in self.factors]
        for row, levels in enumerate(zip(*columns, strict=True)):
            for called in (self.variables, self.factors):
                pairs = zip(called, levels, strict=True)
                found.setdefault(":".join(f"{name}[{level}]" for name, level in pairs), row)
        return found

    def __len__(self) -> int:
        return len(self.frame)

    def __iter__(self) -> Iterator[str]:
        return iter(map(str, self.frame.columns))

    def __getitem__(self, key: Any) -> Any:
        try:
            return self.frame[key]
        except (KeyError, TypeError, ValueError):
            nearest = did_you_mean(key, list(self))
            raise DataError("The estimates have no such column.", hint=nearest) from None

    @property
    def printed(self) -> PrintedTable:
        """What is printed: the frame under its title, and what is said of it."""
        rope = () if self.region is None else (decisions_said(self.region),)
        letters = (self.letters_said,) if self.letters_said else ()
        said = (*self.notes, *rope, *letters, self._legend)
        return PrintedTable(self.frame, self.title, said, self.settings.positive)

    def __str__(self) -> str:
        return self.printed.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.printed.html

    @property
    def _legend(self) -> str:
        settings = self.settings
        said = f"{settings.sentence.capitalize()}{settings.sd_words}."
        if settings.pointwise is not None:
            said += f" All rows lie within theirs at once in {settings.percent} of the draws."
        if settings.alone:
            said += " Of one row alone the simultaneous interval is this one."
        if settings.pointwise == 1.0:
            said += " The ends are the outermost draws, too few for so many rows: take more."
        if "p_direction" in self.frame:
            said += self.settings.side_words(self.null)
        return said

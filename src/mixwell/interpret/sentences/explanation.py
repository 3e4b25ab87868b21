"""What the parameters of a model mean, as a printable value: sentences, scales, weights, cells."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mixwell.design.response.response import Response
from mixwell.errors import DataError, did_you_mean
from mixwell.families.links import LINKS
from mixwell.interpret.weights.cells import cell_frame, cell_rows, cell_variables, full_weights
from mixwell.interpret.weights.meaning import Meaning, cell_columns
from mixwell.interpret.weights.point_grid import PointGrid
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import IntervalSettings, estimates
from mixwell.public_calls import public_methods
from mixwell.show.meanings import (
    Explained,
    Meanings,
    explained_html,
    explained_text,
    meanings_html,
    meanings_text,
)
from mixwell.text.names import known_name
from mixwell.text.phrases import number

MOST_WEIGHTS = 5_000_000
ESTIMATES = ("estimate", "lower", "upper")
SECTIONS = {
    "coefficients": "Fixed effects",
    "parameters": "Coefficients of further parameters",
    "random": "Random effects",
    "auxiliary": "Further parameters",
    "left out": "Left out of the model",
}


@dataclass(frozen=True, slots=True, eq=False)
class CoefficientCells:
    """Where a coefficient's weights lie, and what is needed to put numbers on the cells.

    `draws` of all columns is `(chain, draw, column)`, None before a fit; `settings` say how they
    are summarized.
    """

    grid: PointGrid
    meaning: Meaning
    response: Response | None
    parameter: str = "mean"
    draws: FloatArray | None = None
    settings: IntervalSettings | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Entry(Explained):
    """The meaning of one parameter: what is said of it, and the cells behind it.

    `group` is the section it is printed in; `term` that of the formula; `scale` the multiplier in
    the sentence (2/3, 0.707, 1); `link` the scale of the linear predictor,
    on which the cells' observed means are what `observed` says.
    """

    group: str = ""
    term: str = ""
    scale: float = 1.0
    link: str = "identity"
    observed: str | None = None
    behind: CoefficientCells | None = None

    @property
    def cells(self) -> pd.DataFrame:
        """The cells with their weights: one column a variable, `weight`, `mean`, `rows`.

        `mean` is the observed mean of the response in the cell, on the response scale. After a fit
        `estimate`, `lower` and `upper` are the model's value of the cell on the scale of the linear
        predictor: their sum with the weights is the coefficient.
        """
        if self.behind is None or not self.behind.meaning.found:
            return pd.DataFrame()
        behind = self.behind
        frame, cells = cell_frame(behind.grid, behind.meaning, behind.response)
        if behind.draws is not None:
            rows = cell_rows(behind.grid, behind.meaning, cells)
            summary = estimates(behind.draws @ rows.T, behind.settings)
            for name in ESTIMATES:
                frame[name] = summary[name]
        return frame if behind.settings is None else behind.settings.said(frame)

    @property
    def weights(self) -> pd.Series:
        """The weights by cell, cells without weight left out."""
        frame = self.cells
        named = list(frame.columns[: frame.columns.get_loc("weight")]) if len(frame) else []
        if not named:
            return pd.Series([1.0] if len(frame) else [], index=["all rows"][: len(frame)])
        return frame.set_index(named)["weight"]

    @property
    def factors(self) -> dict[str, pd.Series]:
        """The weights variable by variable, where they are a product: never expanded to cells.

        The names are those of the columns of `cells`.
        """
        if self.behind is None:
            return {}
        grid, meaning = self.behind.grid, self.behind.meaning
        names = dict(zip(meaning.named, cell_variables(grid, meaning), strict=True))
        found = {}
        for part in meaning.parts:
            if len(part.variables) == 1 and part.variables[0] in names:
                points = list(grid.variables[part.variables[0]].points)
                found[names[part.variables[0]]] = pd.Series(part.weights, index=points)
        return found

    def _notes(self, cells: pd.DataFrame) -> list[str]:
        """Say how the weights and the cells' means go together."""
        notes = []
        if "mean" in cells and self.observed is not None and cells["mean"].notna().all():
            total = float(cells["weight"] @ LINKS[self.link](cells["mean"].to_numpy()))
            if np.isfinite(total):
                with np.errstate(over="ignore"):
                    exp = f", exp: {number(float(np.exp(total)))}" if self.exponential else ""
                notes.append(f"Weights times {self.observed}: {number(total)}{exp}.")
        if "estimate" in cells and self.behind is not None and self.behind.settings is not None:
            notes.append(
                "estimate: the model's value of the cell on the scale of the linear predictor, "
                f"{self.behind.settings.sentence}."
            )
        return notes

    def __str__(self) -> str:
        """Return name, sentence, warnings and the table of cells."""
        cells = self.cells
        return explained_text(self, cells, self._notes(cells))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cells = self.cells
        return explained_html(self, cells, self._notes(cells))


@public_methods
@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """The meaning of every parameter of a model, before or after fitting.

    Printing shows all sentences; `explanation["block[b2]"]` one with its cells; `.to_frame()` is a
    tidy table; `.weights` the coefficients' weights on all cells.
    """

    formula: str
    notes: tuple[str, ...]
    entries: tuple[Entry, ...]
    settings: IntervalSettings | None = None
    r_names: dict[str, str] = field(default_factory=dict, repr=False)

    def __getitem__(self, name: str) -> Entry:
        """Return one parameter's meaning, by its name or R's.

        Raises
        ------
        DataError
            For a name that is no parameter, with the nearest ones.
        """
        entries = {entry.name: entry for entry in self.entries}
        in_r = {r: entries[own] for r, own in self.r_names.items() if own in entries}
        found = known_name(name, entries) or known_name(name, in_r)
        if found is None:
            said = f'The model has no parameter "{name}".'
            raise DataError(said, hint=did_you_mean(name, entries))
        return entries.get(found) or in_r[found]

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the parameters' meanings."""
        return iter(self.entries)

    def __len__(self) -> int:
        """Return the number of parameters explained."""
        return len(self.entries)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(entry.name for entry in self.entries)

    @property
    def warnings(self) -> dict[str, tuple[str, ...]]:
        """The warnings by parameter, of those that have any."""
        return {entry.name: entry.warnings for entry in self.entries if entry.warnings}

    def to_frame(self) -> pd.DataFrame:
        """Return one row a parameter: `coefficient`, estimates after a fit, `sentence`, `scale`.

        `estimate`, `lower` and `upper` are on the scale of the linear predictor; `measure` says
        what they are ("log odds ratio") and `term` where they come from.
        """
        shown = [entry for entry in self.entries if entry.group != "left out"]
        frame = pd.DataFrame({"coefficient": pd.array([e.name for e in shown], dtype="str")})
        if self.settings is not None:
            values = [entry.values or (np.nan,) * 3 for entry in shown]
            for k, column in enumerate(ESTIMATES):
                frame[column] = [value[k] for value in values]
        frame["sentence"] = pd.array([e.sentence for e in shown], dtype="str")
        frame["scale"] = [e.scale for e in shown]
        frame["measure"] = pd.array([e.measure for e in shown], dtype="str")
        frame["term"] = pd.array([e.term for e in shown], dtype="str")
        return frame if self.settings is None else self.settings.said(frame)

    @property
    def weights(self) -> pd.DataFrame:
        """The weights of the mean's coefficients on all cells, `(coefficient, cell)`.

        Raises
        ------
        DataError
            When the grid is too large to write out; each coefficient has its own `.weights`.
        """
        found = self._coefficients()
        if not found:
            return pd.DataFrame()
        grid = found[0].grid
        size = np.prod([len(v.points) for v in grid.variables], dtype=float)
        if size * len(found) > MOST_WEIGHTS:
            raise DataError(
                f"The grid of all variables has {size:,.0f} cells, too many to write out.",
                hint='Ask for one coefficient: explain("...").weights, or .factors.',
            )
        # adding 0 turns a negative zero into a plain one
        table = np.vstack([full_weights(grid, behind.meaning) for behind in found]) + 0.0
        return pd.DataFrame(table, index=list(grid.names), columns=_cell_index(grid))

    @property
    def grid(self) -> pd.DataFrame:
        """The design at the cells of `weights`, `(cell, coefficient)`: weights @ grid = I."""
        found = self._coefficients()
        if not found:
            return pd.DataFrame()
        grid = found[0].grid
        everything = range(len(grid.variables))
        columns = cell_columns(grid, everything, grid.cells(everything))
        return pd.DataFrame(columns, index=_cell_index(grid), columns=list(grid.names))

    def _coefficients(self) -> list[CoefficientCells]:
        return [
            entry.behind
            for entry in self.entries
            if entry.group == "coefficients" and entry.behind is not None
        ]

    @property
    def _page(self) -> Meanings:
        sections = {
            heading: tuple(entry for entry in self.entries if entry.group == group)
            for group, heading in SECTIONS.items()
        }
        filled = tuple((heading, entries) for heading, entries in sections.items() if entries)
        return Meanings(self.formula, self.notes, filled)

    def __str__(self) -> str:
        """Return all sentences, by section, with the warnings below."""
        return meanings_text(self._page)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return meanings_html(self._page)


def _cell_index(grid: PointGrid) -> pd.Index:
    if not grid.variables:
        return pd.Index(["all rows"])
    points = [list(variable.points) for variable in grid.variables]
    names = [variable.name for variable in grid.variables]
    if len(points) == 1:
        return pd.Index(points[0], name=names[0])
    return pd.MultiIndex.from_product(points, names=names)

"""`Estimates`: the one result type of interpretation, a tidy frame that keeps its draws.

Numeric cores hand over draws as `(row, sample)`; `estimates_of` summarises them in blocks of rows and
puts labels on. Every average is an average of draws.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from mixwell.draws import FloatArray, estimates
from mixwell.errors import DataError, did_you_mean
from mixwell.interpret.printing import as_html, as_text

Plotter = Callable[["Estimates"], Any]
Rope = float | tuple[float, float]

NUMBERS = ("estimate", "sd", "lower", "upper", "p_direction")
# Draws summarised at a time: a block of them stays in the processor's cache.
BLOCK = 400_000
# Three threads at most: sorting releases the interpreter, and memory is the limit beyond that.
THREADS = 3
# A residue above this says that the data do not determine a combination of coefficients.
NOT_ESTIMABLE = 1e-8


@dataclass(frozen=True, eq=False)
class Basis:
    """What contrasts need besides the draws.

    `linear` is `(row, sample)` on the link scale, None where the draws themselves are what is
    combined; `residue` is `(row, k)` and zero where the data determine the row; `link` leads from a
    response to `linear`.
    """

    link: str = "identity"
    linear: FloatArray | None = None
    residue: FloatArray | None = None


@dataclass(frozen=True, repr=False, eq=False)
class Estimates:
    """Estimates with their draws: means, contrasts, slopes, comparisons, predictions, hypotheses.

    `frame` has the factor columns first, then `estimate`, `sd`, `lower`, `upper` (by ArviZ's
    settings) and `p_direction`, the probability of lying on the more probable side of `null`.
    `draws` has the dims `chain`, `draw`, `row`, with the factor columns as coordinates of `row`;
    `scale` says what the numbers are (`response`, `link`, `ratio`, `odds ratio`), `notes` what was
    held, averaged and left out. `len`, iteration and `[...]` are those of the frame.

    >>> import numpy as np, pandas as pd
    >>> draws = np.random.default_rng(1).normal([[1.0], [2.0]], 0.1, (2, 400))
    >>> made = estimates_of(draws, (4, 100), pd.DataFrame({"block": ["b1", "b2"]}))
    >>> made.contrasts("sequential").frame["contrast"].tolist()
    ['b2 - b1']
    """

    frame: pd.DataFrame
    draws: xr.DataArray
    scale: str = "response"
    title: str = "Estimates"
    notes: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    null: float = 0.0
    estimand: str = "mean"
    response: str = ""
    basis: Basis = field(default_factory=Basis)
    plotter: Plotter | None = None

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the frame."""
        return self.frame.copy()

    def contrasts(self, kind: object = "pairwise", **options: Any) -> "Estimates":
        """Compare the rows with each other; see `mixwell.interpret.contrasts.contrasts`."""
        # The one import against the order of the files: contrasts make Estimates of Estimates.
        from mixwell.interpret.contrasts import contrasts

        return contrasts(self, kind, **options)

    def with_rope(self, rope: Rope) -> "Estimates":
        """Add `p_rope`, the share of draws in a region of practical equivalence.

        `rope` is the region's two ends, or its half-width around `null`.
        """
        low, high = rope_ends(rope, self.null)
        values = self.draws.to_numpy()
        inside = ((values >= low) & (values <= high)).mean(axis=(0, 1))
        share = np.where(np.isnan(values).any(axis=(0, 1)), np.nan, inside)
        note = f"p_rope: share of draws between {low:g} and {high:g}."
        return replace(self, frame=self.frame.assign(p_rope=share), notes=(*self.notes, note))

    def drawn_by(self, plotter: Plotter | None) -> "Estimates":
        """Return the same estimates with the function that `plot` calls."""
        return replace(self, plotter=plotter)

    def plot(self, **options: Any) -> Any:
        """Draw the estimates; returns a matplotlib figure.

        Raises `DataError` where no plotting function came with the estimates.
        """
        if self.plotter is None:
            raise DataError(
                "These estimates were made without a way to draw them.",
                hint="Take them from a fit, or use est.drawn_by(function).",
            )
        return self.plotter(self, **options)

    @property
    def labels(self) -> tuple[str, ...]:
        """One short label a row: its factor columns joined by commas."""
        return row_labels(self.frame, self.factors)

    def __len__(self) -> int:
        return len(self.frame)

    def __iter__(self) -> Iterator[str]:
        return iter(self.frame)

    def __getitem__(self, key: Any) -> Any:
        return self.frame[key]

    def __str__(self) -> str:
        return as_text(self.frame, self.title, self.notes)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return as_html(self.frame, self.title, self.notes)


def row_labels(frame: pd.DataFrame, factors: Sequence[str]) -> tuple[str, ...]:
    """Return one label a row of the factor columns, joined by commas."""
    columns = [[show_value(value) for value in frame[name]] for name in factors]
    if not columns:
        return ("overall",) * len(frame)
    return tuple(", ".join(parts) for parts in zip(*columns, strict=True))


def show_value(value: object) -> str:
    """Write a level or a number as short text.

    >>> show_value(0.30000000000000004), show_value("b2"), show_value(True)
    ('0.3', 'b2', 'True')
    """
    if isinstance(value, float | np.floating):
        return f"{float(value):.6g}"
    return str(value)


def rope_ends(rope: Rope, null: float) -> tuple[float, float]:
    """Return the two ends of a region of practical equivalence; `DataError` for others."""
    if isinstance(rope, int | float):
        return null - abs(float(rope)), null + abs(float(rope))
    ends = tuple(float(end) for end in rope)
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise DataError(
            "rope= takes two numbers, the lower one first.",
            hint="For example rope=(-0.1, 0.1), or rope=0.1.",
        )
    return ends[0], ends[1]


def estimates_of(
    values: FloatArray,
    shape: tuple[int, int],
    factors: pd.DataFrame,
    *,
    rope: Rope | None = None,
    estimable: NDArray[np.bool_] | None = None,
    **fields: Any,
) -> Estimates:
    """Summarise draws `(row, sample)` and label them with the columns of `factors`.

    `shape` is the number of chains and of draws a chain. Rows that are not `estimable` get
    not-a-number in every column and a note. Further fields are those of `Estimates`.
    """
    notes = tuple(fields.pop("notes", ()))
    null = float(fields.get("null", 0.0))
    if estimable is not None and not estimable.all():
        values = np.where(estimable[:, None], values, np.nan)
        notes = (*notes, _not_estimable_note(estimable, factors))
    numbers = pd.DataFrame(summarise(values, shape, null), index=factors.index)
    names = tuple(str(name) for name in factors.columns)
    made = Estimates(
        frame=pd.concat([factors, numbers], axis=1),
        draws=labelled(values, shape, factors),
        notes=notes,
        factors=fields.pop("factors", names),
        **fields,
    )
    return made if rope is None else made.with_rope(rope)


def labelled(values: FloatArray, shape: tuple[int, int], factors: pd.DataFrame) -> xr.DataArray:
    """Return draws `(row, sample)` with the dims `chain`, `draw`, `row` (a view, not a copy)."""
    taken = ("chain", "draw", "row")
    columns = {str(name): ("row", factors[name].to_numpy()) for name in factors}
    coords: dict[str, Any] = {name: c for name, c in columns.items() if name not in taken}
    coords["row"] = factors.index.to_numpy()
    coords |= {"chain": np.arange(shape[0]), "draw": np.arange(shape[1])}
    cube = values.reshape(len(values), *shape).transpose(1, 2, 0)
    return xr.DataArray(cube, dims=taken, coords=coords, name="estimate")


def summarise(values: FloatArray, shape: tuple[int, int], null: float) -> dict[str, FloatArray]:
    """Return the numeric columns of draws `(row, sample)`, blocks of rows at a time."""
    step = max(1, BLOCK // max(values.shape[1], 1))
    starts = range(0, len(values), step)

    def part(start: int) -> dict[str, FloatArray]:
        return _summary(values[start : start + step], shape, null)

    if len(starts) < 2:
        return _summary(values, shape, null)
    with ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(part, starts))
    return {name: np.concatenate([part[name] for part in parts]) for name in NUMBERS}


def _summary(values: FloatArray, shape: tuple[int, int], null: float) -> dict[str, FloatArray]:
    columns = {name: np.full(len(values), np.nan) for name in NUMBERS}
    # one infinite draw would make the mean infinite and the interval a warning: such rows stay nan
    usable = np.isfinite(values).all(axis=1)
    if usable.any():
        kept = values if usable.all() else values[usable]
        found = estimates(kept.reshape(len(kept), *shape).transpose(1, 2, 0))
        found["p_direction"] = np.maximum((kept > null).mean(axis=1), (kept < null).mean(axis=1))
        for name in NUMBERS:
            columns[name][usable] = found[name]
    return columns


def _not_estimable_note(estimable: NDArray[np.bool_], factors: pd.DataFrame) -> str:
    rows = factors[~estimable]
    labels = row_labels(rows, [str(name) for name in factors.columns])
    shown = "; ".join(labels[:4]) + (f"; and {len(labels) - 4} more" if len(labels) > 4 else "")
    return (
        f"Not estimable, shown as NaN: {shown}. The data leave the coefficients that "
        f"{'it needs' if len(labels) == 1 else 'they need'} undetermined (empty cells)."
    )

"""The response of a model as a value, row by row, and its columns before rows are dropped."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray

ResponseKind = Literal["numeric", "binary", "levels", "trials"]


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """The response of a model, row by row, with trials, weights, standard errors and limits.

    `values` is `(obs,)`: numbers, successes out of `trials`, or the level's number of a factor
    (0 is R's failure). `censoring` is -1 left, 0 none, 1 right, 2 interval (up to
    `censoring_upper`); `lower` and `upper` are truncation bounds.
    """

    name: str
    values: FloatArray
    kind: ResponseKind
    trials: FloatArray | None = None
    levels: tuple[str, ...] | None = None
    weights: FloatArray | None = None
    se: FloatArray | None = None
    se_sigma: bool = False
    censoring: IntArray | None = None
    censoring_upper: FloatArray | None = None
    lower: FloatArray | None = None
    upper: FloatArray | None = None

    def __repr__(self) -> str:
        """Say the response's name, kind and what comes with it."""
        extra = [
            n
            for n in ("trials", "weights", "se", "censoring", "lower", "upper")
            if getattr(self, n) is not None
        ]
        also = f" with {', '.join(extra)}" if extra else ""
        kind = {"trials": "counts of successes", "levels": "levels"}.get(self.kind)
        return f"Response {self.name}: {len(self.values)} {kind or f'{self.kind} values'}{also}"


@dataclass(slots=True)
class ResponseColumns:
    """The evaluated columns of a left-hand side on all rows, before rows are dropped.

    `arrays` are the arrays of a `Response` by their field, `subset` the rows that are wanted.
    """

    name: str = ""
    kind: ResponseKind = "numeric"
    levels: tuple[str, ...] | None = None
    se_sigma: bool = False
    arrays: dict[str, FloatArray] = field(default_factory=dict)
    subset: BoolArray | None = None

    def set_trials(self, successes: FloatArray, trials: FloatArray) -> None:
        """Make this a response of successes out of trials."""
        self.kind = "trials"
        self.arrays |= {"values": successes, "trials": trials}

    def missing(self) -> BoolArray | None:
        """Return the rows in which any column is missing."""
        if not self.arrays:
            return None
        masks = [
            np.isnan(array) for name, array in self.arrays.items() if name != "censoring_upper"
        ]
        missing: BoolArray = np.logical_or.reduce(masks)
        return missing

    def response(self, rows: BoolArray | None = None) -> Response | None:
        """Return the response on the marked rows or on all, None without a response."""
        if not self.arrays:
            return None
        kept: dict[str, Any] = {
            name: array.copy() if rows is None else array[rows]
            for name, array in self.arrays.items()
        }
        if "censoring" in kept:
            kept["censoring"] = kept["censoring"].astype(np.int64)
        return Response(
            name=self.name, kind=self.kind, levels=self.levels, se_sigma=self.se_sigma, **kept
        )

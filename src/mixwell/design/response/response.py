"""The response of a model as a value, row by row, and its columns before rows are dropped."""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np

from mixwell.design.response.known_response import KnownResponse, RowNumbers
from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray
from mixwell.text.phrases import and_more, and_so_on

ResponseKind = Literal[
    "numeric", "binary", "levels", "ordered", "categories", "trials", "counts", "shares", "several"
]


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """The response of a model, row by row, with trials, weights, standard errors and limits.

    `values` is `(obs,)`: numbers, successes out of `trials`, or the level's number of a factor
    (0 is R's failure), of a rating or a category, whose kinds are "ordered" and "categories".
    `columns`, (obs, level), are a response that is several numbers, `values` their sums where the
    kind is "counts". `censoring` is -1 left, 0 none, 1 right, 2 interval (up to
    `censoring_upper`); `lower` and `upper` are truncation bounds. `weights` are in units of
    `weight_unit`; those of a `survey` multiply log likelihoods; where they are those of a
    `frequency` each row stands for so many equal ones. On new rows, whose response nobody knows
    yet, `values` are not-a-number. Of rows that lie elsewhere statistics are `known`.
    """

    name: str
    values: FloatArray
    kind: ResponseKind
    columns: FloatArray | None = None
    trials: FloatArray | None = None
    levels: tuple[str, ...] | None = None
    weights: FloatArray | None = None
    weight_unit: float = 1.0
    survey: bool = False
    frequency: bool = False
    se: FloatArray | None = None
    se_sigma: bool = False
    censoring: IntArray | None = None
    censoring_upper: FloatArray | None = None
    lower: FloatArray | None = None
    upper: FloatArray | None = None
    known: KnownResponse | None = None

    @property
    def counts(self) -> FloatArray | None:
        """How many equal rows each row stands for, where weights are frequencies."""
        return self.weights if self.frequency else None

    @property
    def weight_ends(self) -> RowNumbers | None:
        """What is known of the weights, None without any."""
        if self.known is not None or self.weights is None:
            return None if self.known is None else self.known.weights
        return RowNumbers.of(self.weights)

    @property
    def se_ends(self) -> RowNumbers | None:
        """What is known of the known standard errors, None without any."""
        if self.known is not None or self.se is None:
            return None if self.known is None else self.known.se
        return RowNumbers.of(self.se)

    @property
    def median_se(self) -> float:
        """The median of the known standard errors."""
        if self.known is not None:
            return self.known.median_se
        return float(np.median(np.asarray(self.se)))

    @property
    def truncated(self) -> bool:
        """Whether responses beyond bounds are not among the data."""
        return self.lower is not None or self.upper is not None

    def part(self, number: int) -> "Response":
        """Return one of several responses."""
        assert self.columns is not None
        name = self.levels[number] if self.levels else self.name
        own = Response(name, self.columns[:, number], "numeric")
        return replace(own, weights=self.weights, frequency=self.frequency)

    @property
    def read(self) -> dict[str, FloatArray]:
        """What a family's functions read of a row, by name: `y`, `column_0` and so on, `trials`."""
        found = {"y": self.values}
        if self.columns is not None:
            found |= {f"column_{k}": column for k, column in enumerate(self.columns.T)}
        if self.trials is not None:
            found["trials"] = self.trials
        return found

    def rows(self, rows: "slice | BoolArray | IntArray") -> "Response":
        """Return the response of a stretch of the rows, or of those that are marked or numbered."""
        held = {each.name: getattr(self, each.name) for each in fields(self)}
        parts: dict[str, Any] = {
            name: value[rows] for name, value in held.items() if isinstance(value, np.ndarray)
        }
        return replace(self, **parts)

    def __repr__(self) -> str:
        """Say the response's name, kind and what comes with it."""
        extra = [
            n
            for n in ("trials", "weights", "se", "censoring", "lower", "upper")
            if getattr(self, n) is not None
        ]
        also = f" with {', '.join(extra)}" if extra else ""
        words = {
            "trials": "counts of successes",
            "levels": "levels",
            "ordered": "ratings",
            "categories": "categories",
            "counts": "rows of counts",
            "shares": "rows of shares",
            "several": "rows of several responses",
        }
        kind = words.get(self.kind)
        count = len(self.values) if self.known is None else self.known.n
        return f"Response {self.name}: {count} {kind or f'{self.kind} values'}{also}"


#: What becomes of categories without rows, by the kind of response.
_LEFT_OUT = {
    "categories": "the categories of the model are {}",
    "ordered": "the ratings of the model are {}, with a threshold between neighbors of these",
}


@dataclass(slots=True)
class ResponseColumns:
    """The evaluated columns of a left-hand side on all rows, before rows are dropped.

    `arrays` are the arrays of a `Response` by their field, `texts` the expressions that they were
    read from; without "values" only what stands with the response was read. `subset` are the rows
    that are wanted; `rescale` asks for weights with a mean of 1, as a `survey` has; `unused` are
    levels without rows.
    """

    name: str = ""
    kind: ResponseKind = "numeric"
    levels: tuple[str, ...] | None = None
    ordered: bool = False
    se_sigma: bool = False
    rescale: bool = False
    survey: bool = False
    arrays: dict[str, FloatArray] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    subset: BoolArray | None = None
    unused: tuple[str, ...] = ()

    def put(self, name: str, array: FloatArray, text: str) -> None:
        """Add an array with the text that it was read from."""
        self.arrays[name], self.texts[name] = array, text

    def of_survey(self, survey: bool) -> None:
        """Know whether the weights are those of a survey, which are in units of their mean."""
        self.survey = survey and "weights" in self.arrays
        self.rescale = self.rescale or self.survey

    def put_trials(self, trials: FloatArray, text: str) -> None:
        """Make this a response of successes out of trials."""
        self.kind = "trials"
        self.put("trials", trials, text)

    def missing(self) -> BoolArray | None:
        """Return the rows in which any column is missing."""
        masks = [mask for _, mask in self.gaps()]
        return np.asarray(np.logical_or.reduce(masks)) if masks else None

    def gaps(self) -> list[tuple[str, BoolArray]]:
        """Return each column's text with the rows in which it is missing; an interval's end may."""
        found: dict[str, BoolArray] = {}
        for name, array in self.arrays.items():
            if name == "censoring_upper":
                continue
            text, mask = self.texts[name], np.isnan(array).reshape(len(array), -1).any(axis=1)
            found[text] = mask | found[text] if text in found else mask
        return list(found.items())

    def unused_note(self) -> list[str]:
        """Say of which categories there are no rows, and what becomes of them; nothing of others.

        R's clm and multinom and brms leave such levels of a factor out, too.
        """
        if not self.unused or self.kind not in _LEFT_OUT:
            return []
        listed, own = and_more(list(self.unused), 4), and_so_on(list(self.levels or ()))
        return [f"No row of {self.name} is {listed}: {_LEFT_OUT[self.kind].format(own)}."]

    def response(self, rows: BoolArray | None = None, unit: float | None = None) -> Response | None:
        """Return the response on the marked rows or on all, None without a response.

        Rescaled weights are in units of their mean, or of the `unit` learned before.
        """
        if not self.arrays:
            return None
        kept, learned = self._kept(rows), 1.0
        if self.rescale:
            learned = float(kept["weights"].mean()) if unit is None else unit
            kept["weights"] = kept["weights"] / learned
        return Response(
            name=self.name,
            kind=self.kind,
            levels=self.levels,
            se_sigma=self.se_sigma,
            weight_unit=learned,
            survey=self.survey,
            **kept,
        )

    def on_new_rows(self, trained: Response, n: int) -> Response:
        """Return the response of new rows, which is like the one that was learned from.

        What is known of it only once it is observed, or from when on, is not there.
        """
        unknown = dict.fromkeys(("censoring", "censoring_upper", "lower", "upper"))
        kept = {"values": np.full(n, np.nan), **unknown, **self._kept(None)}
        if trained.columns is not None:
            kept["columns"] = np.full((n, trained.columns.shape[1]), np.nan)
        if self.rescale:
            kept["weights"] = kept["weights"] / trained.weight_unit
        return replace(trained, **kept)

    def _kept(self, rows: BoolArray | None) -> dict[str, Any]:
        kept: dict[str, Any] = {
            name: array.copy() if rows is None else array[rows]
            for name, array in self.arrays.items()
        }
        if "censoring" in kept:
            kept["censoring"] = kept["censoring"].astype(np.int64)
        return kept

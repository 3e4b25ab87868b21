"""The left side of a formula: the response and what is said about it after the bar.

`pieces` evaluates every part on all rows; `build_response` puts together those that stay.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import variable_value
from mixwell.design.atoms.evaluation import evaluate
from mixwell.design.atoms.scope import Scope
from mixwell.design.atoms.values import Factor, Logical, Matrix, Value
from mixwell.errors import DataError, FormulaError
from mixwell.formula import Addition, Binary, Call, Expr, Formula, Number, deparse
from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray

ResponseKind = Literal["numeric", "binary", "levels", "trials"]
PROPORTIONS = ("p", "prop", "proportion")
CENSORING = {"left": -1, "none": 0, "right": 1, "interval": 2}


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
class Pieces:
    """The evaluated parts of a response on all rows, before rows are dropped."""

    name: str = ""
    kind: ResponseKind = "numeric"
    levels: tuple[str, ...] | None = None
    se_sigma: bool = False
    arrays: dict[str, FloatArray] = field(default_factory=dict)
    subset: BoolArray | None = None

    def missing(self) -> BoolArray | None:
        """Return the rows in which any part is missing."""
        if not self.arrays:
            return None
        masks = [
            np.isnan(array) for name, array in self.arrays.items() if name != "censoring_upper"
        ]
        missing: BoolArray = np.logical_or.reduce(masks)
        return missing


def read_response(
    formula: Formula, scope: Scope, weights: object = None, *, counts: bool = False
) -> Pieces:
    """Evaluate the response, its additions and the model's weights on all rows.

    With `counts` (a binomial family) a proportion with weights, as in R, becomes successes out of
    trials.

    Raises
    ------
    FormulaError, DataError
        For parts that cannot be read, with their place.
    """
    pieces = Pieces()
    if formula.response is not None:
        _read_values(formula.response, scope, pieces)
    for addition in formula.additions:
        _ADDITIONS[addition.name](addition, scope, pieces)
    if weights is not None:
        if "weights" in pieces.arrays:
            raise DataError(
                "Weights are given twice: by weights= and by | weights(...).",
                where=f"formula {formula.text}",
                hint="Keep one of them.",
            )
        pieces.arrays["weights"] = _given_weights(weights, scope)
    _check_weights(pieces)
    if counts and pieces.kind == "numeric" and "weights" in pieces.arrays:
        _proportions_to_counts(pieces, scope)
    return pieces


def _read_values(expr: Expr, scope: Scope, pieces: Pieces) -> None:
    pieces.name = deparse(expr)
    if isinstance(expr, Call) and expr.function == "cbind":
        successes, failures = _two(expr, scope, "cbind(successes, failures)")
        _trials(pieces, successes, successes + failures)
        return
    if isinstance(expr, Call) and expr.function in PROPORTIONS:
        successes, trials = _two(expr, scope, f"{expr.function}(successes, trials)")
        _trials(pieces, successes, trials)
        return
    value = variable_value(expr, scope)
    if isinstance(value, Matrix):
        raise scope.error(
            expr, f"{pieces.name} has {value.values.shape[1]} columns; a response has one."
        )
    if isinstance(value, Logical):
        value = value.factor()
        pieces.levels = value.levels
    if isinstance(value, Factor):
        used = value.drop_unused()
        pieces.levels = used.levels if value.r_levels == () else value.levels
        codes = used.codes if value.r_levels == () else value.codes
        pieces.kind = "binary" if len(pieces.levels) == 2 else "levels"
        pieces.arrays["values"] = np.where(codes < 0, np.nan, codes)
        return
    pieces.arrays["values"] = np.asarray(value, dtype=float)


def _trials(pieces: Pieces, successes: FloatArray, trials: FloatArray) -> None:
    pieces.kind = "trials"
    pieces.arrays["values"] = successes
    pieces.arrays["trials"] = trials


def _two(expr: Call, scope: Scope, form: str) -> tuple[FloatArray, FloatArray]:
    if len(expr.args) != 2:
        raise scope.error(expr, f"This response is written {form}.")
    first, second = (_numbers(argument.value, scope) for argument in expr.args)
    return first, second


def _numbers(expr: Expr, scope: Scope) -> FloatArray:
    value = variable_value(expr, scope)
    if isinstance(value, Logical):
        return value.numbers()
    if isinstance(value, Factor | Matrix):
        raise scope.error(expr, f"{deparse(expr)} must be one column of numbers here.")
    return np.asarray(value, dtype=float)


def _only(addition: Addition, scope: Scope, names: tuple[str, ...]) -> dict[str, Expr]:
    """Match an addition's arguments to their names."""
    bound: dict[str, Expr] = {}
    for position, argument in enumerate(addition.args):
        name = argument.name or (names[position] if position < len(names) else None)
        if name not in names or name in bound:
            raise scope.error(
                argument.value, f"{addition.name}() is written {addition.name}({', '.join(names)})."
            )
        bound[name] = argument.value
    if not bound:
        raise FormulaError(
            f"{addition.name}() is empty.",
            text=scope.text,
            start=addition.span[0],
            stop=addition.span[1],
            hint=f"Write {addition.name}({', '.join(names)}).",
        )
    return bound


def _add_trials(addition: Addition, scope: Scope, pieces: Pieces) -> None:
    bound = _only(addition, scope, ("n",))
    if pieces.kind == "trials":
        raise scope.error(bound["n"], "The response already says its trials.")
    if pieces.kind != "numeric":
        raise scope.error(bound["n"], "trials() goes with a count of successes, not with levels.")
    _trials(pieces, pieces.arrays["values"], _numbers(bound["n"], scope))


def _add_se(addition: Addition, scope: Scope, pieces: Pieces) -> None:
    bound = _only(addition, scope, ("x", "sigma"))
    errors = _numbers(bound["x"], scope)
    if np.any(errors <= 0):
        row = scope.frame.index[int(np.flatnonzero(errors <= 0)[0])]
        raise DataError(
            "Known standard errors must be above 0.",
            where=f"se({deparse(bound['x'])}), row {row!r}",
            hint="Give the standard error of each value of the response.",
        )
    pieces.arrays["se"] = errors
    pieces.se_sigma = "sigma" in bound and bool(evaluate(bound["sigma"], scope))


def _add_weights(addition: Addition, scope: Scope, pieces: Pieces) -> None:
    bound = _only(addition, scope, ("x", "scale"))
    weights = _numbers(bound["x"], scope)
    if "scale" in bound and bool(evaluate(bound["scale"], scope)):
        weights = weights * len(weights) / np.nansum(weights)
    pieces.arrays["weights"] = weights


def _add_censoring(addition: Addition, scope: Scope, pieces: Pieces) -> None:
    bound = _only(addition, scope, ("x", "y2"))
    value = variable_value(bound["x"], scope)
    if isinstance(value, Factor):
        wrong = [level for level in value.levels if level not in CENSORING]
        if wrong:
            raise scope.error(
                bound["x"],
                f"cens() met {wrong[0]!r}.",
                "Use left, none, right, interval, or -1, 0, 1, 2.",
            )
        table = np.array([CENSORING[level] for level in value.levels] + [np.nan])
        codes = table[value.codes]
    else:
        codes = _numbers(bound["x"], scope)
        if np.any(~np.isin(codes[~np.isnan(codes)], (-1, 0, 1, 2))):
            raise scope.error(bound["x"], "cens() takes -1, 0, 1, 2, or their names.")
    pieces.arrays["censoring"] = codes
    if np.any(codes == 2) and "y2" not in bound:
        raise scope.error(bound["x"], "Interval-censored rows need their upper end: cens(c, y2).")
    if "y2" in bound:
        upper = _numbers(bound["y2"], scope)
        if np.any((codes == 2) & ~(upper > pieces.arrays["values"])):
            raise scope.error(
                bound["y2"], "The upper end of an interval must be above the response."
            )
        pieces.arrays["censoring_upper"] = upper


def _add_truncation(addition: Addition, scope: Scope, pieces: Pieces) -> None:
    bound = _only(addition, scope, ("lb", "ub"))
    y = pieces.arrays["values"]
    for name, expr in bound.items():
        limit = _limit(expr, scope, len(y))
        outside = y < limit if name == "lb" else y > limit
        if outside.any():
            row = scope.frame.index[int(np.flatnonzero(outside)[0])]
            raise DataError(
                f"{int(outside.sum())} responses lie outside the truncation bounds.",
                where=f"{deparse(expr)}, row {row!r}",
                hint="Truncation says that such rows cannot have been observed.",
            )
        pieces.arrays["lower" if name == "lb" else "upper"] = limit


def _limit(expr: Expr, scope: Scope, n: int) -> FloatArray:
    value = evaluate(expr, scope)
    if isinstance(value, float | int):
        return np.full(n, float(value))
    return _numbers(expr, scope)


def _add_subset(addition: Addition, scope: Scope, pieces: Pieces) -> None:
    bound = _only(addition, scope, ("x",))
    value = variable_value(bound["x"], scope)
    numbers = value.numbers() if isinstance(value, Logical) else _numbers(bound["x"], scope)
    if not np.isin(numbers[~np.isnan(numbers)], (0, 1)).all():
        raise scope.error(
            bound["x"], "subset() takes truth values.", "For example subset(age > 18)."
        )
    pieces.subset = numbers == 1


_ADDITIONS: Mapping[str, Callable[[Addition, Scope, Pieces], None]] = {
    "trials": _add_trials,
    "se": _add_se,
    "weights": _add_weights,
    "cens": _add_censoring,
    "trunc": _add_truncation,
    "subset": _add_subset,
}


def _given_weights(weights: Any, scope: Scope) -> FloatArray:
    n = len(scope.frame)
    if isinstance(weights, str):
        if weights not in scope.frame.columns:
            raise DataError(
                f"weights= names {weights!r}, which is no column.",
                where="weights",
                hint=f"Columns: {', '.join(map(str, scope.frame.columns))}.",
            )
        weights = scope.frame[weights]
    series = weights if isinstance(weights, pd.Series) else pd.Series(np.asarray(weights))
    if len(series) != n or series.ndim != 1:
        raise DataError(f"weights= has {len(series)} values for {n} rows.", where="weights")
    if not pd.api.types.is_numeric_dtype(series.dtype):
        raise DataError("weights= must be numbers.", where="weights")
    return np.asarray(series.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)


def _check_weights(pieces: Pieces) -> None:
    weights = pieces.arrays.get("weights")
    if weights is not None and np.any(weights < 0):
        raise DataError("Weights cannot be negative.", where="weights")
    if weights is not None and np.any(np.isinf(weights)):
        raise DataError("Weights cannot be infinite.", where="weights")


def _proportions_to_counts(pieces: Pieces, scope: Scope) -> None:
    """R's binomial response: a proportion whose weights are the trials."""
    values, trials = pieces.arrays["values"], pieces.arrays.pop("weights")
    outside = (values < 0) | (values > 1)
    if outside.any():
        row = scope.frame.index[int(np.flatnonzero(outside)[0])]
        raise DataError(
            f"The response {pieces.name} is outside 0 to 1 in {int(outside.sum())} rows.",
            where=f"row {row!r}",
            hint="With weights the response is a proportion; for counts write y | trials(n).",
        )
    successes = values * trials
    near = np.round(successes)
    if np.nanmax(np.abs(successes - near), initial=0.0) > 1e-6 * max(1.0, float(np.nanmax(trials))):
        raise DataError(
            f"{pieces.name} times its weights gives successes that are not whole numbers.",
            where="response and weights",
            hint="The weights of a proportion are its trials.",
        )
    pieces.kind = "trials"
    pieces.arrays["values"], pieces.arrays["trials"] = near, trials


def ratio_response(expr: Expr | None) -> bool:
    """Return whether a response is written as successes over trials, `s / n`."""
    return isinstance(expr, Binary) and expr.op == "/" and not isinstance(expr.left, Number)


def build_response(pieces: Pieces, rows: BoolArray) -> Response:
    """Put the response together from the rows that stay in the model."""
    kept: dict[str, Any] = {name: array[rows].copy() for name, array in pieces.arrays.items()}
    censoring = kept.pop("censoring", None)
    return Response(
        name=pieces.name,
        kind=pieces.kind,
        levels=pieces.levels,
        se_sigma=pieces.se_sigma,
        censoring=None if censoring is None else censoring.astype(np.int64),
        **kept,
    )


def response_value(pieces: Pieces) -> Value:
    """Return the response's values on all rows."""
    return pieces.arrays["values"]

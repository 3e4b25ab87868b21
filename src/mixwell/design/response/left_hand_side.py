"""The left-hand side of a formula on the rows of a model frame: response, additions, weights."""

import re
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.column_values import as_factor, refuse_unknown
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import Factor, Logical, Matrix
from mixwell.design.response.additions import add_to_response
from mixwell.design.response.response import ResponseColumns
from mixwell.design.response.survival_times import read_times
from mixwell.errors import LARGEST, DataError
from mixwell.formula import SURV, Call, Expr, Formula, deparse
from mixwell.numeric.arrays import FloatArray, float_array
from mixwell.text.names import known_column, require_column

#: Whole numbers as levels show them, and how far apart they are still ratings of one scale.
_WHOLE, _WIDEST_SCALE = re.compile(r"-?\d+"), 100
PROPORTIONS = ("p", "prop", "proportion")


def read_response(
    formula: Formula,
    frame: ModelFrame,
    weights: object = None,
    *,
    meant: str = "number",
    survey: bool = False,
) -> ResponseColumns:
    """Evaluate the response, its additions and the model's weights, a `survey`'s, on all rows.

    `meant` is the kind of response that the family is for: with "trials" a proportion with weights,
    as in R, becomes successes out of trials; with "ordered" whole numbers and ordered factors
    become ratings, with "categories" whole numbers and factors categories; "counts" are several
    columns.

    Raises
    ------
    FormulaError, DataError
        For parts that cannot be read, with their place.
    """
    columns = ResponseColumns()
    if formula.response is not None:
        read = _SEVERAL_COLUMNS.get(meant, _read_values)
        read(formula.response, frame, columns)
    for addition in formula.additions:
        add_to_response(addition, frame, columns)
    if weights is not None:
        if "weights" in columns.arrays:
            raise DataError(
                "Weights are given twice: by weights= and by | weights(...).",
                where=f"formula {formula.text}",
                hint="Keep one of them.",
            )
        text = weights if isinstance(weights, str) else "weights="
        columns.put("weights", _given_weights(weights, frame), text)
    check_weights(columns)
    columns.of_survey(survey)
    if meant == "trials" and columns.kind == "numeric" and "weights" in columns.arrays:
        _proportions_to_counts(columns, frame)
    if meant in ("ordered", "categories") and "values" in columns.arrays:
        _to_levels(columns, frame, ordered=meant == "ordered")
        if columns.ordered and meant == "ordered":
            columns.kind = "ordered"
        elif columns.levels is not None and meant == "categories":
            columns.kind = "categories"
    return columns


def _read_values(expr: Expr, frame: ModelFrame, columns: ResponseColumns) -> None:
    columns.name = deparse(expr)
    if isinstance(expr, Call) and expr.function == "cbind":
        successes, failures = _two(expr, frame, "cbind(successes, failures)")
        columns.put("values", successes, columns.name)
        columns.put_trials(successes + failures, columns.name)
        return
    if isinstance(expr, Call) and expr.function in PROPORTIONS:
        successes, trials = _two(expr, frame, f"{expr.function}(successes, trials)")
        columns.put("values", successes, columns.name)
        columns.put_trials(trials, columns.name)
        return
    if isinstance(expr, Call) and expr.function == SURV:
        read_times(expr, frame, columns)
        return
    value = frame.variable(expr)
    if isinstance(value, Matrix):
        raise frame.error(
            expr, f"{columns.name} has {value.values.shape[1]} columns; a response has one."
        )
    if isinstance(value, Factor | Logical):
        _read_levels(expr, value, frame, columns)
        return
    columns.put("values", frame.column(expr), columns.name)


def _read_columns(expr: Expr, frame: ModelFrame, columns: ResponseColumns) -> None:
    """Read numbers of several categories: the columns of `cbind(a, b, c)`, or of a matrix."""
    columns.name = deparse(expr)
    if isinstance(expr, Call) and expr.function == "cbind":
        columns.levels = tuple(each.name or deparse(each.value) for each in expr.args)
        numbers = np.stack([frame.column(each.value) for each in expr.args], axis=1)
    else:
        value = frame.variable(expr)
        if not isinstance(value, Matrix):
            hint = "Name its columns: cbind(a, b, c) ~ ..."
            raise frame.error(
                expr, f"{columns.name} has one column; this response has several.", hint
            )
        columns.levels, numbers = value.labels, value.values
    columns.put("columns", numbers, columns.name)
    columns.put("values", numbers.sum(axis=1), columns.name)
    columns.kind = "shares"


def _read_counts(expr: Expr, frame: ModelFrame, columns: ResponseColumns) -> None:
    """Read counts of several categories, whose sums are the trials."""
    _read_columns(expr, frame, columns)
    columns.put_trials(columns.arrays["values"], columns.name)
    columns.kind = "counts"


def _read_several(expr: Expr, frame: ModelFrame, columns: ResponseColumns) -> None:
    """Read several responses, `mvbind(y1, y2)`, each a number."""
    assert isinstance(expr, Call)
    columns.name = ", ".join(deparse(each.value) for each in expr.args)
    columns.levels = tuple(deparse(each.value) for each in expr.args)
    numbers = np.stack([_number(each.value, frame) for each in expr.args], axis=1)
    columns.put("columns", numbers, columns.name)
    columns.put("values", numbers[:, 0], columns.name)
    columns.kind = "several"


def _number(expr: Expr, frame: ModelFrame) -> FloatArray:
    """Return one of several responses; `DataError` for one with levels or further parts."""
    name, wrong = deparse(expr), ""
    if isinstance(expr, Call) and expr.function in ("cbind", *PROPORTIONS):
        wrong = "is a count out of trials"
    elif isinstance(frame.variable(expr), Factor):
        wrong = "has levels"
    if wrong:
        raise DataError(
            f"{name} {wrong}, and each of several responses is a number.",
            where=f'response "{name}"',
            hint="An outcome is a column of 0 and 1, or of truth values; ratings, choices and "
            "counts out of trials have a model of their own.",
        )
    return frame.column(expr)


_SEVERAL_COLUMNS = {"counts": _read_counts, "shares": _read_columns, "several": _read_several}


def _read_levels(
    expr: Expr, value: Factor | Logical, frame: ModelFrame, columns: ResponseColumns
) -> None:
    """Number the levels of a response as training did; truth values are two even where all agree.

    Raises `DataError` for levels that the model's data did not have.
    """
    made = value.factor() if isinstance(value, Logical) else value

    def levels() -> tuple[str, ...]:
        return made.levels if isinstance(value, Logical) else made.drop_unused().levels

    columns.levels = frame.learn((expr, "response"), levels)
    columns.unused = tuple(level for level in made.levels if level not in columns.levels)
    _put_levels(as_factor(made, columns.name, columns.levels), columns)
    columns.ordered = made.ordered
    columns.kind = "binary" if len(columns.levels) == 2 else "levels"


def _put_levels(matched: Factor, columns: ResponseColumns) -> None:
    refuse_unknown(matched, columns.name)
    codes = np.where(matched.codes < 0, np.nan, matched.codes)
    columns.put("values", codes, columns.name)


def _to_levels(columns: ResponseColumns, frame: ModelFrame, *, ordered: bool) -> None:
    """Number the values of whole numbers from 0 on, as those of an ordered factor."""
    values = columns.arrays["values"]
    if columns.kind != "numeric":
        return

    def levels() -> tuple[str, ...] | None:
        present = values[~np.isnan(values)]
        whole = np.array_equal(present, np.rint(present))
        return as_factor(values, columns.name).levels if whole else None

    columns.levels = frame.learn((columns.name, "ratings"), levels)
    if columns.levels is not None:
        _put_levels(as_factor(values, columns.name, columns.levels), columns)
        columns.ordered = True
        columns.unused = _passed_over(columns.levels) if ordered else ()


def _passed_over(levels: tuple[str, ...]) -> tuple[str, ...]:
    """Return the whole numbers between ratings that are whole numbers, none of them a rating."""
    numbers = {int(level) for level in levels if _WHOLE.fullmatch(level)}
    if not levels or len(numbers) < len(levels) or max(numbers) - min(numbers) > _WIDEST_SCALE:
        return ()
    return tuple(str(k) for k in range(min(numbers), max(numbers)) if k not in numbers)


def _two(expr: Call, frame: ModelFrame, form: str) -> tuple[FloatArray, FloatArray]:
    if len(expr.args) != 2:
        several = len(expr.args) > 2 and expr.function == "cbind"
        hint = 'Counts of several categories are for family="multinomial".' if several else None
        raise frame.error(expr, f"This response is written {form}.", hint)
    first, second = (frame.column(argument.value) for argument in expr.args)
    return first, second


def _given_weights(weights: Any, frame: ModelFrame) -> FloatArray:
    n = len(frame)
    if isinstance(weights, str):
        return weights_column(weights, frame)
    if not isinstance(weights, pd.Series):
        wrong = DataError("weights= must be numbers.", where="weights")
        weights = pd.Series(np.atleast_1d(float_array(weights, wrong).squeeze()).tolist())
    if len(weights) != n:
        raise DataError(f"weights= has {len(weights)} values for {n} rows.", where="weights")
    return _as_numbers(weights)


def weights_source(weights: Any, data: pd.DataFrame) -> Any:
    """Return the name of the column that `weights=` was taken from, else what was given."""
    if isinstance(weights, str):
        return known_column(weights, data.columns) or weights
    if not isinstance(weights, pd.Series):
        return weights
    name = known_column(str(weights.name), data.columns)
    return name if name is not None and data[name].equals(weights) else weights


def weights_column(name: str, frame: ModelFrame) -> FloatArray:
    """Return the column that `weights=` names; `DataError` where the rows have none."""
    said = f"weights= names {name!r}, which is no column."
    column = require_column(name, list(frame.data.columns), said, where="weights")
    return _as_numbers(frame.data[column])


def _as_numbers(series: pd.Series) -> FloatArray:
    kinds = pd.api.types
    if not kinds.is_numeric_dtype(series.dtype) or kinds.is_bool_dtype(series.dtype):
        raise DataError(
            "weights= must be numbers.",
            where="weights",
            hint="To leave rows out, take them out of the data, or write y | subset(condition).",
        )
    return np.asarray(series.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)


def check_weights(columns: ResponseColumns) -> None:
    """Refuse weights that are negative, infinite, or beyond what floats can square."""
    weights = columns.arrays.get("weights")
    if weights is None:
        return
    ends = [float(end.reduce(weights, initial=0.0)) for end in (np.fmin, np.fmax)]
    refuse_weights(*ends)


def refuse_weights(least: float, largest: float) -> None:
    """Refuse weights with these ends: negative, infinite, or with squares beyond floats."""
    if least < 0:
        raise DataError(
            f"Weights cannot be negative, and the least is {least:g}.",
            where="weights",
            hint="Correct these weights, or leave the rows out of the data.",
        )
    if np.isinf(largest):
        raise DataError(
            "Weights cannot be infinite.",
            where="weights",
            hint="Give finite weights, or leave these rows out of the data.",
        )
    if not (largest == 0 or 1 / LARGEST < largest < LARGEST):
        raise DataError(
            f"The largest weight is {largest:g}, whose square floating-point numbers do not hold.",
            where="weights",
            hint="Give weights nearer to 1.",
        )


def _proportions_to_counts(columns: ResponseColumns, frame: ModelFrame) -> None:
    """R's binomial response: a proportion whose weights are the trials."""
    values, trials = columns.arrays["values"], columns.arrays.pop("weights")
    outside = (values < 0) | (values > 1)
    if outside.any():
        raise DataError(
            f"The response {columns.name} is outside 0 to 1 in {int(outside.sum())} rows.",
            where=frame.first_row(outside),
            hint="With weights the response is a proportion; for counts write y | trials(n).",
        )
    successes = values * trials
    near = np.round(successes)
    if np.nanmax(np.abs(successes - near), initial=0.0) > 1e-6 * max(1.0, float(np.nanmax(trials))):
        raise DataError(
            f"{columns.name} times its weights gives successes that are not whole numbers.",
            where="response and weights",
            hint="The weights of a proportion are its trials.",
        )
    columns.put("values", near, columns.name)
    columns.put_trials(trials, columns.texts["weights"])

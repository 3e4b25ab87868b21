"""What stands with a response on new rows: trials, weights, standard errors, limits.

The response itself is not read: it is what a prediction is about.
"""

import numpy as np

from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.response.additions import add_to_response
from mixwell.design.response.left_hand_side import PROPORTIONS, check_weights, weights_column
from mixwell.design.response.response import Response, ResponseColumns
from mixwell.errors import DataError
from mixwell.formula import Binary, Call, Expr, Formula, Paren, column_names, deparse
from mixwell.numeric.arrays import FloatArray

# subset() says which rows are learned from, cens() what is known of a response: new rows have none
OF_TRAINING = ("subset", "cens")


def read_carried(
    formula: Formula, frame: ModelFrame, trained: Response, weights: object = None
) -> Response:
    """Return what the rows carry, as at fitting; the response's values are not-a-number.

    `weights` is the argument of the model. Raises `FormulaError` or `DataError` for a column that
    is absent, a value that is missing, and what cannot be.
    """
    columns = ResponseColumns()
    if formula.response is not None and trained.trials is not None and not _named(formula):
        _read_trials(formula.response, frame, columns)
    for addition in formula.additions:
        if addition.name not in OF_TRAINING:
            add_to_response(addition, frame, columns)
    own = weights_of(weights, frame)
    if own is not None:
        columns.put("weights", own, str(weights))
    check_weights(columns)
    columns.of_survey(trained.survey)
    if trained.trials is not None and "trials" not in columns.arrays:
        # the response is a proportion, and its weights are the trials
        columns.put_trials(columns.arrays.pop("weights"), columns.texts.pop("weights"))
    _refuse_gaps(columns, frame)
    _refuse_broken_trials(columns, frame)
    return columns.on_new_rows(trained, len(frame))


def carried_columns(
    formula: Formula, weights: object = None, *, trials: bool = True
) -> tuple[str, ...]:
    """Return the data columns that `read_carried` reads, in order, each once."""
    of_response = formula.response is not None and trials and not _named(formula)
    exprs = _trials_parts(formula.response) if formula.response and of_response else []
    for addition in formula.additions:
        if addition.name not in OF_TRAINING:
            exprs += [argument.value for argument in addition.args]
    names = [name for expr in exprs for name in column_names(expr)]
    return tuple(dict.fromkeys([*names, weights] if isinstance(weights, str) else names))


def _named(formula: Formula) -> bool:
    """Return whether the formula says the trials by themselves, as new rows may."""
    return any(addition.name == "trials" for addition in formula.additions)


def weights_of(weights: object, frame: ModelFrame) -> FloatArray | None:
    """Return the weights of new rows, None for a model without; `DataError` where not known."""
    if weights is None:
        return None
    if isinstance(weights, str):
        return weights_column(weights, frame)
    raise DataError(
        "The weights of new rows are not known: those of the model were given as numbers.",
        where="weights",
        hint='Put them into a column "w" of the data and fit with weights="w".',
    )


def _read_trials(expr: Expr, frame: ModelFrame, columns: ResponseColumns) -> None:
    parts = [frame.column(part) for part in _trials_parts(expr)]
    if parts:
        columns.put_trials(np.sum(parts, axis=0), deparse(expr))


def _trials_parts(expr: Expr) -> list[Expr]:
    """Return what adds up to the trials of a response that names them itself."""
    if not isinstance(expr, Call) or len(expr.args) < 2:
        return []
    if len(expr.args) > 2:
        return [argument.value for argument in expr.args] if expr.function == "cbind" else []
    first, second = (_bare(argument.value) for argument in expr.args)
    if expr.function in PROPORTIONS:
        return [second]
    if expr.function != "cbind":
        return []
    for one, other in ((first, second), (second, first)):
        if isinstance(other, Binary) and other.op == "-" and _bare(other.right) == one:
            return [other.left]  # cbind(s, n - s): what is left of n
    return [first, second]


def _bare(expr: Expr) -> Expr:
    while isinstance(expr, Paren):
        expr = expr.inner
    return expr


def _refuse_gaps(columns: ResponseColumns, frame: ModelFrame) -> None:
    for text, gaps in columns.gaps():
        if gaps.any():
            raise frame.missing(text, gaps)


def _refuse_broken_trials(columns: ResponseColumns, frame: ModelFrame) -> None:
    trials = columns.arrays.get("trials")
    if trials is None:
        return
    wrong = (trials < 0) | (trials != np.round(trials))
    if wrong.any():
        raise DataError(
            f"Trials are whole numbers from 0 on; {columns.texts['trials']} has "
            f"{trials[wrong][0]:g}.",
            where=frame.first_row(wrong),
            hint="Count the trials of each row, or leave the row out.",
        )

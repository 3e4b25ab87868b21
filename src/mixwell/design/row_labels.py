"""Factors with a level for each row: that they leave no residuals is known before any column."""

from collections.abc import Mapping

from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import Factor
from mixwell.design.codings.choices import Contrast, Custom, Hypotheses, Sized
from mixwell.design.predictor import ExpandedFormula
from mixwell.errors import DataError
from mixwell.formula import deparse

__all__ = ["no_residuals", "refuse_row_labels"]

#: Codings that may have fewer columns than it takes to keep all levels apart.
_PERHAPS_FEWER = (Custom, Hypotheses, Sized)


def no_residuals(columns: int, rows: int, formula: str) -> DataError:
    """Return the error for as many fixed-effect columns as rows."""
    return DataError(
        f"There are {columns} fixed-effect columns for {rows} rows.",
        where=f"fixed effects of {formula}",
        hint="Take fewer terms; a factor with a level for each row is a label.",
    )


def refuse_row_labels(
    expanded: ExpandedFormula, frame: ModelFrame, contrasts: Mapping[str, Contrast]
) -> None:
    """Refuse a factor that alone has as many columns as there are rows.

    Its coding is a table of rows by rows, and the rank of all columns is looked for one by one:
    neither is needed. By R's rule the levels of a factor that is a term are always kept apart.
    """
    rows = len(frame)
    for term in expanded.terms.terms:
        if rows < 2 or len(term.variables) != 1:
            continue
        (expr,) = term.variables
        value = frame.variable(expr)
        if not isinstance(value, Factor) or len(value.levels) < rows:
            continue
        fewer = isinstance(contrasts.get(deparse(expr)) or value.contrast, _PERHAPS_FEWER)
        if not fewer and len(value.drop_unused().levels) == rows:
            raise no_residuals(rows, rows, expanded.formula.text)

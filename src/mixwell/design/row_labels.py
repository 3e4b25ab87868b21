"""Factors with a level for each row: that they leave no residuals is known before any column."""

from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import Factor
from mixwell.design.predictor import ExpandedFormula
from mixwell.errors import DataError

__all__ = ["no_residuals", "refuse_row_labels"]


def no_residuals(columns: int, rows: int, formula: str) -> DataError:
    """Return the error for as many fixed-effect columns as rows."""
    return DataError(
        f"There are {columns} fixed-effect columns for {rows} rows.",
        where=f"fixed effects of {formula}",
        hint="Take fewer terms; a factor with a level for each row is a label.",
    )


def refuse_row_labels(expanded: ExpandedFormula, frame: ModelFrame) -> None:
    """Refuse a factor that alone has as many columns as there are rows.

    Its coding is a table of rows by rows, and the rank of all columns is looked for one by one:
    neither is needed. By R's rule, and since a coding has a column for each level but one, the
    levels of a factor that is a term are always kept apart.
    """
    rows = len(frame)
    for term in expanded.terms.terms:
        if rows < 2 or len(term.variables) != 1:
            continue
        (expr,) = term.variables
        value = frame.variable(expr)
        if not isinstance(value, Factor) or len(value.levels) < rows:
            continue
        if len(value.drop_unused().levels) == rows:
            raise no_residuals(rows, rows, expanded.formula.text)

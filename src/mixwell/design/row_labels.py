"""Factors of so many levels that a model is refused, which is known before any column."""

from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import Factor
from mixwell.design.columns.fixed_effects import takes_long
from mixwell.design.predictor import ExpandedFormula
from mixwell.errors import DataError
from mixwell.formula import deparse

__all__ = ["no_residuals", "refuse_long_search", "refuse_row_labels"]


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


def refuse_long_search(expanded: ExpandedFormula, frame: ModelFrame) -> None:
    """Refuse a factor of so many levels, next to other variables, that its columns are too many.

    Too many to see which others determine, that is: they have a column for each level but one, and
    as many different rows at least.
    """
    variables = dict.fromkeys(v for term in expanded.terms.terms for v in term.variables)
    for expr in variables if len(variables) > 1 else ():
        value = frame.variable(expr)
        if not isinstance(value, Factor) or not takes_long(len(value.levels), len(value.levels)):
            continue
        levels = len(value.drop_unused().levels)
        if takes_long(levels, levels - 1):
            raise DataError(
                f"The fixed effects have {levels - 1:,} columns or more for {len(frame):,} rows: "
                "too many to see which others determine.",
                where=f"variable {deparse(expr)}",
                hint=f"A factor of many levels belongs into a group: (1 | {deparse(expr)}).",
            )

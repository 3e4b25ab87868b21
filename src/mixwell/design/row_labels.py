"""Terms and levels so many that a model is refused, which is known before any column."""

from math import prod

from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import Factor
from mixwell.design.columns.fixed_effects import takes_long
from mixwell.design.columns.residuals_left import no_residuals
from mixwell.design.predictor import ExpandedFormula
from mixwell.errors import DataError
from mixwell.formula import deparse

__all__ = ["refuse_long_search", "refuse_row_labels"]


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
    """Refuse terms, or levels of one factor next to other variables, that are too many columns.

    Too many to see which others determine, that is: terms have a column each at least; levels have
    one each but one, and as many different rows.
    """
    terms, rows = expanded.terms.terms, len(frame)
    values = {v: frame.variable(v) for v in dict.fromkeys(v for t in terms for v in t.variables)}
    cells = [len(v.levels) if isinstance(v, Factor) else rows for v in values.values()]
    if takes_long(min(rows, prod(cells)), len(terms)):
        hint = "Leave high interactions out: (a + b + c)^2 has those of two variables."
        raise _too_many(len(terms), rows, f"fixed effects of {expanded.formula.text}", hint)
    for expr, value in values.items() if len(values) > 1 else ():
        if not isinstance(value, Factor) or not takes_long(len(value.levels), len(value.levels)):
            continue
        levels = len(value.drop_unused().levels)
        if takes_long(levels, levels - 1):
            hint = f"A factor of many levels belongs into a group: (1 | {deparse(expr)})."
            raise _too_many(levels - 1, rows, f"variable {deparse(expr)}", hint)


def _too_many(columns: int, rows: int, where: str, hint: str) -> DataError:
    return DataError(
        f"The fixed effects have {columns:,} columns or more for {rows:,} rows: too many to see "
        "which others determine.",
        where=where,
        hint=hint,
    )

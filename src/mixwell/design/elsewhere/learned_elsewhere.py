"""A formula and a table that stays where it lies to the design: learned by queries and one scan."""

from collections.abc import Mapping

from mixwell.design.atoms.atom import resolve_contrasts
from mixwell.design.atoms.evaluation import require_functions
from mixwell.design.atoms.model_frame import Functions
from mixwell.design.blocks.group_block import refuse_shared_ids
from mixwell.design.design import Design
from mixwell.design.elsewhere.row_numbers import row_numbers
from mixwell.design.elsewhere.scanned_columns import ScannedColumns
from mixwell.design.elsewhere.table_seen import TableSeen
from mixwell.design.predictor import column_notes
from mixwell.design.pushed.pushed_columns import learn_pushed_atoms
from mixwell.design.pushed.pushed_language import pushed_frame
from mixwell.design.pushed.pushed_response import PushedResponse, read_pushed_response
from mixwell.design.pushed.pushed_rows import expand_pushed, foresee, pushed_rows
from mixwell.design.seen.rows_elsewhere import rows_elsewhere
from mixwell.errors import DataError, require_choice
from mixwell.formula import Formula, deparse
from mixwell.tables.lazy.lazy_table import LazyTable

__all__ = ["learn_elsewhere"]


def learn_elsewhere(
    formula: Formula,
    table: LazyTable,
    *,
    contrasts: Mapping[str, object] | None = None,
    weights: object = None,
    survey: bool = False,
    missing: str = "drop",
    functions: Functions | None = None,
) -> Design:
    """Build the design of one formula on a table of any size, of which no row is held.

    Levels, means and knots are learned by queries, the cross-products of all columns by one scan.
    Raises as `learn_design`, and `DataError` for what cannot be asked of a table.
    """
    require_choice("missing", missing, ("drop", "error"))
    require_functions(functions)
    everything = pushed_frame(table, functions, formula.text)
    foresee(formula, everything)
    response = read_pushed_response(formula, everything, weights)
    _require_numbers(response, formula)
    expanded = expand_pushed([formula], everything)
    frame, notes = pushed_rows(everything, expanded, response, missing)
    response.of_survey(survey)
    response.measured(frame.table)
    numbers = row_numbers(response, frame.table)
    [one] = expanded
    chosen = resolve_contrasts(contrasts, [deparse(expr) for expr in one.variables])
    atoms = learn_pushed_atoms(frame, expanded, chosen)
    scanned = ScannedColumns(frame, one, atoms, response)
    planned, sums = scanned.planned, scanned.sums()
    rows = frame.replaying(rows_elsewhere("the data", table.where))
    mean = scanned.predictor(sums, rows)
    refuse_shared_ids(mean.blocks)
    seen = TableSeen(
        rows=rows,
        sums=sums,
        atoms=atoms,
        places=planned.numbers,
        factors=planned.factors,
        frame=frame,
        expressions=response,
        row_numbers=numbers,
        offset=scanned.offset,
        program=scanned.program,
    )
    notes += column_notes(mean)
    texts = (formula.text,)
    return Design(seen.response(), mean, {}, rows, atoms, tuple(notes), weights, texts, seen)


def _require_numbers(response: PushedResponse, formula: Formula) -> None:
    """Refuse a response of levels, and residuals whose variances no sums hold."""
    if response.kind != "numeric":
        raise DataError(
            f"The response {response.name} has levels, and a gaussian response is a number.",
            where=f"formula {formula.text}",
            hint='Name the family: family="bernoulli", or "cumulative" for ratings.',
        )
    if response.se_sigma:
        raise DataError(
            "An estimated residual sd next to known standard errors gives each row a variance of "
            "its own, and the rows are not in memory.",
            where=f"formula {formula.text}",
            hint="se(s) without sigma = TRUE is fitted from sums; mixwell.options.rows_in_memory "
            "is how many rows may be read into memory.",
        )

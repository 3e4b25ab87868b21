"""Which rows of a table elsewhere stay in a model: counted by one query, said as of held rows."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import reduce
from operator import or_

import narwhals as nw

from mixwell.design.columns.asked_columns import require_few_columns
from mixwell.design.kept_rows import RowsLeftOut, notes_on_rows
from mixwell.design.predictor import ExpandedFormula, expanded_terms, refuse_offsets
from mixwell.design.pushed.pushed_frame import PushedFrame
from mixwell.design.pushed.pushed_response import PushedResponse
from mixwell.errors import MixwellError
from mixwell.formula import Expr, Formula, column_names, deparse
from mixwell.package_options import options

__all__ = ["expand_pushed", "foresee", "pushed_rows"]


def foresee(formula: Formula, frame: PushedFrame) -> None:
    """Have the first query of a formula learn all that it can: ranges, means and gaps at once.

    It refuses nothing: what cannot be read is found where it is read.
    """
    additions = [a.value for addition in formula.additions for a in addition.args]
    with suppress(MixwellError):
        one = expanded_terms(formula, frame.columns)
        refuse_offsets(one, frame)
        require_few_columns(one.variables, frame, frame.functions)
        response = [] if formula.response is None else [formula.response]
        frame.foresee([*response, *additions, *one.variables, *one.terms.offsets])


def expand_pushed(formulas: Sequence[Formula], frame: PushedFrame) -> list[ExpandedFormula]:
    """Expand formulas on the table's columns, and learn all of their variables together.

    Raises as `PushedFrame.variable`; `DataError` for a factor of so many levels that its columns
    cannot be made, with the number.
    """
    expanded = [expanded_terms(formula, frame.columns) for formula in formulas]
    for one in expanded:
        reader = frame.reading(one.formula.text)
        refuse_offsets(one, reader)
        require_few_columns(one.variables, reader, frame.functions)
    # the products of columns have to be held: so many levels at most
    most = int((options.memory / 8) ** 0.5)
    for one in expanded:
        reader = frame.reading(one.formula.text)
        numbers = {*one.effects, *one.terms.offsets}
        keys = [expr for expr in one.variables if expr not in numbers]
        reader.values([*one.variables, *one.terms.offsets], most, of=one.effects, keys=keys)
    return expanded


def pushed_rows(
    frame: PushedFrame,
    expanded: Sequence[ExpandedFormula],
    response: PushedResponse,
    missing: str = "drop",
) -> tuple[PushedFrame, list[str]]:
    """Return the frame of the rows that stay, and a sentence for those that go.

    Raises `DataError` where none is left, and for gaps where `missing` is "error".
    """
    exprs = list(dict.fromkeys(e for one in expanded for e in (*one.variables, *one.terms.offsets)))
    read = {deparse(expr): frame.missing(expr) for expr in exprs} | response.gaps()
    names = [name for one in expanded for name in one.formula.columns]
    names += [name for expr in exprs for name in column_names(expr)]
    names += list(read)
    kinds = frame.table.kinds
    empty = {
        name: frame.table.column(name).is_null() for name in dict.fromkeys(names) if name in kinds
    }
    subset = response.subset
    asked = {"rows": nw.len()}
    if subset is not None:
        asked["wanted"] = _count(subset)
    gone = _any(read.values(), subset)
    if gone is not None:
        lacking = _any(empty.values(), gone)
        outside = gone if lacking is None else gone & ~lacking
        asked |= {f"read {text}": _count(mask & outside) for text, mask in read.items()}
        asked["outside"] = _count(outside)
        if lacking is not None:
            asked["missing"] = _count(lacking)
            asked |= {f"empty {name}": _count(mask & lacking) for name, mask in empty.items()}
    if subset is None and _whole(frame, [*exprs, *response.sources.values()], empty):
        found = {"rows": frame.table.count()}
    else:
        counts = frame.table.aggregate("count the rows that stay", asked)
        found = {name: int(float(str(count or 0))) for name, count in counts.items()}
    where = f"in {frame.table.where}"
    left_out = (
        RowsLeftOut.missing(found.get("missing", 0), _of("empty", found), lambda: where),
        RowsLeftOut.outside(found.get("outside", 0), _of("read", found), lambda: where),
    )
    notes = notes_on_rows(found["rows"], found.get("wanted"), left_out, missing)
    lost = sum(each.count for each in left_out)
    if not lost:
        return frame.kept(subset if found.get("wanted") != found["rows"] else None), notes
    assert gone is not None
    return frame.kept(~gone if subset is None else subset & ~gone), notes


def _whole(frame: PushedFrame, exprs: Iterable[Expr | None], names: Iterable[str]) -> bool:
    """Whether it is known already that no row lacks a value of any variable or column."""
    lacking = any(expr is None or frame.lacks(expr) for expr in exprs)
    return not lacking and not any(map(frame.lacks_column, names))


def _of(kind: str, found: Mapping[str, int]) -> dict[str, int]:
    return {
        name.removeprefix(f"{kind} "): count
        for name, count in found.items()
        if name.startswith(f"{kind} ")
    }


def _any(masks: Iterable[nw.Expr], among: nw.Expr | None) -> nw.Expr | None:
    """Return where any mask holds, among some rows; None without masks."""
    listed = list(masks)
    if not listed:
        return None
    found = reduce(or_, listed)
    return found if among is None else among & found


def _count(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).sum()

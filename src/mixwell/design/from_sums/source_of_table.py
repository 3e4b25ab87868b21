"""What sums keep of the table that they were made of: a few queries, when sums are asked for."""

from collections.abc import Sequence

from mixwell.design.atoms.atom import FactorAtom
from mixwell.design.elsewhere.table_seen import TableSeen
from mixwell.design.sums.summed_source import SourceColumn, SummedSource
from mixwell.formula import Formula, Name, column_names

__all__ = ["source_of_table"]

_KINDS = {"decimal": "number"}


def source_of_table(seen: TableSeen, formula: Formula, names: Sequence[str]) -> SummedSource:
    """Return the formula, and the columns that it reads, `names`, with their ends or levels."""
    calls = [a for a in seen.atoms.values() if isinstance(a, FactorAtom) and a.expr != Name(a.name)]
    parts = [part for group in formula.groups for part in group.factors if part != _name(part)]
    listed = {name for atom in calls for name in column_names(atom.expr)}
    listed |= {name for part in parts for name in column_names(part)}
    return SummedSource(formula.text, tuple(_column(seen, name, name in listed) for name in names))


def _name(expr: object) -> object:
    return expr if isinstance(expr, Name) else None


def _column(seen: TableSeen, name: str, listed: bool) -> SourceColumn:
    table = seen.frame.table
    kind = _KINDS.get(table.kinds[name], table.kinds[name])
    if kind == "text":
        _, levels = seen.frame.memory.get(Name(name), ("", None))
        grouping = not listed and Name(name) not in seen.atoms
        values = () if grouping or levels is None else tuple(map(str, levels))
        return SourceColumn(name, kind, values, listed, ordered=name in table.ordered)
    if kind != "number" and kind != "whole":
        return SourceColumn(name, kind)
    places, column = seen.places.get(Name(name)), seen.column(name)
    if places is not None and not listed:
        ends = seen.sums.least[places[0]], seen.sums.largest[places[0]]
        return SourceColumn(name, kind, tuple(map(float, ends)))
    numbers = sorted(map(float, column.distinct())) if listed else list(column.ends)
    moments = column.mean, column.sd(sample=False) ** 2
    return SourceColumn(name, kind, tuple(numbers), listed, False, *moments)

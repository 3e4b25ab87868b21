"""What one scan of a table sums for a formula: its numbers, keys, columns and groupings."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from operator import add

import narwhals as nw

from mixwell.design.atoms.atom import Atom
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.columns.column_plan import plan_terms
from mixwell.design.elsewhere.summed_effects import (
    PlannedPredictor,
)
from mixwell.design.elsewhere.summed_table import sum_table
from mixwell.design.predictor import ExpandedFormula, Predictor
from mixwell.design.pushed.learned_numbers import learned_numbers
from mixwell.design.pushed.pushed_columns import LevelKeys, pushed_atoms, pushed_group
from mixwell.design.pushed.pushed_frame import PushedFrame
from mixwell.design.pushed.pushed_response import PushedResponse
from mixwell.design.pushed.pushed_values import PushedColumns, PushedNumbers
from mixwell.design.sums.planned_sums import PlannedBlock, plan_sums
from mixwell.design.sums.scan.sums_program import KeyColumn, SumsProgram
from mixwell.design.sums.scan.table_program import table_program
from mixwell.design.sums.sums import Sums
from mixwell.formula import Expr

__all__ = ["ScannedColumns"]

#: What the offset is called among the numbers: no expression of a formula is.
_OFFSET = "offset()"


@dataclass(eq=False)
class ScannedColumns:
    """The columns of a formula on the rows of a table that are used, planned for a scan.

    `atoms` are the variables. What it makes: the `planned` sums, and the `offset` if there is one.
    """

    frame: PushedFrame
    expanded: ExpandedFormula
    atoms: Mapping[Expr, Atom]
    own_response: PushedResponse

    def __post_init__(self) -> None:
        """Plan terms, find the levels of grouping factors, each once, and say what is summed."""
        self.plan = plan_terms(self.expanded.terms, self.atoms)
        self.plans = [plan_terms(terms, self.atoms) for terms in self.expanded.group_terms]
        self.groups = self.expanded.formula.groups
        factors = {group.name: group for group in self.groups}
        self.levels = {name: pushed_group(group, self.frame) for name, group in factors.items()}
        self.offset = self._offset()
        pairs = list(zip(self.groups, self.plans, strict=True))
        blocks = [
            PlannedBlock(
                name,
                tuple(plan for own, plan in pairs if own.name == name),
                len(group.factors),
            )
            for name, group in factors.items()
        ]
        learned = learned_numbers(self.frame.memory)
        if self.own_response.rescale:
            learned += (("the weights' unit", (self.own_response.unit,)),)
        further = () if self.offset is None else (_OFFSET,)
        self.planned = plan_sums(self.plan, blocks, self.own_response.name, learned, further)

    def _offset(self) -> nw.Expr | None:
        """Return the sum of the offsets."""
        frame, exprs = self.frame, self.expanded.terms.offsets
        columns = [frame.settled(partial(frame.column, expr)) for expr in exprs]
        return reduce(add, columns) if columns else None

    def sums(self) -> Sums:
        """Scan the table once; where an engine only answers queries, it adds up itself."""
        return sum_table(self.program, self.frame.table, "sum the columns' products")

    @cached_property
    def program(self) -> SumsProgram:
        """What a scan reads and sums."""
        read = dict[Expr, PushedNumbers | PushedColumns | LevelKeys]()
        for plan in (self.plan, *self.plans):
            read |= pushed_atoms(plan, self.frame)
        keys = {
            expr: KeyColumn(found.expr, tuple(found.keys))
            for expr, found in read.items()
            if isinstance(found, LevelKeys)
        }
        numbers = {
            expr: found.exprs if isinstance(found, PushedColumns) else (found.expr,)
            for expr, found in read.items()
            if not isinstance(found, LevelKeys)
        }
        y, weights = self.own_response.exprs["values"], self.own_response.precision
        further = [] if self.offset is None else [self.offset]
        y = y if self.offset is None else y - self.offset
        groups = list(self.levels.values())
        return table_program(self.planned, numbers, keys, groups, y, weights, further)

    def predictor(self, sums: Sums, rows: ModelFrame) -> Predictor:
        """Return the linear predictor of summed rows; `rows` replay what was learned."""
        return PlannedPredictor(
            self.expanded,
            self.atoms,
            self.plan,
            self.plans,
            self.levels,
            self.planned,
            self.offset is not None,
            self.frame.table.where,
        ).predictor(sums, rows)

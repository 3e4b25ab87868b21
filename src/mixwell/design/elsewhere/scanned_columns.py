"""What one scan of a table sums for a formula: its numbers, keys, columns and groupings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from operator import add

import narwhals as nw
import numpy as np

from mixwell.design.atoms.atom import Atom, FactorAtom
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.blocks.group_block import GroupBlock, merge_shared
from mixwell.design.columns.column_plan import plan_terms
from mixwell.design.elsewhere.column_sums import plan_products
from mixwell.design.elsewhere.stand_in_rows import stand_in_rows
from mixwell.design.elsewhere.summed_effects import (
    GroupedLevels,
    SummedColumnsOf,
    summed_block,
    summed_fixed,
)
from mixwell.design.predictor import ExpandedFormula, Predictor, refuse_two_intercepts
from mixwell.design.pushed.pushed_columns import LevelKeys, pushed_atoms, pushed_group
from mixwell.design.pushed.pushed_frame import PushedFrame
from mixwell.design.pushed.pushed_response import PushedResponse
from mixwell.design.pushed.pushed_values import PushedColumns, PushedNumbers
from mixwell.design.seen.rows_elsewhere import rows_elsewhere
from mixwell.design.sums.scan.sums_program import KeyColumn, LevelsOfRows, SumsProgram
from mixwell.design.sums.summed_columns import CodedFactor, Grouping, Product, SummedColumns
from mixwell.design.sums.sums import Sums
from mixwell.formula import Expr, GroupTerm
from mixwell.numeric.arrays import FloatArray

__all__ = ["OFFSET", "ScannedColumns"]

#: What the offset is called among the numbers: no expression of a formula is.
OFFSET = "offset()"


@dataclass(eq=False)
class ScannedColumns:
    """The columns of a formula on the rows of a table that are used, learned for a scan.

    `atoms` are the variables, `places` those of each numeric one among the `numbers`.
    """

    frame: PushedFrame
    expanded: ExpandedFormula
    atoms: Mapping[Expr, Atom]
    own_response: PushedResponse
    places: dict[Expr, tuple[int, ...]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    numbers: list[nw.Expr] = field(default_factory=list)
    key_columns: list[KeyColumn] = field(default_factory=list)
    factors: dict[tuple[Expr, bool], int] = field(default_factory=dict)
    coded: list[CodedFactor] = field(default_factory=list)
    coded_keys: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plan = plan_terms(self.expanded.terms, self.atoms)
        self.plans = [plan_terms(terms, self.atoms) for terms in self.expanded.group_terms]
        self.groups: Sequence[GroupTerm] = self.expanded.formula.groups
        keys: dict[Expr, int] = {}
        for plan in (self.plan, *self.plans):
            made = pushed_atoms(plan, self.frame)
            for entry in (entry for term in plan.terms for entry in term.variables):
                found = made[entry.atom.expr]
                if isinstance(found, LevelKeys):
                    assert isinstance(entry.atom, FactorAtom)
                    self._code(entry.atom, found, keys, full=entry.full)
                elif entry.atom.expr not in self.places:
                    self._number(entry.atom, found)
        self.levels = [self._levels(group) for group in self.groups]
        self.offset = self._offset()

    def _number(self, atom: Atom, found: PushedNumbers | PushedColumns) -> None:
        columns = list(found.exprs) if isinstance(found, PushedColumns) else [found.expr]
        first = len(self.numbers)
        self.places[atom.expr] = tuple(range(first, first + len(columns)))
        self.names += [name for name, _ in atom.names(full=False)]
        self.numbers += columns

    def _code(
        self, atom: FactorAtom, found: LevelKeys, keys: dict[Expr, int], *, full: bool
    ) -> None:
        if (atom.expr, full) in self.factors:
            return
        if atom.expr not in keys:
            keys[atom.expr] = len(self.key_columns)
            self.key_columns.append(KeyColumn(found.expr, tuple(found.keys)))
        self.factors[atom.expr, full] = len(self.coded)
        matrix = np.asarray(atom.coding(full).matrix, dtype=float)
        self.coded.append(CodedFactor(atom.name, atom.levels, matrix))
        self.coded_keys.append(keys[atom.expr])

    def _levels(self, group: GroupTerm) -> tuple[GroupedLevels, tuple[int, ...]]:
        """Return the levels of a grouping factor, and the places of its parts' keys."""
        found = pushed_group(group, self.frame)
        sizes = [len(levels) for levels in found.part_levels]
        codes = np.unravel_index(found.cells, sizes)
        places = []
        for part, (expr, own, size) in enumerate(zip(found.exprs, codes, sizes, strict=True)):
            keys: list[object] = [None] * size
            for code, row in zip(own.tolist(), found.keys, strict=True):
                keys[code] = row[part]
            places.append(len(self.key_columns))
            self.key_columns.append(KeyColumn(expr, tuple(keys)))
        return GroupedLevels(found.part_levels, found.levels, found.cells), tuple(places)

    def _offset(self) -> nw.Expr | None:
        """Return the sum of the offsets."""
        frame, exprs = self.frame, self.expanded.terms.offsets
        columns = [frame.settled(partial(frame.column, expr)) for expr in exprs]
        return reduce(add, columns) if columns else None

    def sums(self) -> Sums:
        """Scan the table once; where an engine only answers queries, it adds up itself."""
        program, table = self.program, self.frame.table
        if not table.streams:
            from mixwell.design.sums.scan.queried_sums import query_sums

            return query_sums(program, table)
        # Numba: only where rows are added up
        from mixwell.design.sums.scan.row_scan import scan

        return scan(program, table.batches("sum the columns' products", program.exprs))

    @property
    def program(self) -> SumsProgram:
        """What a scan reads and sums."""
        fixed = plan_products(self.plan, self.places, self.factors)
        effects = [plan_products(plan, self.places, self.factors) for plan in self.plans]
        numbers, names = list(self.numbers), list(self.names)
        y, offset = self.own_response.exprs["values"], self.offset
        products = dict.fromkeys([Product(), *fixed, *(p for own in effects for p in own)])
        if offset is not None:
            products[Product((len(numbers),))] = None
            numbers, names = [*numbers, offset], [*names, OFFSET]
            y = y - offset
        numbers, names = [*numbers, y], [*names, self.own_response.name]
        own = (*products, Product((len(numbers) - 1,)))
        places = {product: place for place, product in enumerate(own)}
        titles = self._titles(fixed, effects)
        groupings, groups = [], []
        for factor in dict.fromkeys(group.name for group in self.groups):
            members = [k for k, group in enumerate(self.groups) if group.name == factor]
            first = members[0]
            kept = [places[product] for k in members for product in effects[k]]
            parts = self.groups[first].factors
            groupings.append(Grouping(factor, tuple(kept), len(parts)))
            levels, keys = self.levels[first]
            cells = None if len(parts) == 1 else levels.cells
            groups.append(LevelsOfRows(keys, levels.levels, cells))
        columns = SummedColumns(
            tuple(names),
            tuple(self.coded),
            tuple(titles.get(product, self.own_response.name) for product in own),
            own,
            tuple(groupings),
        )
        factors, weights = tuple(self.coded_keys), self.own_response.exprs.get("weights")
        return SumsProgram(
            columns, tuple(numbers), tuple(self.key_columns), factors, tuple(groups), weights
        )

    def _titles(
        self, fixed: Sequence[Product], effects: Sequence[Sequence[Product]]
    ) -> dict[Product, str]:
        found = {Product(): "1"}
        if self.offset is not None:
            found[Product((len(self.numbers),))] = OFFSET
        for plan, own in zip((self.plan, *self.plans), (fixed, *effects), strict=True):
            for product, (name, _) in zip(own, plan.names(), strict=True):
                found.setdefault(product, name)
        return found

    def predictor(self, sums: Sums, rows: ModelFrame) -> Predictor:
        """Return the linear predictor of summed rows; `rows` replay what was learned."""
        moments = {expr: _mean_and_sd(sums, places) for expr, places in self.places.items()}
        stand_in = stand_in_rows(rows, self.atoms, moments)
        of = SummedColumnsOf(sums, stand_in, self.places, self.frame.table.where)
        effects = [plan_products(plan, self.places, self.factors) for plan in self.plans]
        levels = [levels for levels, _ in self.levels]
        found = zip(self.groups, self.plans, effects, levels, strict=True)
        blocks = [summed_block(*own, of) for own in found]
        fixed = summed_fixed(self.plan, plan_products(self.plan, self.places, self.factors), of)
        refuse_two_intercepts([self.plan, *self.plans], stand_in)
        offset = None
        if self.offset is not None:
            offset = rows_elsewhere("The offset's values", of.where)
        merged: list[GroupBlock] = merge_shared(blocks)
        return Predictor(self.expanded.formula, self.expanded.terms, fixed, tuple(merged), offset)


def _mean_and_sd(sums: Sums, places: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """Return means and sds of some numbers, (number,); the sd of equal values is 0."""
    combined = sums.combinations([Product((place,)) for place in places])
    around = sums.around_means(combined)
    squares = np.einsum("ij,ij->j", around, sums.plain @ around) / sums.n
    same = sums.least[list(places)] == sums.largest[list(places)]
    sds = np.where(same, 0.0, np.sqrt(np.maximum(squares, 0.0)))
    return np.where(same, sums.least[list(places)], sums.means @ combined), sds

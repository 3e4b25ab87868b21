"""Products of numbers and functions of levels as combinations of what was summed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.design.atoms.atom import FactorAtom
from mixwell.design.seen.rows_elsewhere import RowsElsewhere
from mixwell.design.seen.seen import LevelProducts
from mixwell.design.sums.summed_columns import Product
from mixwell.design.sums.sums import Sums
from mixwell.formula import Expr
from mixwell.numeric.arrays import FloatArray
from mixwell.package_options import require_memory

__all__ = ["LevelColumns"]

#: What is left of functions of levels that codings give, in units of their largest value.
_EXACT = 1e-9


@dataclass(frozen=True, eq=False)
class LevelColumns:
    """What was summed, with the `places` of numbers and those of coded `factors`: see `SummedSeen`.

    Any function of the levels of a term's factors is a combination of the codes that a model has of
    them: those of the term, or of terms that it contains.
    """

    sums: Sums
    places: Mapping[Expr, tuple[int, ...]]
    factors: Mapping[tuple[Expr, bool], int]
    where: str

    def combinations(self, parts: Sequence[LevelProducts]) -> FloatArray:
        """Return the columns of all parts as combinations of the sums' basis, (basis, column).

        Raises `DataError` where the sums do not have them.
        """
        every = {atom.expr: atom for part in parts for atom, _ in part.tables}
        made = []
        for part in parts:
            own = [atom for atom, _ in part.tables]
            found = self._of(part, own)
            if found is None:  # one of a term's factors may have a column a level for all of them
                others = {expr: a for expr, a in every.items() if all(a is not o for o in own)}
                found = self._of(part, [*own, *others.values()])
            if found is None:
                RowsElsewhere("combinations of levels that no term has", self.where).refuse()
            made.append(found)
        return np.hstack(made)

    def _of(self, part: LevelProducts, factors: Sequence[FactorAtom]) -> FloatArray | None:
        """Return a part's columns by the codes of some factors; None where these do not do."""
        numbers = tuple(sorted(self.places[atom.expr][column] for atom, column in part.numbers))
        origins = np.zeros(len(self.sums.centers))
        for (atom, column), origin in zip(part.numbers, part.origins, strict=True):
            origins[self.places[atom.expr][column]] = origin
        axis = {
            place: k
            for k, atom in enumerate(factors)
            for full in (False, True)
            if (place := self.factors.get((atom.expr, full))) is not None
        }
        codes = [
            product.codes
            for product in self.sums.columns.basis[:-1]
            if product.numbers == numbers and all(place in axis for place, _ in product.codes)
        ]
        sizes = [len(atom.levels) for atom in factors]
        require_memory(float(np.prod(sizes)) * (len(codes) + part.width), "The levels of a term")
        cells = [self._in_cells(each, axis, sizes) for each in codes]
        columns = np.column_stack([np.ones(int(np.prod(sizes))), *cells])[:, 1:]
        wanted: FloatArray = np.ones((1, 1))
        for _, table in part.tables:
            wanted = np.asarray(np.kron(table, wanted))
        wanted = np.tile(wanted, (len(columns) // len(wanted), 1))
        weights = np.linalg.lstsq(columns, wanted, rcond=None)[0]
        left = np.abs(columns @ weights - wanted).max(initial=0.0)
        if left > _EXACT * np.abs(wanted).max(initial=1.0):
            return None
        made = [self.sums.combinations([Product(numbers, each)], origins) for each in codes]
        return np.asarray(np.hstack(made) @ weights)

    def _in_cells(
        self, codes: Sequence[tuple[int, int]], axis: Mapping[int, int], sizes: Sequence[int]
    ) -> FloatArray:
        """Return a product of codes in all cells of factors, the first running fastest."""
        found = np.ones(sizes[::-1])
        for place, column in codes:
            shape = [1] * len(sizes)
            shape[len(sizes) - 1 - axis[place]] = -1
            found = found * self.sums.columns.factors[place].matrix[:, column].reshape(shape)
        return np.asarray(found.reshape(-1))

"""What a scan reads of a table: numbers and keys as expressions, and what is summed of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mixwell.design.sums.summed_columns import SummedColumns
from mixwell.numeric.arrays import IntArray

if TYPE_CHECKING:
    import narwhals as nw

__all__ = ["KeyColumn", "LevelsOfRows", "SumsProgram"]


@dataclass(frozen=True, eq=False)
class KeyColumn:
    """A factor as the table has it: an expression, its raw keys in the order of the levels."""

    expr: "nw.Expr"
    keys: tuple[object, ...]
    name: str = "a key"


@dataclass(frozen=True, eq=False)
class LevelsOfRows:
    """A grouping factor's level in every row: places of its parts among the keys, and labels.

    `cells` are the combinations of the parts' keys that the levels stand for, in mixed radix, the
    last part running fastest (see `observed_levels`); of one part the levels are its keys.
    """

    keys: tuple[int, ...]
    levels: tuple[str, ...]
    cells: IntArray | None = None


@dataclass(frozen=True, eq=False)
class SumsProgram:
    """The reading of a table for `columns`.

    `numbers` are expressions of the numbers in their order: doubles, the offset already taken off
    the response. `factors` are places among the `keys` of each coded factor, `groups` the levels of
    each grouping. No row has a gap in any of them.
    """

    columns: SummedColumns
    numbers: tuple["nw.Expr", ...]
    keys: tuple[KeyColumn, ...]
    factors: tuple[int, ...]
    groups: tuple[LevelsOfRows, ...]
    weights: "nw.Expr | None" = None

    @property
    def exprs(self) -> Mapping[str, "nw.Expr"]:
        """The expressions that a scan asks for, by names of their own."""
        found = {f"number {place}": expr for place, expr in enumerate(self.numbers)}
        found |= {f"key {place}": key.expr for place, key in enumerate(self.keys)}
        if self.weights is not None:
            found["weights"] = self.weights
        return found

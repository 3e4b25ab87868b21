"""What stands with a response elsewhere, weights and known standard errors, asked by one query."""

from dataclasses import dataclass, fields, replace

import narwhals as nw
import numpy as np

from mixwell.design.pushed.order_statistics import exact_quantiles
from mixwell.design.pushed.pushed_response import PushedResponse
from mixwell.design.response.known_response import KnownResponse, RowNumbers
from mixwell.tables.lazy.lazy_table import LazyTable

__all__ = ["RowNumbersElsewhere", "row_numbers"]


@dataclass(frozen=True, slots=True)
class RowNumbersElsewhere:
    """The `weights` and known errors `se` of rows: see `KnownResponse`."""

    weights: RowNumbers | None = None
    se: RowNumbers | None = None
    median_se: float = 1.0
    row_variance: float = 1.0

    def joined(self, known: KnownResponse) -> KnownResponse:
        """Return what is known of a response with these."""
        return replace(known, **{each.name: getattr(self, each.name) for each in fields(self)})


def row_numbers(response: PushedResponse, table: LazyTable) -> RowNumbersElsewhere:
    """Ask for the weights and known errors of the rows of a table.

    Raises `DataError` for weights of 0, of which there are no sums.
    """
    read = {name: response.exprs[name] for name in ("weights", "se") if name in response.exprs}
    if not read:
        return RowNumbersElsewhere()
    asked = {f"{name} low": expr.min() for name, expr in read.items()}
    asked |= {f"{name} high": expr.max() for name, expr in read.items()}
    asked |= {f"{name} zeros": (expr == 0.0).cast(nw.Int64).sum() for name, expr in read.items()}
    asked |= {"variance": _variance(response).mean(), "rows": nw.len()}
    answer = table.aggregate("look at what stands with the response", asked)
    found = {name: float(str(value or 0.0)) for name, value in answer.items()}
    n = int(found["rows"])
    ends = {
        name: RowNumbers(
            n, found[f"{name} low"], found[f"{name} high"], int(found[f"{name} zeros"])
        )
        for name in read
    }
    weights, se, typical = ends.get("weights"), ends.get("se"), 1.0
    if weights is not None:
        weights.refuse_zeros()
    if se is not None:
        half = np.array([0.5])
        [typical] = exact_quantiles(table, read["se"], half, se.low, se.high, "known errors")
    return RowNumbersElsewhere(weights, se, float(typical), found["variance"])


def _variance(response: PushedResponse) -> nw.Expr:
    """Return what a residual variance, or 1, is multiplied by in each row; null for a weight 0."""
    errors, weights = response.exprs.get("se"), response.exprs.get("weights")
    known = nw.lit(1.0) if errors is None else errors * errors
    if weights is None:
        return known
    if response.survey:
        return nw.when(weights > 0.0).then(known)
    return nw.when(weights > 0.0).then(known / weights)

"""Whether fits are of the same rows, so that what they say of these can be held against each other.

Of rows in memory the responses are compared one by one, of others what is known of them; of groups
that are left out the rows and the sum of the responses in each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mixwell.design.response.known_response import KnownResponse
from mixwell.errors import DataError
from mixwell.infer.exact.leave_group_out import LeftOut
from mixwell.specify.spec import Spec
from mixwell.text.phrases import and_more

__all__ = ["require_same_groups", "require_same_responses"]

#: What sums differ by where rows are added up in another order, as a share of their sizes.
_ROUNDING = 1e-9


def require_same_responses(specs: Mapping[str, Spec], *, known: bool = True) -> None:
    """Raise `DataError` for specifications, by the fits' names, of different responses.

    Without `known` nothing is said of rows that are not in memory, or whose numbers differ.
    """
    first, *others = specs
    for other in others:
        one, two = (specs[name].response for name in (first, other))
        if one.known is None and two.known is None:
            if not known and len(one.values) != len(two.values):
                continue
            same = np.array_equal(one.values, two.values)
        else:
            same = not known or _alike(*(_known(specs[name]) for name in (first, other)))
        if not same:
            raise _different(first, other, *(specs[name].design.n for name in (first, other)))


def _known(spec: Spec) -> KnownResponse:
    response = spec.response
    return KnownResponse.of(response.values) if response.known is None else response.known


def _alike(one: KnownResponse, two: KnownResponse) -> bool:
    size = max(abs(one.low), abs(one.high)) + one.sd
    mine, theirs = ((each.mean, each.sd, each.low, each.high) for each in (one, two))
    return one.n == two.n and np.allclose(mine, theirs, rtol=0.0, atol=_ROUNDING * size)


def _different(one: str, two: str, rows: int, others: int) -> DataError:
    said = "The fits have different responses, so their predictive densities cannot be compared."
    where = f"{one} and {two}"
    if rows != others:
        where += f", of {rows:,} and {others:,} rows"
    return DataError(said, where=where, hint="Fit all models to the same rows.")


def require_same_groups(left: Mapping[str, LeftOut]) -> dict[str, LeftOut]:
    """Return what was left out with the levels in the order of the first.

    Raises `DataError` where levels, rows within one or their responses are others.
    """
    first, *others = left
    found = {first: left[first]}
    for name in others:
        one, two = left[first], left[name]
        if one.factor != two.factor:
            raise DataError(
                f"The fits leave out levels of different factors: {one.factor} and {two.factor}.",
                where=f"{first} and {name}",
                hint='Name the one that all have: mw.compare(fits, by="logo", group="...").',
            )
        odd = sorted({*one.levels} ^ {*two.levels})
        if odd:
            raise DataError(
                f"The fits have different levels of {one.factor}.",
                where=f"in {first} or in {name} only: {and_more(odd, 5)}",
                hint="Fit all models to the same rows.",
            )
        found[name] = _in_order(two, one.levels)
        _require_same_sums(first, name, one, found[name])
    return found


def _in_order(left: LeftOut, levels: Sequence[str]) -> LeftOut:
    """Return what was left out with its levels in another order."""
    place = {level: k for k, level in enumerate(left.levels)}
    order = [place[level] for level in levels]
    names = "elpd", "k_hat", "lpd", "rows", "responses"
    values = {name: getattr(left, name)[order] for name in names}
    return replace(left, levels=tuple(levels), **values)


def _require_same_sums(first: str, name: str, one: LeftOut, two: LeftOut) -> None:
    typical = float(np.max(np.abs(one.responses) / one.rows))
    for said, mine, theirs, size in (
        ("{} and {} rows", one.rows, two.rows, one.rows),
        ("responses that add up to {} and {}", one.responses, two.responses, one.rows * typical),
    ):
        away = np.flatnonzero(np.abs(mine - theirs) > _ROUNDING * size)
        if len(away):
            each = [f"{values[away[0]]:.6g}" for values in (mine, theirs)]
            raise DataError(
                f"The fits have different rows or responses in {_counted(len(away))} of "
                f"{one.factor}, so their predictive densities cannot be compared.",
                where=f"{first} and {name}, {one.levels[away[0]]}: {said.format(*each)}",
                hint="Fit all models to the same rows of the same response.",
            )


def _counted(levels: int) -> str:
    return "1 level" if levels == 1 else f"{levels:,} levels"

"""What rows count for: weights, trials and counts that floats keep apart."""

from typing import TYPE_CHECKING

from mixwell.errors import DataError
from mixwell.families.family import Family
from mixwell.families.responses.response_kinds import COUNTS, NUMBER

if TYPE_CHECKING:
    from mixwell.design.response.known_response import RowNumbers
    from mixwell.design.response.response import Response

__all__ = ["check_weights"]

#: Next to numbers this many times larger a float has four digits left.
_WIDEST = 1e12


def check_weights(family: Family, response: "Response") -> None:
    """Refuse weights that leave nothing, and those next to which floats lose the others.

    Where they divide a variance none may be 0; elsewhere they count rows, as trials and counts do.
    Raises `DataError`.
    """
    weights = response.weight_ends
    if weights is not None and weights.zeros == weights.n:
        raise DataError(
            "All weights are 0, so that no row counts.",
            where="weights",
            hint="Give weights above 0 to the rows that are to count.",
        )
    if family.scale is not None and weights is not None:
        _check_row_variances(weights)
    elif family.scale is None:
        _check_counted(family, response)


def _check_row_variances(weights: "RowNumbers") -> None:
    weights.refuse_zeros()
    if weights.high > _WIDEST * weights.low:
        raise DataError(
            f"Weights range from {weights.low:g} to {weights.high:g}: next to the heaviest row "
            "floating-point numbers lose what the lightest say.",
            where=weights.place(weights.at_high),
            hint=f"Give weights that differ by a factor of {_WIDEST:g} at most.",
        )


def _check_counted(family: Family, response: "Response") -> None:
    """Refuse so many trials or events that a log likelihood has no digits behind its point."""
    sizes = 1.0 + 0.0 * response.values
    if response.trials is not None:
        sizes = response.trials
    elif family.support.whole and family.support.kind in (NUMBER, COUNTS):
        sizes = response.values
    weights = response.weights
    total = float((sizes if weights is None else weights * sizes).sum())
    if total > _WIDEST:
        what = "counts" if weights is None else "weights"
        raise DataError(
            f"The {what} add up to {total:.3g}: a log likelihood of that size has no digits left "
            "behind its point.",
            where=f'{what} of the response "{response.name}"',
            hint=f"Count in larger units, so that the sum is at most {_WIDEST:g}.",
        )

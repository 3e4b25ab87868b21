"""Check that a family can have a response: its additions, kind, values and bounds."""

from typing import TYPE_CHECKING

from mixwell.errors import DataError
from mixwell.families.elementwise import arguments_of
from mixwell.families.family import Family, Refusal
from mixwell.families.registry import FAMILIES
from mixwell.families.responses.response_kinds import check_kind, further_rows
from mixwell.families.responses.response_weights import check_weights

if TYPE_CHECKING:
    from mixwell.design.response.response import Response
    from mixwell.numeric.arrays import FloatArray

__all__ = ["check_response"]


def check_response(family: Family, response: "Response") -> None:
    """Refuse a response that a family cannot have.

    Raises `DataError` naming the response and what is wrong with it.
    """
    _check_additions(family, response)
    check_weights(family, response)
    if family.parts:
        _check_parts(family, response)
    else:
        check_kind(family, response)
    _check_values(family, response)
    _check_needs(family, response)
    _check_bounds(family, response)


def _check_additions(family: Family, response: "Response") -> None:
    used = {
        "weights": response.weights is not None,
        "se": response.se is not None,
        "cens": response.censoring is not None,
        "trunc": response.truncated,
    }
    for name, present in used.items():
        if present and name not in family.additions:
            why = _UNBOUNDED.get(family.support.kind, "") if name in ("cens", "trunc") else ""
            raise DataError(
                f'The family "{family.name}" cannot use {name}().',
                where=f"response {response.name}",
                hint=why or f"Families that can: {', '.join(_able(name, family))}.",
            )
    _check_events(response)


def _able(name: str, like: Family) -> list[str]:
    """Return the families that take an addition: of responses like another's, where there are."""
    able = [f for f in FAMILIES.values() if name in f.additions and not f.based_on]
    near = [f for f in able if f.support.whole == like.support.whole]
    return [f.name for f in near or able]


#: Why responses of a kind have no bounds, and what serves.
_UNBOUNDED = {
    "ordered": "Of a rating that is only known to be some or more, take the categories together: "
    "ratings have no cens() in brms either.",
    "categories": "Categories have no order in which one lies beyond another.",
    "outcomes": "An outcome that is not known is missing: leave its row out.",
    "trials": "Bounds of successes out of trials are not computed; where successes are rare, "
    'family="poisson" with offset(log(trials)) takes cens().',
    **dict.fromkeys(("counts", "shares"), "Of several numbers none is a bound of the others."),
}


def _check_events(response: "Response") -> None:
    """Refuse rows of which none says more than that it is longer, or shorter, than recorded."""
    codes = response.censoring
    if codes is None or not (codes == codes[0]).all() or codes[0] not in (-1, 1):
        return
    side, than = ("right", "longer") if codes[0] == 1 else ("left", "shorter")
    raise DataError(
        f"All {codes.size} rows are censored from the {side}: the data only say that each value "
        f"is {than} than what was recorded.",
        where=f'response "{response.name}"',
        hint="cens() marks the rows without an event, so that with 1 for an event it is "
        "cens(1 - status); Surv(time, status) marks those with one.",
    )


def _check_parts(family: Family, response: "Response") -> None:
    for number, part in enumerate(family.parts):
        check_response(part, response.part(number))


def _check_needs(family: Family, response: "Response") -> None:
    """Refuse responses among which none is as the family needs one to be."""
    found = family.arguments(y=response.values)
    for need in family.support.needs:
        if not found.call(need.where).any():
            raise DataError(
                f'The response "{response.name}" {need.complaint}.',
                where=f'column "{response.name}"',
                hint=need.advice,
            )


def _check_values(family: Family, response: "Response") -> None:
    given = {name: values for name, values in response.read.items() if name in ("y", "trials")}
    columns = [(response.name, given)]
    if response.columns is not None:
        parts = zip(response.levels or (), response.columns.T, strict=True)
        columns = [(level, {**given, "y": column}) for level, column in parts]
    for refusal in family.support.refusals:
        for name, values in columns:
            _refuse_values(family, refusal, name, values)


def _refuse_values(
    family: Family, refusal: Refusal, name: str, given: "dict[str, FloatArray]"
) -> None:
    rows = family.arguments(**given).call(refusal.where).nonzero()[0]
    if rows.size:
        first = given["y" if "y" in arguments_of(refusal.where) else "trials"][rows[0]]
        raise DataError(
            f'The response "{name}" {refusal.complaint}: {first:g}{further_rows(rows.size)}.',
            where=f'column "{name}", row {rows[0] + 1} of those used',
            hint=family.support.advice,
        )


def _check_bounds(family: Family, response: "Response") -> None:
    """Refuse bounds that leave one number of a continuous response, or that counts cannot have."""
    lower, upper, name = response.lower, response.upper, response.name
    if not family.support.whole:
        if lower is None or upper is None:
            return
        alike = (lower == upper).nonzero()[0]
        if alike.size:
            raise DataError(
                f"Nothing but {response.values[alike[0]]:g} lies between the truncation bounds, "
                "of which a row says nothing.",
                where=f'bounds of "{name}", row {alike[0] + 1} of those used',
                hint="Correct the bounds, or leave the row out.",
            )
        return
    for what, ends in (("bound", lower), ("bound", upper), ("limit", response.censoring_upper)):
        if ends is None:
            continue
        parted = (ends % 1 > 0).nonzero()[0]  # infinite ends are whole
        if parted.size:
            raise DataError(
                f'The {what} of "{name}" is {ends[parted[0]]:g}, but its values are whole numbers.',
                where=f'{what}s of "{name}", row {parted[0] + 1} of those used',
                hint="Give the last whole number that is possible.",
            )

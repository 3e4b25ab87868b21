"""Checks that need design and family: effects that no data of this shape can separate."""

from typing import TYPE_CHECKING

from mixwell.design.columns.residuals_left import no_residuals
from mixwell.design.response.known_response import KnownResponse
from mixwell.errors import DataError, require_choice, warn
from mixwell.numeric.moments import spread
from mixwell.specify.saturated import Saturated, find_saturated

if TYPE_CHECKING:
    from mixwell.design.blocks.group_block import GroupBlock
    from mixwell.design.design import Design
    from mixwell.design.response.response import Response
    from mixwell.families import Family

__all__ = ["check_identified"]

#: Ratios of standard deviations whose squares leave floats four digits.
_LEAST_ERROR = 1e-6
#: A standard deviation of this share of a mean leaves floats three digits.
_DIGITS = 1e-13


def check_identified(
    design: "Design", family: "Family", saturated: str = "refuse"
) -> Saturated | None:
    """Refuse effects that the residuals already have, and a constant response.

    Where a family has a free residual variance, as many effects as rows cannot be separated from it
    (lme4 refuses them too): `saturated="allow"` turns the error into a warning, and what was found
    is returned. With known standard errors, and in families without a free one, they can. With
    both, as in a meta-analysis with `se(s, sigma = TRUE)`, a warning says so.

    Raises
    ------
    DataError
        Naming the term, with what to write instead.
    """
    require_choice("saturated", saturated, ("refuse", "allow"))
    response = design.response
    if response is None:
        return None
    _check_columns(design, response, family)
    if response.se is not None and not response.se_sigma:
        return None
    found = find_saturated(design, family)
    if found is None:
        return None
    if response.se is not None:
        warn(f"{found.warning} Leave out sigma = TRUE for one of the two.")
    elif saturated == "allow":
        warn(found.warning)
    else:
        raise found.refusal(known_errors="se" in family.additions)
    return found


def _check_columns(design: "Design", response: "Response", family: "Family") -> None:
    for block in (block for predictor in design.predictors.values() for block in predictor.blocks):
        _refuse_constant_effect(block)
    if family.support.kind == "number" and not family.support.whole and response.se is None:
        _refuse_constant_response(response)
    _refuse_small_errors(design)
    fixed = design.mean.fixed
    if family.scale is None or (response.se is not None and not response.se_sigma):
        return
    if len(fixed.names) >= design.n > 1:
        raise no_residuals(len(fixed.names), design.n, design.mean.formula.text)


def _refuse_constant_response(response: "Response") -> None:
    """Refuse a response that does not vary, or only in digits that floats do not hold."""
    name, own = response.name, response.known or KnownResponse.of(response.values)
    if own.low == own.high:
        raise DataError(
            f'The response "{name}" is {own.low:g} in every row used.',
            where=f'response "{name}"',
            hint="There is nothing to explain.",
        )
    mean, sd = own.mean, own.sd
    if sd < _DIGITS * abs(mean):
        raise DataError(
            f'The response "{name}" lies around {mean:.4g} with an sd of {sd:.2g}, in digits that '
            "floating-point numbers do not hold.",
            where=f'response "{name}"',
            hint=f"Subtract a number near {mean:.4g} from it first.",
        )


def _refuse_constant_effect(block: "GroupBlock") -> None:
    """Refuse an effect that is the same number in every row, next to an intercept by group."""
    if not block.plan.intercept:
        return
    columns = block.moments
    ends = zip(columns.low[1:].tolist(), columns.high[1:].tolist(), strict=True)
    for name, (low, high) in zip(block.effects[1:], ends, strict=True):
        if low == high:
            raise DataError(
                f"The effect {name} of {block.factor} is {low:g} in every row used, which "
                f"no data can separate from the intercept of {block.factor}.",
                where=f"term {block.text}",
                hint=f"Leave {name} out of the term.",
            )


def _refuse_small_errors(design: "Design") -> None:
    """Refuse known errors so small that floats lose them next to others, or the responses."""
    response = design.response
    errors = None if response is None else response.se_ends
    if response is None or errors is None or response.se_sigma:
        return
    known = response.known
    scatter = spread(response.values) if known is None else known.spread
    least, most = errors.low, errors.high
    squared = bool(design.mean.blocks)  # errors and effects of groups add up as variances
    for limit, compared, what in (
        (_LEAST_ERROR, most, "the largest"),
        (_LEAST_ERROR if squared else _LEAST_ERROR**2, scatter, f"the sd of {response.name}"),
    ):
        if least < limit * compared:
            raise DataError(
                f"The smallest known standard error is {least:g}, {compared / least:.2g} times "
                f"smaller than {what}, {compared:g}: floating-point numbers cannot weigh the two "
                "against each other.",
                where="se()",
                hint="Give larger errors, or estimate a residual sd too: se(s, sigma = TRUE).",
            )

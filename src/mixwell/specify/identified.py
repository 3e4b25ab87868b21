"""Checks that need design and family: effects that no data of this shape can separate."""

from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import DataError, warn
from mixwell.numeric.moments import spread

if TYPE_CHECKING:
    from mixwell.design.blocks.group_block import GroupBlock
    from mixwell.design.design import Design
    from mixwell.families import Family

__all__ = ["check_identified"]

#: Ratios of standard deviations whose squares leave floats four digits.
_LEAST_ERROR = 1e-6


def check_identified(design: "Design", family: "Family") -> None:
    """Refuse effects that the residuals already have, and a constant response.

    Where a family has a residual sd of its own, a grouping factor with one level a row cannot be
    separated from it (lme4 refuses it too); with known standard errors, and in families without
    one, it can. With both, as in a meta-analysis with `se(s, sigma = TRUE)`, a warning says so.

    Raises
    ------
    DataError
        Naming the term, with what to write instead.
    """
    response = design.response
    if response is None:
        return
    for block in (block for predictor in design.predictors.values() for block in predictor.blocks):
        _refuse_constant_effect(block)
    continuous = family.support.kind == "number" and not family.support.whole
    if continuous and response.se is None and np.ptp(response.values) == 0:
        raise DataError(
            f'The response "{response.name}" is {response.values[0]:g} in every row used.',
            where=f'response "{response.name}"',
            hint="There is nothing to explain.",
        )
    _refuse_small_errors(design)
    if family.scale is None or (response.se is not None and not response.se_sigma):
        return
    for block in (block for block in design.mean.blocks if block.n_levels >= design.n):
        if response.se is None:
            raise _one_level_a_row(block, design.n)
        _warn_of_a_split(block)
    fixed = design.mean.fixed
    if len(fixed.names) >= design.n > 1:
        raise DataError(
            f"There are {len(fixed.names)} fixed-effect columns for {design.n} rows.",
            where=f"fixed effects of {design.mean.formula.text}",
            hint="A factor with a level for each row is a label: leave it out.",
        )


def _refuse_constant_effect(block: "GroupBlock") -> None:
    """Refuse an effect that is the same number in every row, next to an intercept by group."""
    if not block.plan.intercept:
        return
    for name, column in zip(block.effects[1:], block.values.T[1:], strict=True):
        if np.ptp(column) == 0:
            raise DataError(
                f"The effect {name} of {block.factor} is {column[0]:g} in every row used, which "
                f"no data can separate from the intercept of {block.factor}.",
                where=f"term {block.text}",
                hint=f"Leave {name} out of the term.",
            )


def _refuse_small_errors(design: "Design") -> None:
    """Refuse known errors so small that floats lose them next to others, or the responses."""
    response = design.response
    if response is None or response.se is None or response.se_sigma:
        return
    least, most = float(response.se.min()), float(response.se.max())
    scatter = spread(response.values)
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


def _warn_of_a_split(block: "GroupBlock") -> None:
    """Warn that only their priors separate two variances that stand next to known ones."""
    factor = block.factor
    warn(
        f"{factor} has a level for each row: the data know only the sum of the variances of "
        f"sd_{factor} and sigma; how it is divided comes from their priors alone. "
        "Leave out sigma = TRUE for one of the two."
    )


def _one_level_a_row(block: "GroupBlock", n: int) -> DataError:
    return DataError(
        f"The grouping factor {block.factor} has a level for each of the {n} rows, so that its "
        "effects cannot be separated from the residuals.",
        where=f"term {block.text}",
        hint=f"Group by a factor that repeats, or give known standard errors: y | se(s) ~ ... + "
        f"{block.text}.",
    )

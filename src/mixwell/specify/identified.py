"""Checks that need design and family: effects that no data of this shape can separate."""

from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import DataError, warn

if TYPE_CHECKING:
    from mixwell.design.blocks.group_block import GroupBlock
    from mixwell.design.design import Design
    from mixwell.families import Family

__all__ = ["check_identified"]


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
    if response is None or family.scale is None:
        return
    if response.se is None and np.ptp(response.values) == 0:
        raise DataError(
            f'The response "{response.name}" is {response.values[0]:g} in every row used.',
            where=f'response "{response.name}"',
            hint="There is nothing to explain.",
        )
    if response.se is not None and not response.se_sigma:
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

"""Every cell of the table, run anew: ranks of the truth among the draws are uniform."""

import pytest

from .cells import CELLS, KEPT, Cell
from .replicate import replicate
from .uniformity import FALSE_ALARM, judge


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_ranks_of_the_truth_among_the_draws_are_uniform(cell: Cell) -> None:
    verdict = judge([replicate(cell).ranks], KEPT, FALSE_ALARM / len(CELLS))
    assert verdict.calibrated, verdict

"""The table covers every family; its stored ranks are calibrated, and the page says so."""

import numpy as np
import pytest

from mixwell.infer.exact.applicable import why_not_exact

from .cells import CELLS, DECLINED, EXACT, INTERCEPT, KEPT, SLOPE, Cell
from .page import PAGE, SHARES, page
from .replicate import typical_model
from .store import read_results
from .uniformity import FALSE_ALARM, coverage_probabilities, judge

RESULTS = read_results()


@pytest.mark.parametrize("family", [*EXACT, *DECLINED])
@pytest.mark.parametrize("formula", [INTERCEPT, SLOPE])
def test_a_family_has_a_cell_of_the_first_engine_that_takes_it(family, formula) -> None:
    """Of families that came later, one a kind: the others are held against brms's posteriors."""
    engines = {c.engine for c in CELLS if (c.family, c.formula) == (family, formula)}
    (cell, *_) = (c for c in CELLS if (c.family, c.formula) == (family, formula))
    declined = why_not_exact(typical_model(cell).spec)
    assert ("nuts" if declined else "exact") in engines


def test_no_cell_is_there_twice_and_each_engine_has_enough_replications() -> None:
    assert len({cell.name for cell in CELLS}) == len(CELLS)
    others = [c.replications for c in CELLS if c.engine in ("exact", "direct")]
    assert set(others) == {100, 200}
    assert others.count(100) == 4  # of families that came later
    nuts = [c.replications for c in CELLS if c.engine == "nuts"]
    assert len(nuts) >= 4
    assert set(nuts) == {100}


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_what_is_stored_of_a_cell_was_run_as_the_table_has_it(cell: Cell) -> None:
    stored = RESULTS[cell.name]
    assert (stored["priors"], stored["kept"]) == (cell.priors, KEPT)
    assert {len(ranks) for ranks in stored["ranks"].values()} == {cell.replications}
    assert all(0 <= rank <= KEPT for ranks in stored["ranks"].values() for rank in ranks)


def test_the_stored_table_is_calibrated() -> None:
    verdict = judge([RESULTS[cell.name]["ranks"] for cell in CELLS], KEPT)
    assert verdict.calibrated, verdict


@pytest.mark.parametrize("share", SHARES)
def test_central_intervals_hold_the_truth_as_often_as_they_say(share: float) -> None:
    tables = [np.array(list(RESULTS[cell.name]["ranks"].values())) for cell in CELLS]
    found = np.concatenate([coverage_probabilities(ranks, KEPT, share) for ranks in tables])
    assert found.min() * found.size > FALSE_ALARM


def test_the_page_is_what_the_stored_ranks_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(RESULTS), (
        "run: uv run python -m tests.calibration write"
    )

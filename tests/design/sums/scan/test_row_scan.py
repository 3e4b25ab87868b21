"""Sums of a scan, against sums of NumPy in extended precision on columns made row by row."""

from dataclasses import replace

import pytest
from tests.design.sums.trial import SITES, program, require_equal, table

from mixwell.design.sums.scan import row_adder, scan_layout
from mixwell.design.sums.scan.row_scan import scan
from mixwell.design.sums.summed_columns import Grouping
from mixwell.errors import DataError


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_sums_are_those_of_extended_precision_on_ill_scaled_rows(
    workers: int, weighted: bool
) -> None:
    given = table()
    found = program(given, SITES, weighted=weighted)
    require_equal(scan(found, given.batches(1_700), workers=workers), given)


CASES = {
    "no factor": (),
    "effects of a factor": (Grouping("site", (0, 2, 3)),),
    "a slope alone": (Grouping("site", (1,)),),
    "a slope by arm": (Grouping("clinic", (6, 7)),),
    "crossed": (SITES, Grouping("clinic", (0,))),
    "nested": (Grouping("clinic", (0, 4)), Grouping("clinic:arm", (0, 1), 2)),
    "three": (SITES, Grouping("clinic", (0, 5)), Grouping("clinic:arm", (0,), 2)),
}


@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_block_has_the_sums_of_its_rows(case: str) -> None:
    given = table(4_000)
    for weighted in (False, True):
        found = program(given, *CASES[case], weighted=weighted)
        require_equal(scan(found, given.batches(900), workers=2), given)


@pytest.mark.parametrize("case", ["crossed", "nested", "three"])
def test_pairs_that_are_sorted_are_those_that_have_records(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_adder, "_DENSE_PAIRS", 0)
    monkeypatch.setattr("mixwell.design.sums.scan.pair_runs._AT_ONCE", 500)
    given = table(4_000)
    require_equal(scan(program(given, *CASES[case]), given.batches(300), workers=2), given)


@pytest.mark.parametrize("limit", ["_CELL_SUMS", "_LONGER", "_TABLED"])
@pytest.mark.parametrize("weighted", [False, True])
def test_columns_made_row_by_row_have_the_sums_of_cells(
    limit: str, weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = table(4_000)
    monkeypatch.setattr(scan_layout, limit, 0)
    found = program(given, SITES, Grouping("clinic", (0, 2)), weighted=weighted)
    require_equal(scan(found, given.batches(900), workers=2), given)


def test_a_number_that_is_constant_in_the_first_rows_is_counted_from_there() -> None:
    given = table(3_000)
    given.numbers[2][:1000] = 3.0
    require_equal(scan(program(given, SITES), given.batches(1000)), given)


def test_a_key_that_is_no_level_is_refused() -> None:
    given = table(100)
    unknown = replace(given, clinic=given.clinic + 1)
    with pytest.raises(DataError, match="which it did not have when levels were read"):
        scan(program(given, Grouping("clinic", (0,))), unknown.batches(50))


def test_no_rows_are_refused() -> None:
    given = table(100)
    with pytest.raises(DataError, match="No row is left"):
        scan(program(given), iter([]))

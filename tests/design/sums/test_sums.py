"""Sums as values: added up, saved, printed, their small levels refused or merged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.design.sums.trial import SITES, Table, program, require_equal, table

import mixwell as mw
from mixwell.design.sums.combined_sums import moved
from mixwell.design.sums.scan.row_scan import scan
from mixwell.design.sums.scan.sums_program import KeyColumn, LevelsOfRows, SumsProgram
from mixwell.design.sums.summed_columns import CodedFactor, Grouping
from mixwell.design.sums.sums import Sums, combine, load_reduction

GROUPINGS = SITES, Grouping("clinic", (0, 4)), Grouping("clinic:arm", (0,), 2)


def part(given: Table, rows: np.ndarray) -> Table:
    """Return some rows of a table."""
    kept = {name: getattr(given, name)[rows] for name in ("arm", "site", "clinic", "weights")}
    return replace(given, numbers=[values[rows] for values in given.numbers], **kept)


def own_levels(given: Table, asked: SumsProgram) -> SumsProgram:
    """Return a program that knows only the levels of its own table's rows."""
    sites, clinics = np.unique(given.site), np.unique(given.clinic)
    known = asked.keys
    keys = (
        known[0],
        KeyColumn(None, tuple(known[1].keys[k] for k in sites)),
        KeyColumn(None, tuple(known[2].keys[k] for k in clinics)),
    )
    names = {"site": [str(given.sites[k]) for k in sites], "clinic": [str(k) for k in clinics]}
    cells = np.unique(np.searchsorted(clinics, given.clinic) * 3 + given.arm)
    arms = ("ctrl", "high", "low")
    names["clinic:arm"] = [f"{clinics[c // 3]}:{arms[c % 3]}" for c in cells]
    groups = []
    for grouping, group in zip(asked.columns.groupings, asked.groups, strict=True):
        own = None if group.cells is None else cells
        groups.append(LevelsOfRows(group.keys, tuple(names[grouping.factor]), own))
    return replace(asked, keys=keys, groups=tuple(groups))


@pytest.mark.parametrize("weighted", [False, True])
def test_sums_of_parts_with_levels_of_their_own_add_up_to_those_of_the_whole(
    weighted: bool,
) -> None:
    given = table(6_000)
    parts = [
        part(given, np.flatnonzero((given.clinic < 25) & (given.site < 200))),
        part(given, np.flatnonzero((given.clinic < 25) & (given.site >= 200))),
        part(given, np.flatnonzero(given.clinic >= 25)),
    ]
    found = []
    for shift, rows in enumerate(parts):
        asked = own_levels(rows, program(rows, *GROUPINGS, weighted=weighted))
        sums = scan(asked, rows.batches(500))
        moves = np.array([3.5, -2.0, 1.25, 1e-3])
        found.append(moved(sums, sums.centers + shift * moves, sums.scales * 2.0**shift))
    whole = combine(found)
    require_equal(whole, given)
    again = found[0] + (found[1] + found[2])
    assert [b.levels for b in again.blocks] == [b.levels for b in whole.blocks]
    assert again.base[0, 0] == whole.base[0, 0]


def test_moving_centers_there_and_back_changes_nothing_but_the_last_digits() -> None:
    given = table(2_000)
    sums = scan(program(given, *GROUPINGS), given.batches(500))
    away = moved(sums, sums.centers + 3 * sums.scales, sums.scales * 4)
    back = moved(away, sums.centers, sums.scales)
    assert back.base == pytest.approx(sums.base, rel=1e-12, abs=1e-9)
    for pair, pairs in sums.between.items():
        assert np.abs((back.between[pair] - pairs).toarray()).max() < 1e-9
    assert moved(sums, sums.centers, sums.scales) is sums


def small() -> tuple[Table, Sums]:
    given = table(400)
    return given, scan(program(given, *GROUPINGS), given.batches(500))


@pytest.mark.parametrize("weighted", [False, True])
def test_saved_sums_are_read_as_they_were(tmp_path: Path, weighted: bool) -> None:
    given = table(400)
    sums = scan(program(given, *GROUPINGS, weighted=weighted), given.batches(500))
    sums.save(tmp_path / "a.sums")
    read = load_reduction(tmp_path / "a.sums")
    assert type(read) is Sums
    assert repr(read) == repr(sums)
    require_equal(read, given)
    assert np.array_equal(read.base, sums.base)
    assert read.columns.products == sums.columns.products
    assert combine([read, sums]).n == 800


def test_a_damaged_file_and_others_are_refused(tmp_path: Path) -> None:
    _, sums = small()
    path = tmp_path / "a.sums"
    sums.save(path)
    whole = path.read_bytes()
    place = whole.index(sums.base.tobytes())
    path.write_bytes(whole[:place] + b"\x01" + whole[place + 1 :])
    with pytest.raises(mw.DataError, match="holds no sums, or is damaged"):
        load_reduction(path)
    for held in (b"", whole[: len(whole) // 2], b"not a file of ours"):
        path.write_bytes(held)
        with pytest.raises(mw.DataError, match="holds no sums, or is damaged"):
            load_reduction(path)
    np.savez(tmp_path / "b.npz", x=np.ones(3))
    with pytest.raises(mw.DataError, match="holds no sums"):
        load_reduction(tmp_path / "b.npz")
    with pytest.raises(mw.DataError, match="there is no such file"):
        load_reduction(tmp_path / "c.sums")
    with pytest.raises(mw.DataError, match="cannot be read"):
        load_reduction(tmp_path)


def test_levels_of_few_rows_are_counted_refused_and_merged(tmp_path: Path) -> None:
    _, sums = small()
    site = sums.blocks[0]
    single, few = ((site.counts > 0) & (site.counts < k) for k in (2, 4))
    assert single.any()
    assert f"{single.sum():,} levels of site" in repr(sums)
    with pytest.raises(mw.DataError, match=f"{few.sum()} of 300 levels of site have fewer than 4"):
        sums.save(tmp_path / "a.sums", minimum=4)
    assert not (tmp_path / "a.sums").exists()
    merged = sums.merged(minimum=4)
    assert merged.blocks[0].levels[-1] == "(fewer than 4 rows)"
    assert merged.blocks[0].counts.sum() == 400
    kept = site.counts >= 4
    assert np.array_equal(merged.blocks[0].cross[:-1], site.cross[kept])
    assert merged.blocks[0].cross[-1] == pytest.approx(site.cross[~kept].sum(axis=0))
    pairs = sums.between[0, 1].toarray().reshape(300, 2, -1)
    found = merged.between[0, 1].toarray()[-2:]
    assert found.sum() == pytest.approx(pairs[~kept].sum())
    merged.save(tmp_path / "a.sums", minimum=4)
    with pytest.raises(mw.DataError, match="minimum= is 0"):
        sums.merged(minimum=0)


def test_sums_without_a_level_of_one_row_say_so() -> None:
    given = table(4_000)
    sums = scan(program(given, Grouping("clinic", (0,))), given.batches(500))
    assert "No level has one row only" in repr(sums)
    assert "40 levels of clinic: 1" in repr(sums)


def other(sums: Sums, **changes: object) -> Sums:
    return replace(sums, columns=replace(sums.columns, **changes))


def test_sums_of_other_models_are_refused_with_what_differs() -> None:
    given, sums = small()
    learned = other(sums, learned=(("scale(x1)", (3.0, 2.0)),))
    unlike = other(sums, learned=(("scale(x1)", (3.5, 2.0)),))
    with pytest.raises(mw.DataError, match=r"scale\(x1\) was learned from other rows") as said:
        combine([learned, unlike])
    assert "3 in one and 3.5 in the other" in str(said.value)
    assert "I((x - 50) / 10)" in str(said.value)
    (arm,) = sums.columns.factors
    fewer = CodedFactor("arm", ("ctrl", "low"), arm.matrix[:2, :1])
    with pytest.raises(mw.DataError, match="arm has other levels in one table") as said:
        combine([sums, other(sums, factors=(fewer,))])
    assert 'factor(arm, levels = c("ctrl", "high", "low"))' in str(said.value)
    with pytest.raises(mw.DataError, match="arm has another coding"):
        combine([sums, other(sums, factors=(replace(arm, matrix=arm.matrix - 0.5),))])
    fewer_effects = scan(program(given, *GROUPINGS[:2]), given.batches(500))
    with pytest.raises(mw.DataError, match="not of one model") as said:
        combine([sums, fewer_effects])
    assert "(1 | clinic:arm)" in str(said.value)
    weighted = scan(program(given, *GROUPINGS, weighted=True), given.batches(500))
    with pytest.raises(mw.DataError, match="Some of the sums have weights"):
        sums + weighted
    with pytest.raises(mw.DataError, match="was given a int"):
        combine([sums, 3])
    with pytest.raises(TypeError):
        sums + 3

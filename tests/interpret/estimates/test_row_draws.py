"""Draws of rows that are made block by block: every table is that of draws that are held."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.interpret.estimates.estimates import estimates_of
from mixwell.interpret.estimates.joined_estimates import side_by_side
from mixwell.interpret.estimates.row_draws import RowDraws
from mixwell.posterior import row_blocks

N, SHAPE = 23, (4, 50)
VALUES = np.random.default_rng(5).normal(size=(N, 200)) + np.arange(N)[:, None] / 10
ROWS = pd.DataFrame({"x": np.arange(N)}, index=[f"r{i}" for i in range(N)])


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_blocks, "WHOLE", 1)
    monkeypatch.setattr(row_blocks, "PART", 5 * 200)


def in_blocks() -> RowDraws:
    asked: list[slice] = []

    def make(rows: slice) -> np.ndarray:
        asked.append(rows)
        assert rows.stop - rows.start <= 5
        return VALUES[rows]

    return RowDraws.made(N, SHAPE, make)


def test_summaries_and_draws_are_those_of_the_whole(small_blocks: None) -> None:
    held, made = (estimates_of(v, SHAPE, ROWS, rope=0.5) for v in (VALUES, in_blocks()))
    pd.testing.assert_frame_equal(made.frame, held.frame)
    np.testing.assert_array_equal(made.draws, held.draws)
    pd.testing.assert_frame_equal(made.with_interval(0.5).frame, held.with_interval(0.5).frame)
    pd.testing.assert_frame_equal(made.diagnostics(), held.diagnostics())
    names = ["r0", "r22"]
    assert made.draws.sel(row=names).identical(held.draws.sel(row=names))


def test_tables_side_by_side_are_those_of_the_whole(small_blocks: None) -> None:
    pairs = [[estimates_of(v, SHAPE, ROWS) for v in (a, b)] for a, b in both_ways()]
    held, made = (side_by_side(parts, "category", ["low", "high"]) for parts in pairs)
    pd.testing.assert_frame_equal(made.frame, held.frame)
    np.testing.assert_array_equal(made.samples, held.samples)
    assert made.samples[1, 0] == -made.samples[0, 0]


def both_ways() -> list[tuple[np.ndarray | RowDraws, np.ndarray | RowDraws]]:
    return [(VALUES, -VALUES), (in_blocks(), RowDraws.made(N, SHAPE, lambda rows: -VALUES[rows]))]


def test_draws_that_do_not_fit_are_refused_and_the_table_is_not(
    small_blocks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = estimates_of(in_blocks(), SHAPE, ROWS)
    monkeypatch.setattr(mw.options, "_memory", 20_000)
    assert np.isfinite(made.frame["estimate"]).all()
    with pytest.raises(mw.DataError, match=r"draws of 23 rows take .* mixwell\.options\.memory"):
        made.draws  # noqa: B018

"""The log of queries says what was asked, in words and numbers."""

import time
from contextlib import suppress

import polars as pl
import pytest

import mixwell as mw
from mixwell import progress
from mixwell.tables.lazy import query_log
from mixwell.tables.lazy.query_log import Queries


def test_the_log_is_printed_with_purposes_seconds_and_rows() -> None:
    log = Queries("a table")
    assert repr(log) == "No query on a table yet."
    with log.running("count the rows") as query:
        query.rows = 1
    with suppress(KeyboardInterrupt), log.running("means") as query:
        query.rows = 1_000
        raise KeyboardInterrupt
    head, first, second = repr(log).splitlines()
    assert head.startswith("2 queries on a table, 0.0")
    assert first.split() == ["1", "count", "the", "rows", first.split()[4], "s", "1", "row"]
    assert second.endswith("1,000 rows, then broken off")


def test_a_block_of_queries_shows_that_it_is_alive(capsys: pytest.CaptureFixture[str]) -> None:
    log = Queries("a table")
    with log.shown(progressbar=True), log.running("means"):
        time.sleep(1.2)  # twice the time between two looks
    drawn = capsys.readouterr().err
    assert drawn.count("Reading a table: queries 0, means, ") >= 2
    assert drawn.endswith("\r")


def test_rows_of_a_long_query_are_counted_in_place_of_queries(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = Queries("a table")
    with log.shown(progressbar=True), log.counting("Adding up", 10) as bar:
        bar.add(10)
    assert "Adding up" in capsys.readouterr().err


def test_one_long_query_is_shown_by_itself_where_it_can_be_seen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_log, "shows_progress", lambda asked: asked is not False)
    monkeypatch.setattr(progress, "shows_progress", lambda: True)
    log = Queries("a table")
    with log.running("means"):
        pass
    assert capsys.readouterr().err == ""  # a short one is not
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with log.running("means"):
        pass
    assert "Reading a table: queries 1, means, 0 s so far" in capsys.readouterr().err
    with log.shown(progressbar=False), log.running("means"):
        pass
    assert capsys.readouterr().err == ""


def test_a_model_of_a_table_counts_its_queries_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_log, "shows_progress", lambda asked: asked is not False)
    monkeypatch.setattr(progress, "shows_progress", lambda: True)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    table = pl.LazyFrame({"y": [0, 1, 3, 1] * 5, "x": [1.0, 2.0, 3.0, 5.0] * 5})
    mw.options.rows_in_memory = 0
    try:
        model = mw.Model("y ~ scale(x)", table, "poisson")
    finally:
        mw.options.rows_in_memory = None
    drawn = capsys.readouterr().err
    assert "Reading a Polars LazyFrame: queries 1, count the distinct rows, 0 s so far" in drawn
    assert model.plan().seconds > 0

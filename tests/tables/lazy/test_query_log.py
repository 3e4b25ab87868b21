"""The log of queries says what was asked, in words and numbers."""

import time
from contextlib import suppress

import pytest

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
    assert drawn.count("Reading a table: queries 0") >= 2
    assert drawn.endswith("\r")


def test_rows_of_a_long_query_are_counted_in_place_of_queries(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = Queries("a table")
    with log.shown(progressbar=True), log.counting("Adding up", 10) as bar:
        bar.add(10)
    assert "Adding up" in capsys.readouterr().err

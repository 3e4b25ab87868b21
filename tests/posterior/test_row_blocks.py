"""Blocks of rows: how many there are, and that memory and threads change no number."""

import itertools

import pytest

import mixwell as mw
from mixwell.posterior.row_blocks import over_blocks, row_blocks


@pytest.fixture
def memory():
    yield
    mw.options.memory = None


def test_small_data_are_one_block() -> None:
    assert row_blocks(900, 4000) == [slice(0, 900)]


def test_large_data_are_cut_and_every_row_is_in_one_block() -> None:
    blocks = row_blocks(183_000, 4000)
    assert blocks[0] == slice(0, 125)
    assert blocks[-1].stop == 183_000
    assert all(one.stop == next_.start for one, next_ in itertools.pairwise(blocks))


def test_little_memory_makes_smaller_blocks(memory: None) -> None:
    usual = row_blocks(183_000, 4000)
    mw.options.memory = "4 GB"
    assert row_blocks(183_000, 4000) == usual
    mw.options.memory = "10 MB"
    small = row_blocks(183_000, 4000)
    assert 8 * 8 * 3 * 4000 * small[0].stop <= 10_000_000


def test_a_row_that_is_wider_than_the_memory_is_a_block(memory: None) -> None:
    mw.options.memory = "10 MB"
    assert row_blocks(3, 10_000_000) == [slice(0, 1), slice(1, 2), slice(2, 3)]


def test_every_block_is_worked_on_and_an_error_comes_through() -> None:
    seen: list[int] = []
    over_blocks(lambda rows: seen.append(rows.start), row_blocks(900, 40_000), "Working", False)
    assert sorted(seen) == list(range(0, 900, 12))
    with pytest.raises(ZeroDivisionError):
        over_blocks(lambda rows: 1 // 0, row_blocks(900, 40_000), "Working", False)

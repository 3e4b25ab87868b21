"""One scan of a table in batches: every row is read once, and both threads add up."""

import os
from collections.abc import Iterator
from threading import Event, Lock

import numpy as np
import pyarrow as pa

from mixwell.design.sums.scan.added_rows import sums_of
from mixwell.design.sums.scan.group_codes import GroupCodes
from mixwell.design.sums.scan.row_adder import RowAdder, ScannedRows
from mixwell.design.sums.scan.scan_layout import ScanLayout, centers_of
from mixwell.design.sums.scan.sums_program import SumsProgram
from mixwell.design.sums.sums import Sums
from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray
from mixwell.threads import watched

__all__ = ["scan"]

#: Threads have sums of their own up to so many bytes together; above it one adds up.
_HELD = 400_000_000


def scan(
    program: SumsProgram, batches: Iterator[pa.RecordBatch], *, workers: int | None = None
) -> Sums:
    """Add up the rows of batches, which have the columns of `program.exprs`.

    Sums are those of any order of rows to 1e-13 of sqrt(S_aa S_bb): which thread adds which batch
    is left to chance. Raises `DataError` for a table without rows, and for keys that are no level.
    """
    reader = _BatchReader(program)
    first = next(batches, None)
    while first is not None and first.num_rows == 0:
        first = next(batches, None)
    if first is None:
        raise DataError("No row is left to be summed.", hint="Look at subset() and at gaps.")
    rows = reader.rows(first)
    layout = ScanLayout(program, *_centers(rows.numbers))
    adders = [RowAdder(layout)]
    adders[0].add(rows)
    asked = workers or os.cpu_count() or 1
    held = sum(each.sums.nbytes for each in adders[0].blocks)
    count = max(1, min(asked, _HELD // max(held, 1)))
    adders += [RowAdder(layout) for _ in range(count - 1)]
    _share_out(reader, batches, adders)
    total = adders[0]
    for other in adders[1:]:
        total.joined(other)
    return sums_of(total)


def _share_out(
    reader: "_BatchReader", batches: Iterator[pa.RecordBatch], adders: list[RowAdder]
) -> None:
    """Have each adder take one batch after another."""
    lock, stop, free = Lock(), Event(), list(adders)

    def work() -> None:
        with lock:
            adder = free.pop()
        while not stop.is_set():
            with lock:
                batch = next(batches, None)
            if batch is None:
                return
            adder.add(reader.rows(batch))

    if len(adders) == 1:
        work()
    else:
        watched(work, len(adders), lambda: None, stop)


class _BatchReader:
    """What makes arrays of a program's batches."""

    def __init__(self, program: SumsProgram) -> None:
        self.program = program
        self._codes = GroupCodes(program)

    def rows(self, batch: pa.RecordBatch) -> ScannedRows:
        """Return the numbers, codes and weights of a batch."""
        program = self.program
        numbers = np.empty((len(program.numbers), batch.num_rows))
        for place in range(len(program.numbers)):
            numbers[place] = _numbers(batch.column(f"number {place}"))
        keys = [self._codes.key(k, batch.column(f"key {k}")) for k in range(len(program.keys))]
        weights = np.empty(0)
        if program.weights is not None:
            weights = _numbers(batch.column("weights"))
        by_place = dict(enumerate(keys))
        groups = [self._codes.levels(k, by_place) for k in range(len(program.groups))]
        return ScannedRows(numbers, keys, groups, weights)


def _centers(numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return centers and scales of some rows, (numbers,) both.

    Rows that are a share f of all have a mean within 1 / sqrt(f) sds of that of all.
    """
    return centers_of(numbers.mean(axis=1), numbers.std(axis=1), np.ptp(numbers, axis=1) == 0)


def _numbers(array: pa.Array) -> FloatArray:
    if array.null_count:
        raise DataError(
            "A number is missing that was there when the rows were looked at.",
            hint="Let nothing write to the table while a model is made of it.",
        )
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)

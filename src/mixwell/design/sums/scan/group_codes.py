"""Codes of a program's keys, and of the levels that they make."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mixwell.design.sums.scan.key_coder import KeyCoder, WholeCodes
from mixwell.design.sums.scan.sums_program import SumsProgram

__all__ = ["GroupCodes"]

type Codes = NDArray[np.int32]


class GroupCodes:
    """What knows the keys of a program."""

    def __init__(self, program: SumsProgram) -> None:
        self.program = program
        self._keys = [KeyCoder(key.name, key.keys) for key in program.keys]
        self._cells = {
            k: WholeCodes(np.asarray(group.cells, dtype=np.int64))
            for k, group in enumerate(program.groups)
            if group.cells is not None
        }

    def key(self, place: int, column: pa.Array) -> Codes:
        """Return the code of each row of a key; `DataError` for what is no key."""
        return self._keys[place].codes(column)

    def levels(self, block: int, codes: Mapping[int, Codes]) -> Codes:
        """Return each row's level of a block, given the codes of its keys."""
        group = self.program.groups[block]
        if group.cells is None:
            return codes[group.keys[0]]
        combined = np.zeros(len(codes[group.keys[0]]), dtype=np.int64)
        for key in group.keys:
            combined *= len(self.program.keys[key].keys)
            combined += codes[key]
        found = self._cells[block].codes(combined)
        if (found < 0).any():
            name = self.program.columns.groupings[block].factor
            raise self._keys[group.keys[0]].changed(f"a combination of levels of {name}")
        return found

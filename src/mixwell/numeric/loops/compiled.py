"""How plain loops are compiled by Numba, which keeps what it compiled.

They are few and small, so that a first run compiles them in seconds. All let go of the interpreter
while they work.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Places", "inlined", "loops", "sums"]

#: Places in x and in the values of a matrix.
type Places = NDArray[np.int32]


def loops[Function: Callable[..., Any]](function: Function) -> Function:
    """Compile loops as they stand."""
    made: Function = njit(cache=True, nogil=True, error_model="numpy")(function)
    return made


def sums[Function: Callable[..., Any]](function: Function, *, keep: bool = True) -> Function:
    """Compile loops whose sums may be taken in any order, so that they become vector instructions.

    No other liberty is taken: numbers that are not finite stay what they are. What was compiled is
    kept, unless the text has no file.
    """
    liberties = {"contract", "nsz", "reassoc"}
    options = {"nogil": True, "error_model": "numpy", "fastmath": liberties}
    made: Function = njit(cache=keep, **options)(function)
    return made


def inlined[Function: Callable[..., Any]](function: Function) -> Function:
    """Compile a function of one number into the loops that call it.

    Liberties are ruled out by name, or Numba would take over those of the loop.
    """
    options = {"nogil": True, "error_model": "numpy", "fastmath": False}
    made: Function = njit(forceinline=True, **options)(function)
    return made

"""What calls of a formula learned from the rows, as plain numbers that can be compared."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from mixwell.formula import Call, deparse

__all__ = ["learned_numbers"]


def learned_numbers(memory: Mapping[Any, Any]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """Return each call of a frame's memory with the numbers that it holds: means, units, knots.

    Calls that hold none are left out; the order is that of their texts.

    >>> from mixwell.formula import parse_expression
    >>> learned_numbers({parse_expression("mean(x)"): 2.5})
    (('mean(x)', (2.5,)),)
    """
    found: dict[str, list[float]] = {}
    for key, held in memory.items():
        call = key[0] if isinstance(key, tuple) and key else key
        if isinstance(call, Call):
            found.setdefault(deparse(call), []).extend(_numbers(held))
    return tuple((text, tuple(numbers)) for text, numbers in sorted(found.items()) if numbers)


def _numbers(held: Any) -> Iterator[float]:
    """Yield the numbers of a value, of a sequence, or of what a transform keeps."""
    if isinstance(held, bool | np.bool | str | bytes) or held is None:
        return
    if isinstance(held, int | float | np.number):
        yield float(held)
    elif isinstance(held, np.ndarray):
        if held.dtype.kind in "iuf":
            yield from map(float, held.ravel())
    elif isinstance(held, Mapping):
        for key in sorted(held, key=str):
            yield from _numbers(held[key])
    elif isinstance(held, list | tuple):
        for each in held:
            yield from _numbers(each)
    elif not isinstance(held, type):
        yield from _numbers(getattr(held, "__dict__", None))

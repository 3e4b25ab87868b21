"""What calls of a formula learned from the rows, as plain numbers that can be compared."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np

from mixwell.formula import Call, deparse

__all__ = ["learned_numbers", "put_learned"]

#: The packages whose transforms learn numbers.
_HOMES = ("mixwell", "formulae")


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
    elif _is_transform(held):
        yield from _numbers(held.__dict__)


def _is_transform(held: Any) -> bool:
    """Whether a value is a transform, ours or of formulae, whose numbers were learned."""
    home = type(held).__module__.partition(".")[0]
    return not isinstance(held, type) and home in _HOMES and hasattr(held, "__dict__")


def put_learned(
    memory: dict[Any, Any], learned: Sequence[tuple[str, tuple[float, ...]]]
) -> list[str]:
    """Put numbers that other rows taught into a memory that holds the same calls.

    Returned are the texts of calls that do not hold as many numbers here: what they make is not the
    same.

    >>> from mixwell.formula import parse_expression
    >>> memory = {parse_expression("mean(x)"): 0.5}
    >>> put_learned(memory, [("mean(x)", (2.5,))]), list(memory.values())
    ([], [2.5])
    """
    given = dict(learned)
    here = dict(learned_numbers(memory))
    lost = [
        text for text in {**given, **here} if len(given.get(text, ())) != len(here.get(text, ()))
    ]
    numbers = {text: iter(given[text]) for text in given if text not in lost}
    for key, held in memory.items():
        call = key[0] if isinstance(key, tuple) and key else key
        if isinstance(call, Call) and (text := deparse(call)) in numbers:
            memory[key] = _replaced(held, numbers[text])
    return lost


def _replaced(held: Any, numbers: Iterator[float]) -> Any:
    """Return a value with other numbers, taken in the order of `_numbers`."""
    if isinstance(held, bool | np.bool | str | bytes | type) or held is None:
        return held
    if isinstance(held, int | float | np.number):
        kind: Any = type(held)
        return kind(next(numbers))
    if isinstance(held, np.ndarray):
        if held.dtype.kind not in "iuf":
            return held
        made = [next(numbers) for _ in range(held.size)]
        return np.array(made, dtype=held.dtype).reshape(held.shape)
    if isinstance(held, Mapping):
        made_by_key = {key: _replaced(held[key], numbers) for key in sorted(held, key=str)}
        return {key: made_by_key[key] for key in held}
    if isinstance(held, list | tuple):
        return type(held)(_replaced(each, numbers) for each in held)
    if not _is_transform(held):
        return held
    changed = copy(held)
    changed.__dict__.update(_replaced(held.__dict__, numbers))
    return changed

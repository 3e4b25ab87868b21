"""Notes with each thing that stands in them left out, or with something else in its place."""

import copy
from collections.abc import Iterator
from typing import Any

#: What takes the place of each thing that is noted.
OTHERS: tuple[Any, ...] = (None, -1, 10**30, "x", [], {"x": 1})


def places(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all that stands in a JSON value."""
    parts: Any = value.items() if isinstance(value, dict) else ()
    for key, part in enumerate(value) if isinstance(value, list) else parts:
        yield (*at, key)
        yield from places(part, (*at, key))


def changed(notes: Any) -> Iterator[tuple[str, Any]]:
    """The notes with each thing left out, and with something else in its place."""
    for place in places(notes):
        *way, last = place
        for other in ("left out", *OTHERS):
            new = copy.deepcopy(notes)
            inner = new
            for key in way:
                inner = inner[key]
            if other == "left out":
                del inner[last]
            else:
                inner[last] = other
            yield f"{place}: {other!r}", new

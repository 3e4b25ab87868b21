"""A place in a text, marked by a caret under its line."""

import unicodedata

__all__ = ["INDENT", "under_caret"]

INDENT = "    "
WIDEST_LINE = 96  # a longer line of a formula is cut around the place


def under_caret(text: str, start: int | None, stop: int | None) -> str | None:
    """Return the line of ``text`` that holds ``start`` and, below it, the caret line."""
    if not text or start is None:
        return None
    first = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    line = text[first : len(text) if end < 0 else end]
    at = start - first
    length = max(1, min((start + 1 if stop is None else stop) - start, len(line) - at))
    line, at, length = _window(line, at, length)
    line = "".join(c if c.isprintable() else " " for c in line)
    pad = " " * _width(line[:at])
    marks = max(1, _width(line[at : at + length]))
    return f"{INDENT}{line}\n{INDENT}{pad}^{'~' * (marks - 1)}"


def _window(line: str, at: int, length: int) -> tuple[str, int, int]:
    """Cut a long line around the place, so that the caret stays in sight."""
    if len(line) <= WIDEST_LINE:
        return line, at, length
    left = max(0, min(at - WIDEST_LINE // 2, len(line) - WIDEST_LINE))
    cut = line[left : left + WIDEST_LINE]
    head = "..." if left else ""
    tail = "..." if left + WIDEST_LINE < len(line) else ""
    length = max(1, min(length, len(cut) - (at - left)))
    return head + cut + tail, at - left + len(head), length


def _width(text: str) -> int:
    """Return how many terminal cells a text fills: East Asian wide characters fill two."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)

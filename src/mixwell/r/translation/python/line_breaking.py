"""Expressions of Python in lines, broken as formatters do."""

from collections.abc import Sequence

from mixwell.r.translation.python.pycode import Code

WIDTH = 88
INDENT = "    "
MANY = 12  # more items than this are data


def layout(code: Code, prefix: str = "", suffix: str = "", indent: str = "") -> list[str]:
    """Return the lines of a statement: one where it fits, else broken as formatters do.

    >>> from mixwell.r.translation.python.pycode import call, raw
    >>> layout(call("f", raw("a" * 50), raw("b" * 40)), prefix="x = ")[0]
    'x = f('
    """
    whole = f"{indent}{prefix}{code.text}{suffix}"
    if len(whole) <= WIDTH or not (code.items or code.head is not None):
        return [whole]
    if code.head is not None and not code.closing:  # a named argument or a pair
        return layout(code.head, prefix + code.opening, suffix, indent)
    if not code.opening:
        return _broken_operands(code, prefix, suffix, indent)
    before = code.head.text if code.head is not None else ""
    opener = f"{indent}{prefix}{before}{code.opening}"
    inner = code.head is not None and bool(code.head.closing)
    if not code.items and not inner:
        return [whole]
    if code.head is not None and inner and (len(opener) > WIDTH or not code.items):
        return _chained(code, prefix, suffix, indent)
    return [opener, *_inside(code, indent + INDENT), f"{indent}{code.closing}{suffix}"]


def _chained(code: Code, prefix: str, suffix: str, indent: str) -> list[str]:
    """Return the lines of `head.method(...)` with a head that is broken itself."""
    assert code.head is not None
    tail = code.text[len(code.head.text) :] + suffix
    lines = layout(code.head, prefix, tail, indent)
    if len(lines[-1]) <= WIDTH or not code.items:
        return lines
    *before, last = layout(code.head, prefix, code.opening, indent)
    return [*before, last, *_inside(code, indent + INDENT), f"{indent}{code.closing}{suffix}"]


def _inside(code: Code, indent: str) -> list[str]:
    inside = indent + code.joint.join(item.text for item in code.items)
    if len(inside) <= WIDTH:
        return [inside]
    if len(code.items) == 1 and _is_operation(code.items[0]):
        return [f"{indent}{part.text}" for part in code.items[0].items]
    if len(code.items) > MANY and all(_is_plain(item) for item in code.items):
        return _filled(code.items, indent)
    comma = "," if code.comma and len(code.items) > 1 else ""
    return [line for item in code.items for line in layout(item, "", comma, indent)]


def _is_plain(code: Code) -> bool:
    return not code.items and code.head is None and len(code.text) < WIDTH // 2


def _filled(items: Sequence[Code], indent: str) -> list[str]:
    """Return data as full lines; a line for each number would hide the script."""
    lines, line = [], indent
    for item in items:
        if len(line) + len(item.text) + 1 > WIDTH and line != indent:
            lines.append(line.rstrip())
            line = indent
        line += f"{item.text}, "
    return [*lines, line.rstrip()]


def _is_operation(code: Code) -> bool:
    return bool(code.items) and not code.opening


def _broken_operands(code: Code, prefix: str, suffix: str, indent: str) -> list[str]:
    lines = [f"{indent}{INDENT}{part.text}" for part in code.items]
    return [f"{indent}{prefix}(", *lines, f"{indent}){suffix}"]

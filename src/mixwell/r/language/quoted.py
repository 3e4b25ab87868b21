r"""Quoted R text to what it means: escapes in strings and backticks, and raw strings."""

import re

from mixwell.r.language.r_errors import RSyntaxError

_ESCAPE = re.compile(
    r"""
      (?P<bytes>(?:\\x[0-9a-fA-F]{1,2}|\\[0-7]{1,3})+)
    | \\u(?:(?P<four>[0-9a-fA-F]{1,4})|\{(?P<braced_four>[0-9a-fA-F]{1,4})\})
    | \\U(?:(?P<eight>[0-9a-fA-F]{1,8})|\{(?P<braced_eight>[0-9a-fA-F]{1,8})\})
    | \\(?P<plain>[ntrabfv\\"'`\ \n])
    | \\(?P<unknown>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BYTE = re.compile(r"\\x([0-9a-fA-F]{1,2})|\\([0-7]{1,3})")
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}

_RAW = re.compile(r"""[rR](["'])(-*)([\[({])""")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def unquote(piece: str, start: int, text: str) -> str:
    r"""Return what a piece in quotes or backticks means; it stands at ``start`` of ``text``.

    RSyntaxError for an escape that R does not know.

    Examples
    --------
    >>> unquote(r"'caf\u00e9'", 0, r"'caf\u00e9'")
    'café'
    """
    if "\\" not in piece:
        return piece[1:-1]
    kinds: set[str] = set()

    def value(found: re.Match[str]) -> str:
        kind = found.lastgroup or ""
        character = _escaped(kind, found[kind])
        where, stop = start + 1 + found.start(), start + 1 + found.end()
        if character is None:
            is_path = kind != "unknown" or found["unknown"].isalpha()
            hint = 'In a path write "/"; for' if is_path else "For"
            wrong = f'No escape in a string: "{found.group()}"'
            raise RSyntaxError(wrong, text, where, stop, f"{hint} a backslash, write two.")
        if kind != "plain":
            kinds.add("bytes" if kind == "bytes" else "character")
        if len(kinds) > 1:
            raise RSyntaxError(r"Mixed with \x in one string: \u or \U", text, where, stop)
        return character

    return _ESCAPE.sub(value, piece[1:-1])


def raw_string(text: str, start: int) -> tuple[str, int]:
    r"""Return what a raw string such as ``r"-(C:\data)-"`` means, and where it ends.

    RSyntaxError where the quotes hold no brackets, or nothing ends it.

    Examples
    --------
    >>> raw_string(r'x <- r"(C:\data)"', 5)
    ('C:\\data', 17)
    """
    opening = _RAW.match(text, start)
    if opening is None:
        hint = 'A raw string has brackets inside its quotes: r"(text)".'
        raise RSyntaxError("No raw string: the text", text, start, start + 2, hint)
    mark, dashes, bracket = opening.groups()
    closing = _CLOSING[bracket] + dashes + mark
    found = text.find(closing, opening.end())
    if found < 0:
        hint = f"It would end with {closing}"
        raise RSyntaxError("Never closed: the raw string", text, start, opening.end(), hint)
    return text[opening.end() : found], found + len(closing)


def _escaped(kind: str, body: str) -> str | None:
    """Return the text of an escape, or None where R knows no such thing."""
    if kind == "plain":
        return _PLAIN.get(body, body)
    if kind == "unknown":
        return None
    if kind == "bytes":
        numbers = [int(x, 16) if x else int(octal, 8) for x, octal in _BYTE.findall(body)]
        return _decoded(numbers) if all(0 < number < 256 for number in numbers) else None
    number = int(body, 16)
    is_character = 0 < number < 0x110000 and not 0xD800 <= number < 0xE000
    return chr(number) if is_character else None


def _decoded(numbers: list[int]) -> str:
    r"""Return the text of \x bytes: UTF-8 where they are, else Latin-1."""
    try:
        return bytes(numbers).decode("utf-8")
    except UnicodeDecodeError:
        return bytes(numbers).decode("latin-1")

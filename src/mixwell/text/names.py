"""Names as formulas write them, and as users may give them: in backticks or plain.

Whatever is printed can be typed: `quote_name` writes the name of a column, and what users give is
read by `known_column` (columns of data) or `known_name` (names made of columns: `sd_user`,
`x:f[b]`), which take both the plain and the quoted form. Other places ask here.
"""

import re
import unicodedata
from collections.abc import Callable, Collection

from mixwell.errors import DataError, did_you_mean

# Words that are no column names unless quoted: R's reserved words and the constants of Python.
RESERVED = frozenset(
    {"if", "else", "for", "while", "repeat", "function", "next", "break", "in"}
    | {"NA", "NaN", "NA_integer_", "NA_real_", "NA_character_"}
    | {"TRUE", "FALSE", "NULL", "Inf", "True", "False", "None"}
)
#: What no column of a formula can be called, and why.
NO_NAMES = {
    "": "A quoted name is empty.",
    ".": 'A column called "." would be mistaken for ".", which stands for all columns.',
}
_PLAIN_NAME = re.compile(r"(?:[^\W\d]|\.(?![0-9]))[\w.]*")
_WRITTEN = {"\\": "\\\\", "`": "\\`", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_READ = dict(zip("ntr\\\"'`", "\n\t\r\\\"'`", strict=True))
#: What a backslash inside of quotes begins; what follows it is a mark, or the code of a character.
ESCAPE = re.compile(
    r"\\(u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}"  # Python's, and R's own:
    r"|[uU]\{0*(?:[0-9a-fA-F]{1,5}|10[0-9a-fA-F]{4})\}|.|$)",
    re.DOTALL,
)
#: A name in backticks.
QUOTED = re.compile(r"`((?:[^`\\]|\\.)*)`", re.DOTALL)
_QUOTED_WHOLE = re.compile(r"(`(?:[^`\\]|\\.)*`)", re.DOTALL)
_PIECE = re.compile(r"""`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|.""", re.DOTALL)


def quote_name(name: str) -> str:
    r"""Return a name as it stands in a formula: in backticks where it needs them.

    What could not be seen is written by its code, so that it can be typed.

    Examples
    --------
    >>> quote_name("x.1"), quote_name("odd name")
    ('x.1', '`odd name`')
    >>> print(quote_name("a`b"), quote_name("a\u00a0b"))
    `a\`b` `a\u00a0b`
    """
    if _is_plain(name):
        return name
    return f"`{''.join(map(_written, name))}`"


def quoted(text: str) -> str:
    r"""Return a text as Python code writes it: in double quotes where these need no more.

    >>> print(quoted("dose (mg)"), quoted('a"b'))
    "dose (mg)" 'a"b'
    """
    return repr(text) if repr(f"'{text}") != f'"\'{text}"' else f'"{text}"'


def _is_plain(name: str) -> bool:
    letters = name if name.isascii() else "".join(c for c in name if not is_mark(c))
    plain = _PLAIN_NAME.fullmatch(letters) and not is_mark(name[0])
    return bool(plain) and name not in RESERVED and not is_hidden(name)


def _written(character: str) -> str:
    if character in _WRITTEN:
        return _WRITTEN[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"


def is_mark(character: str) -> bool:
    """Return whether a character combines with the one before it, as accents and vowel signs do.

    Examples
    --------
    >>> is_mark("\u0301"), is_mark("e")
    (True, False)
    """
    return not character.isascii() and unicodedata.category(character).startswith("M")


def is_hidden(name: str) -> bool:
    """Return whether a dotted part of a name starts with two underscores, or the dots are R's own.

    Examples
    --------
    >>> is_hidden("__import__"), is_hidden("x.__class__"), is_hidden("a__b")
    (True, True, False)
    """
    return ("__" in name and any(part.startswith("__") for part in name.split("."))) or (
        name.startswith("..")
    )


def escaped_character(escape: str) -> str | None:
    r"""Return what a backslash and what follows it stand for inside of quotes, None for nothing.

    Examples
    --------
    >>> escaped_character(r"\t"), escaped_character(r"\u00b5"), escaped_character(r"\U{b5}")
    ('\t', 'µ', 'µ')
    """
    mark = escape[1:]
    return chr(int(mark[1:].strip("{}"), 16)) if len(mark) > 1 else _READ.get(mark)


def unquoted(text: str) -> str:
    """Return a text with the names in backticks plain; other backticks stay.

    Examples
    --------
    >>> unquoted("sd_`school id`[`odd name`]")
    'sd_school id[odd name]'
    """
    return QUOTED.sub(lambda found: _plain(found.group(1)), text)


def _plain(body: str) -> str:
    return ESCAPE.sub(lambda e: escaped_character(e.group()) or e.group(), body)


def same_letters(name: str) -> str:
    """Return a name in which one letter is one however it was composed (Unicode's form C).

    Examples
    --------
    >>> same_letters("e\u0301") == "\u00e9"
    True
    """
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def outside_quotes(text: str, change: Callable[[str], str]) -> str:
    """Return a text with what stands outside of backticks changed."""
    parts = _QUOTED_WHOLE.split(text)
    parts[::2] = map(change, parts[::2])
    return "".join(parts)


def tight(text: str) -> str:
    """Return a text without the blanks outside of backticks.

    Examples
    --------
    >>> tight("x : `odd name`")
    'x:`odd name`'
    """
    return outside_quotes(text, lambda part: "".join(part.split()))


def known_column(given: object, columns: Collection[str]) -> str | None:
    """Return the column that a text names, plain or in backticks; None for none.

    Examples
    --------
    >>> known_column("`odd name`", ["odd name"]), known_column("odd", ["odd name"])
    ('odd name', None)
    """
    if not isinstance(given, str):
        return None
    for form in (given, same_letters(given), same_letters(given.strip())):
        if form in columns:
            return form
    whole = QUOTED.fullmatch(given.strip())
    meant = same_letters(_plain(whole.group(1))) if whole else None
    return meant if meant in columns else None


def known_name(given: object, names: Collection[str]) -> str | None:
    """Return the printed name that a text means: columns plain or quoted, blanks as one likes.

    None for no name, and where several could be meant.

    Examples
    --------
    >>> known_name("sd_odd name", ["sd_`odd name`", "x:f[b]"])
    'sd_`odd name`'
    >>> known_name("x : f[b]", ["sd_`odd name`", "x:f[b]"])
    'x:f[b]'
    """
    if not isinstance(given, str) or given in names:
        return given if isinstance(given, str) else None
    given = same_letters(given)
    for asked, own in _READINGS:
        wanted = asked(given)
        found = [name for name in names if own(name) == wanted]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _loose(text: str) -> str:
    return "".join(unquoted(text).split())


# How what is given and what is known are made alike, the closest reading first.
_READINGS = (
    (str, same_letters),
    (str, unquoted),
    (unquoted, str),
    (tight, tight),
    (_loose, _loose),
)


def require_column(
    given: object, columns: Collection[str], message: str, *, where: str | None = None
) -> str:
    """Return the column that a text names; `DataError` with the nearest ones for another."""
    found = known_column(given, columns)
    if found is None:
        raise DataError(message, where=where, hint=did_you_mean(given, columns))
    return found


def require_name(
    given: object, names: Collection[str], message: str, *, where: str | None = None
) -> str:
    """Return the printed name that a text means; `DataError` with the nearest ones for another."""
    found = known_name(given, names)
    if found is None:
        raise DataError(message, where=where, hint=did_you_mean(given, names))
    return found


def pieces(text: str) -> list[str]:
    """Return the characters of a text, what is quoted in one piece.

    Examples
    --------
    >>> pieces("x:`a b`")
    ['x', ':', '`a b`']
    """
    return _PIECE.findall(text)


def split_names(text: str, columns: Collection[str]) -> list[str]:
    """Return the names that `a:b` or `a * b` joins; a column that is called so is one.

    Examples
    --------
    >>> split_names("a * cut(x, 1:3)", ["a", "x"]), split_names("a:b", ["a:b"])
    (['a', 'cut(x, 1:3)'], ['a:b'])
    """
    if known_column(text, columns) is not None:
        return [text]
    return [part.strip() for part in split_at(text, ":*")]


def split_at(text: str, marks: str) -> list[str]:
    """Return the parts of a text between marks that stand outside of brackets and quotes.

    Brackets that are never closed hold nothing together.

    Examples
    --------
    >>> split_at("f[a:b]:`x:y`", ":"), split_at("f[[a]:x", ":")
    (['f[a:b]', '`x:y`'], ['f[[a]', 'x'])
    """
    parts, still_open = _split(text, marks, "([")
    return _split(text, marks, "")[0] if still_open else parts


def _split(text: str, marks: str, opening: str) -> tuple[list[str], int]:
    parts: list[list[str]] = [[]]
    depth = 0
    for piece in pieces(text):
        depth = max(0, depth + (piece in tuple(opening)) - (piece in (")", "]")))
        if piece in marks and not depth:
            parts.append([])
        else:
            parts[-1].append(piece)
    return ["".join(part) for part in parts], depth

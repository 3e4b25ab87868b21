"""R's text to tokens: every character is read, or refused with a caret."""

import re
from typing import NamedTuple

from mixwell.r.language import nodes as r
from mixwell.r.language.quoted import raw_string, unquote
from mixwell.r.language.r_errors import RSyntaxError


class Token(NamedTuple):
    """One piece of the text; ``value`` is what a number, a string or a name means.

    ``newline`` says whether a line ends between the token before and this one.
    """

    kind: str  # "number", "string", "name", "constant", "keyword", "special", "op" or "end"
    text: str
    value: str | int | float
    span: r.Span
    newline: bool


class Tokens(NamedTuple):
    """All tokens of a text, the last of which has the kind "end", and all comments.

    Where the text stops making sense, the tokens end and ``wrong`` says why: the parser, which
    may find an earlier fault, raises it.
    """

    tokens: list[Token]
    comments: list[r.Comment]
    wrong: RSyntaxError | None


KEYWORDS = frozenset({"if", "else", "for", "while", "repeat", "function", "next", "break", "in"})
CONSTANTS = frozenset(
    {"TRUE", "FALSE", "NULL", "Inf", "NaN"}
    | {"NA", "NA_integer_", "NA_real_", "NA_complex_", "NA_character_"}
)

_NAME = r"(?:[^\W\d_]|\.(?![0-9]))[\w.]*"
_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>\#[^\n]*)
    | (?P<raw>[rR](?=["']))
    | (?P<name>"""
    + _NAME
    + r""")
    | (?P<op><<-|->>|<-|->|<=|>=|==|!=|:::?|:=|\|>|\|\||&&|\*\*|\[\[|[-+*/^~?!<>=&|:$@,;(){}\[\]\\])
    | (?P<number>0[xX](?:[0-9a-fA-F]+|(?=\.[0-9a-fA-F]))(?:(?:\.[0-9a-fA-F]*)?[pP][+-]?[0-9]+)?[Li]?
        |(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[Li]?)
    | (?P<string>"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*')
    | (?P<special>%[^%\n]*%)
    | (?P<quoted>`[^`\\]*(?:\\.[^`\\]*)*`)
    | (?P<placeholder>_(?![\w.]))
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD_TAIL = re.compile(r"[\w.]*")
_LARGEST_INTEGER = 2**31 - 1


def tokenize(text: str) -> Tokens:
    r"""Split R's text into tokens and comments.

    Line ends are ``\n`` (``reader.read_r`` sees to that). Wrong is a character that begins
    nothing, a string that never ends, a broken escape or a broken number.

    Examples
    --------
    >>> tokens, comments, wrong = tokenize("fit <- lm(y ~ 1e3L) # short")
    >>> [token.text for token in tokens]
    ['fit', '<-', 'lm', '(', 'y', '~', '1e3L', ')', '']
    >>> tokens[6].value, comments[0].text, wrong
    (1000, '# short', None)
    """
    tokens: list[Token] = []
    comments: list[r.Comment] = []
    try:
        if "\0" in text:
            raise _unreadable(text, text.index("\0"), tokens)
        last, newline = _split(text, tokens, comments)
        wrong = None
    except RSyntaxError as error:
        wrong = error
        start = error.start or 0
        last, newline = r.Span(start, start, error.line, error.column), True
    tokens.append(Token("end", "", "", last, newline))
    return Tokens(tokens, comments, wrong)


def _split(text: str, tokens: list[Token], comments: list[r.Comment]) -> tuple[r.Span, bool]:
    """Fill the lists, and return the place of the text's end and whether it begins a line."""
    match = _TOKEN.match
    at, end, line, before_line, newline = 0, len(text), 1, -1, True
    while at < end:
        found = match(text, at)
        if found is None:
            raise _unreadable(text, at, tokens)
        kind, piece, start = found.lastgroup or "", found.group(), at
        at = found.end()
        if kind == "space":
            if "\n" in piece:
                newline = True
                line += piece.count("\n")
                before_line = start + piece.rindex("\n")
            continue
        value = piece
        if kind == "raw":
            value, at = raw_string(text, start)
            kind, piece = "string", text[start:at]
        elif kind in ("string", "quoted"):
            value = unquote(piece, start, text)
        span = r.Span(start, at, line, start - before_line)
        if kind == "comment":
            comments.append(r.Comment(piece.rstrip(), span))
            continue
        tokens.append(_token(kind, piece, value, span, newline, text))
        newline = False
        if "\n" in piece:
            line += piece.count("\n")
            before_line = start + piece.rindex("\n")
    return r.Span(end, end, line, end - before_line), newline


def _token(kind: str, piece: str, value: str, span: r.Span, newline: bool, text: str) -> Token:
    if kind == "name":
        if piece in KEYWORDS:
            kind = "keyword"
        elif piece in CONSTANTS:
            kind = "constant"
        elif not _is_word(piece):
            raise _odd_name(piece, span, text)
    elif kind == "number":
        return _number(piece, span, newline, text)
    elif kind == "quoted" and not value:
        raise RSyntaxError("Empty: the name ``", text, span.start, span.stop)
    elif kind in ("quoted", "placeholder"):
        kind = "name"
    return Token(kind, piece, value, span, newline)


def _number(piece: str, span: r.Span, newline: bool, text: str) -> Token:
    tail = _WORD_TAIL.match(text, span.stop)
    if tail and tail.group():
        hint = "A name that starts with a digit needs backticks."
        wrong = f'Neither a number nor a name: "{piece}{tail.group()}"'
        raise RSyntaxError(wrong, text, span.start, tail.end(), hint)
    if piece.endswith("i"):
        return Token("constant", piece, piece, span, newline)
    digits = piece.removesuffix("L")
    value = _hexadecimal(digits) if digits[:2] in ("0x", "0X") else float(digits)
    is_whole = piece.endswith("L") and abs(value) <= _LARGEST_INTEGER and value.is_integer()
    return Token("number", piece, int(value) if is_whole else value, span, newline)


def _hexadecimal(digits: str) -> float:
    try:
        return float.fromhex(digits)
    except OverflowError:
        return float("inf")


_ODD = {
    **dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}", 'Write "-".'),
    "\N{MULTIPLICATION SIGN}": 'Write "*".',
    "\N{TILDE OPERATOR}": 'Write "~".',
    **dict.fromkeys("\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}", "Write '\"'."),
    **dict.fromkeys("\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}", 'Write "\'".'),
    "\N{HORIZONTAL ELLIPSIS}": 'Write "...".',
    "\0": "Is the file in UTF-16, or no text at all?",
    "_": "A name begins with a letter or a dot.",
}


def _unreadable(text: str, at: int, tokens: list[Token]) -> RSyntaxError:
    mark = text[at]
    if mark in "\"'`":
        long = next((each for each in tokens if each.kind == "string" and "\n" in each.text), None)
        began = f"A string began on line {long.span.line}: was it to end there?" if long else None
        return RSyntaxError(f"Never closed: the quotation mark {mark}", text, at, at + 1, began)
    if mark == "%":
        hint = "An operator such as %in% ends with % on the same line."
        return RSyntaxError('Never closed: the "%"', text, at, at + 1, hint)
    shown = f'"{mark}"' if mark.isprintable() else f"U+{ord(mark):04X}, which is invisible"
    return RSyntaxError(f"No part of R: the character {shown}", text, at, at + 1, _ODD.get(mark))


def is_name(text: str) -> bool:
    """Return whether a text is a name that needs no backticks.

    Examples
    --------
    >>> is_name("x.1"), is_name("a b"), is_name("if")
    (True, False, False)
    """
    return (
        re.fullmatch(_NAME, text) is not None
        and _is_word(text)
        and text not in KEYWORDS | CONSTANTS
    )


def _is_word(piece: str) -> bool:
    # The pattern's \\w also takes superscripts and similar marks, which R refuses.
    return piece.isascii() or piece.replace(".", "_").isidentifier()


def _odd_name(piece: str, span: r.Span, text: str) -> RSyntaxError:
    at = next((i for i, c in enumerate(piece) if c != "." and not f"a{c}".isidentifier()), 0)
    where = span.start + at
    hint = "A name with this character needs backticks."
    return RSyntaxError(f'No part of a name: "{piece[at]}"', text, where, where + 1, hint)

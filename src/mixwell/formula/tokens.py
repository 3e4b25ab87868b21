"""Text to tokens: every character is read, or refused with a caret."""

import re
from typing import NamedTuple

from mixwell.errors import FormulaError
from mixwell.formula.deparse import EXACT_INTEGERS
from mixwell.text.names import ESCAPE, NO_NAMES, escaped_character, is_hidden, is_mark


class Token(NamedTuple):
    """One piece of the text and its place; ``value`` is what a number or quoted text means."""

    kind: str  # "number", "name", "quoted", "text", "op" or "end"
    text: str
    start: int
    stop: int
    value: str | int | float | None = None

    @property
    def span(self) -> tuple[int, int]:
        """Where the piece stands."""
        return self.start, self.stop


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<refused>:::?|:=|//|<-|->|\|>|&&)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?L?)
    | (?P<name>(?:[^\W\d]|\.)[\w.]*)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<quoted>`(?:[^`\\]|\\.)*`)
    | (?P<op>%in%|%%|%/%|\*\*|\|\||<=|>=|==|!=|[-+*/^:()\[\],=~|&<>!])
    )""",
    re.VERBOSE | re.DOTALL,
)

# Spellings that look like operators and are none here: what they are, and what works.
_ASSIGNMENT = "There is no assignment in a formula."
_PACKAGE = "A package cannot be named in a formula."
_BRACKETS = "There are no curly brackets in a formula."
_MINUS = ("This is not the plain minus sign.", 'Write "-".')
_DOUBLE = ("This is not a plain quotation mark.", "Write '\"'.")
_SINGLE = ("This is not a plain quotation mark.", 'Write "\'".')
_REFUSED = {
    "//": ("There is no operator //.", 'Write "/" for nesting, or I(x %/% z) for whole division.'),
    "<-": (_ASSIGNMENT, 'For "less than minus", put a space between: x < -1.'),
    **dict.fromkeys(("->", ":="), (_ASSIGNMENT, None)),
    ":::": (_PACKAGE, 'Leave out the part up to ":::".'),
    "::": (_PACKAGE, 'Leave out the part up to "::".'),
    "|>": ("There is no pipe in a formula.", "Write the call itself: log(x)."),
    "&&": ("&& takes single values, not columns.", "Write &."),
    "$": ("A formula reads columns by their name alone.", 'Leave out the part up to "$".'),
    "@": ("There is no operator @ in a formula.", None),
    "{": (_BRACKETS, "Write I(...) for arithmetic."),
    "}": (_BRACKETS, None),
    ";": ("A formula is one line of the language; there is no semicolon.", None),
    "#": ("There are no comments in a formula.", None),
    "\\": ("There is no backslash in a formula outside quotes.", None),
    "?": ("There is no operator ? in a formula.", None),
    **dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}", _MINUS),
    "\N{MULTIPLICATION SIGN}": ("This is not the plain star.", 'Write "*".'),
    "\N{TILDE OPERATOR}": ("This is not the plain tilde.", 'Write "~".'),
    **dict.fromkeys("\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}", _DOUBLE),
    **dict.fromkeys("\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}", _SINGLE),
}
#: Characters of a formula: names of thousands of columns have fewer.
LONGEST = 40_000
#: Words, numbers and operators of a formula: sums of thousands of columns have fewer. Those that
#: are more than words with a sign or comma before them take several times as long to refuse.
MOST_TOKENS, MOST_OTHERS = 12_000, 3_000
#: How often a formula may mean all other columns, which are as many terms each time.
MOST_DOTS = 50
_SPACE = re.compile(r"\s*")
_BEFORE, _WORDS = ("+", "-", ","), ("name", "quoted", "number", "text")
_ALL = '"." stands for all other columns: y ~ . or y ~ . - a.'
_BRACED = re.compile(r"\{([^{}]+)\}")
_DICTIONARY = re.compile(r"""\s*(?:"[^"]*"|'[^']*')\s*:""")
_SPECIAL = re.compile(r"%[^%\n]*%")
_WORD_GOES_ON = re.compile(r"[\w.]*")


def require_length(text: str, hint: str | None = None) -> None:
    """Refuse a text that asks for more work than a formula is; `FormulaError`."""
    if len(text) > LONGEST:
        said = f"The text has {len(text):,} characters, and at most {LONGEST:,} are read."
        raise FormulaError(said, hint=hint)


def tokenize(text: str) -> list[Token]:
    """Split a formula's text into tokens, the last of which has the kind "end".

    FormulaError for any character that is no part of the language, and for too many.

    Examples
    --------
    >>> [token.text for token in tokenize("y ~ x**2")]
    ['y', '~', 'x', '**', '2', '']
    """
    require_length(text, _ALL)
    tokens: list[Token] = []
    at, end = 0, len(text)
    after_sign, others, dots = False, 0, 0
    while at < end:
        found = _TOKEN.match(text, at)
        kind = None if found is None else found.lastgroup
        if found is None or kind is None or kind == "refused":
            start = _SPACE.match(text, at).end()  # type: ignore[union-attr]
            if start == end:
                break
            raise _unreadable(text, start, start + 1 if found is None else found.end())
        start, at = found.span(kind)
        while kind == "name" and at < end and is_mark(text[at]):
            at = _end_of_word(text, at + 1)
        token = _token(kind, text[start:at], start, at, text)
        tokens.append(token)
        is_sign = kind == "op" and token.text in _BEFORE
        others += not (is_sign or (after_sign and kind in _WORDS))
        dots += kind == "name" and token.text == "."
        if len(tokens) > MOST_TOKENS or others > MOST_OTHERS or dots > MOST_DOTS:
            raise _too_long(token, len(tokens), others, text)
        after_sign = is_sign
    tokens.append(Token("end", "", end, end))
    return tokens


def _too_long(token: Token, count: int, others: int, text: str) -> FormulaError:
    if count > MOST_TOKENS:
        said = f"The text has more than {MOST_TOKENS:,} words, numbers and operators."
        return FormulaError.at(token.span, said, text, _ALL)
    if others > MOST_OTHERS:
        said = (
            f"The text has more than {MOST_OTHERS:,} words and operators that are no plain sum or "
            "list."
        )
        hint = "Make such columns in the data first, and add them by their names."
        return FormulaError.at(token.span, said, text, hint)
    said = f'The text has "." more than {MOST_DOTS} times, which is all other columns each time.'
    return FormulaError.at(token.span, said, text, "Once is enough: y ~ . or y ~ .^2.")


def _end_of_word(text: str, at: int) -> int:
    found = _WORD_GOES_ON.match(text, at)
    return found.end() if found else at


def _token(kind: str, piece: str, start: int, stop: int, text: str) -> Token:
    if kind == "op":
        return Token(kind, piece, start, stop)
    if kind == "name":
        if is_hidden(piece):
            hint = "Put backticks around it if a column has this name." if "__" in piece else None
            message = f'The name "{piece}" is not allowed in a formula.'
            raise FormulaError.at((start, stop), message, text, hint)
        return Token(kind, piece, start, stop, piece)
    if kind == "number":
        return Token(kind, piece, start, stop, _read_number(piece, start, stop, text))
    value = _unescape(piece[1:-1], start + 1, text)
    if kind == "text":
        return Token(kind, piece, start, stop, value)
    if value in NO_NAMES:
        raise FormulaError.at((start, stop), NO_NAMES[value], text, "Rename the column.")
    return Token(kind, piece, start, stop, value)


def _read_number(piece: str, start: int, stop: int, text: str) -> int | float:
    tail = text[stop : _end_of_word(text, stop)]
    if tail:
        message = f'"{piece}{tail}" is neither a number nor a name.'
        hint = "A column whose name starts with a digit needs backticks."
        raise FormulaError.at((start, stop + len(tail)), message, text, hint)
    value = float(piece.removesuffix("L"))
    if value == float("inf"):
        raise FormulaError.at((start, stop), "This number is too large.", text)
    if piece.endswith("L") and not value.is_integer():
        raise FormulaError.at((start, stop), f"{piece} is not a whole number.", text)
    digits = piece.removesuffix("L")
    if digits.isdigit():  # exact, so that a long identifier is the level that it names
        return int(digits)
    return int(value) if piece.endswith("L") and value < EXACT_INTEGERS else value


def _unescape(body: str, start: int, text: str) -> str:
    def read(escape: re.Match[str]) -> str:
        character = escaped_character(escape.group())
        if character is None:
            message = f'"{escape.group()}" means nothing inside quotes.'
            place = start + escape.start(), start + escape.end()
            raise FormulaError.at(place, message, text, "For a backslash, write two.")
        return character

    return ESCAPE.sub(read, body)


def _unreadable(text: str, start: int, stop: int) -> FormulaError:
    piece = text[start:stop]
    hint: str | None = None
    braces = _BRACED.match(text, start)
    if braces:
        stop, message, hint = braces.end(), _BRACKETS, f"Write I({braces.group(1).strip()})."
        if _DICTIONARY.match(braces.group(1)):
            hint = 'Give a dictionary outside it: contrasts={"block": ...}.'
    elif piece in _REFUSED:
        message, hint = _REFUSED[piece]
    elif piece in "\"'`":
        message, stop = "This quotation mark is never closed.", len(text)
    elif piece == "%":
        special = _SPECIAL.match(text, start)
        stop = special.end() if special else stop
        message = f"There is no operator {text[start:stop]} in a formula."
        inside = special.group().strip("%").strip() if special else ""
        hint = "Write %in%." if inside.lower() == "in" else "The remainder is I(x %% 2)."
    else:
        message = f"The character {piece!r} is not part of the formula language."
    return FormulaError.at((start, stop), message, text, hint)

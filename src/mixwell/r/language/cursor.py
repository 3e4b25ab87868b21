"""The place of a parser among R's tokens and brackets, and the errors for a place."""

from mixwell.r.language import nodes as r
from mixwell.r.language.r_errors import RSyntaxError
from mixwell.r.language.tokens import Token, Tokens

# Source: R 4.2 ?Syntax and gram.y, lowest first.
HELP, EQUALS, COMPARISON, SUM, SPECIAL, MEMBER, CALL = 5, 15, 70, 80, 100, 140, 150
BINDING = {
    "?": HELP,
    "=": EQUALS,
    **dict.fromkeys(("<-", "<<-", ":="), 20),
    **dict.fromkeys(("->", "->>"), 25),
    "~": 30,
    **dict.fromkeys(("|", "||"), 40),
    **dict.fromkeys(("&", "&&"), 50),
    **dict.fromkeys(("==", "!=", "<", ">", "<=", ">="), COMPARISON),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/"), 90),
    "|>": SPECIAL,  # as every %op%
    ":": 110,
    **dict.fromkeys(("^", "**"), 130),
    **dict.fromkeys(("$", "@"), MEMBER),
    **dict.fromkeys(("(", "[", "[["), CALL),
}
CLOSING = {"(": ")", "[": "]", "[[": "]]", "{": "}"}
CLOSED = frozenset({")", "]", "}"})
LONGEST_SHOWN = 40
DEEPEST = 100  # of nesting; every walk over a tree stays far from Python's recursion limit


class Cursor:
    """Tokens and the one that is read next, inside brackets that know where they opened."""

    def __init__(self, text: str, pieces: Tokens) -> None:
        self.text = text
        self.tokens = pieces.tokens
        self.wrong = pieces.wrong
        self.at = 0
        self.lines = True  # whether a line end may end an expression here
        self.open: list[tuple[Token, bool]] = []  # brackets, and what ``lines`` was outside

    def is_op(self, text: str) -> bool:
        """Return whether the next token is this operator or bracket."""
        token = self.tokens[self.at]
        return token.text == text and token.kind == "op"

    def skip(self, op: str) -> bool:
        """Take the next token if it is this operator."""
        found = self.is_op(op)
        self.at += found
        return found

    def take(self, text: str) -> Token:
        """Take the next token, which must be this bracket or word."""
        token = self.tokens[self.at]
        if token.text != text or token.kind not in ("op", "keyword"):
            raise self.unexpected(token, f'"{text}" belongs here.')
        self.at += 1
        return token

    def take_name(self, hint: str, *, also: str = "name") -> Token:
        """Take the next token, which must be a name (or also a "string")."""
        token = self.tokens[self.at]
        if token.kind not in ("name", also) or token.text == "_":
            raise self.unexpected(token, hint)
        self.at += 1
        return token

    def enter(self, opening: Token, *, lines: bool = False) -> None:
        """Go into brackets, where line ends mean nothing unless ``lines``."""
        self.open.append((opening, self.lines))
        self.lines = lines

    def leave(self) -> None:
        """Take the bracket that closes the one opened last; ``[[`` ends with two."""
        opening, lines = self.open[-1]
        for mark in CLOSING[opening.text]:
            if not self.skip(mark):
                raise self.unexpected(self.tokens[self.at])
        self.open.pop()
        self.lines = lines

    def span(self, first: r.Span) -> r.Span:
        """Return the place from one span to the token that was taken last."""
        return r.Span(first.start, self.tokens[self.at - 1].span.stop, first.line, first.column)

    def fail(self, message: str, token: Token, hint: str | None = None) -> RSyntaxError:
        """Return the error for a token."""
        start, stop = token.span[:2]
        return RSyntaxError(message, self.text, start, stop, hint)

    def too_deep(self, token: Token) -> RSyntaxError:
        """Return the error for code that nests too deeply."""
        return self.fail(f"Nested more than {DEEPEST} levels deep", token)

    def unexpected(self, token: Token, hint: str | None = None) -> RSyntaxError:
        """Return the error for a token that cannot follow what was read."""
        if token.kind != "end":
            return self.fail(f"Not expected here: {_shown(token)}", token, hint or self.hint(token))
        if self.wrong:
            return self.wrong
        if self.open:
            opening = self.open[-1][0]
            return self.fail(f'Never closed: the "{opening.text}"', opening)
        before = self.tokens[-2]
        return self.fail(f"Unfinished: nothing follows {_shown(before)}", before, hint)

    def hint(self, token: Token) -> str | None:
        """Return what may have been meant."""
        at = self.at - 1 if self.tokens[self.at - 1] is token else self.at
        before = self.tokens[at - 1] if at else token
        if before.kind == "string" and "\n" in before.text:
            return f"The string before it began on line {before.span.line}: was it to end there?"
        is_closing = token.text in CLOSED or token.text == ";"
        if is_closing and before.kind in ("op", "special") and before.text not in CLOSED:
            return f'After "{before.text}", something is missing.'
        if self.open and (token.newline or is_closing):
            span = self.open[-1][0].span
            place = f"line {span.line}, column {span.column}"
            return f'The "{self.open[-1][0].text}" of {place} is still open.'
        return _meant(token, inside=bool(self.open))


def _meant(token: Token, *, inside: bool) -> str | None:
    if token.text == "else":
        return 'Outside braces, "else" stands on the line on which its "if" ends.'
    if token.text == "=" and inside:
        return 'Before "=" stands a plain name here. To compare, write "==".'
    if token.text in CLOSED:
        return "This bracket was never opened."
    if token.newline and (token.text in BINDING or token.kind == "special"):
        return "Put this operator at the end of the line before."
    if token.kind in ("name", "string", "number", "constant"):
        return f"Before it, an operator or a {'comma' if inside else 'line end'} is missing."
    return None


def _shown(token: Token) -> str:
    """Return a token as a message quotes it."""
    kind = {"name": "the name ", "string": "the string ", "number": "the number "}
    first, *more = token.text.split("\n")
    shown = first[:LONGEST_SHOWN] + ("..." if more or len(first) > LONGEST_SHOWN else "")
    return kind.get(token.kind, "") + (shown if token.kind == "string" else f'"{shown}"')

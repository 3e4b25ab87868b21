"""Tokens to an expression tree, with R's precedence of operators.

The parser reads ``left ~ right`` and single expressions. What the operators mean stands elsewhere:
``terms.py`` (fixed terms), ``group_terms.py`` (bars), ``left_side.py`` (left-hand side).
"""

from typing import Protocol

from mixwell.errors import FormulaError
from mixwell.formula.syntax import (
    Argument,
    Binary,
    Call,
    Constant,
    Expr,
    Name,
    Number,
    Paren,
    Text,
    Unary,
)
from mixwell.formula.tokens import Token, tokenize
from mixwell.text.names import RESERVED

# Source: R 4.2 ?Syntax, lowest first. The power leans to the right, all others to the left.
COMPARISON, SUM, POWER = 40, 50, 100
BINDING = {
    **dict.fromkeys(("|", "||"), 10),
    "&": 20,
    **dict.fromkeys(("==", "!=", "<", ">", "<=", ">="), COMPARISON),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/"), 60),
    **dict.fromkeys(("%in%", "%%", "%/%"), 70),
    ":": 80,
    **dict.fromkeys(("^", "**"), POWER),
}
PREFIX = {"!": 30, "+": 90, "-": 90}

DEEPEST = 100  # of nesting; every walk over a tree stays far from Python's recursion limit

CONSTANTS: dict[str, bool | float | None] = {
    **dict.fromkeys(("TRUE", "True"), True),
    **dict.fromkeys(("FALSE", "False"), False),
    **dict.fromkeys(("NULL", "None"), None),
    **dict.fromkeys(("Inf", "np.inf", "numpy.inf"), float("inf")),
}
MISSING = frozenset({"NA", "NaN", "NA_integer_", "NA_real_", "NA_character_"})
NUMPY = frozenset({"np", "numpy"})
R_DOTTED = frozenset({"as", "is", "contr"})  # as.factor, is.na, contr.sum are R's names
_UNOPENED = "This bracket was never opened."
# What cannot follow an expression: what is wrong, and what works instead.
_LEFT_OVER = {
    ")": (_UNOPENED, None),
    "]": (_UNOPENED, None),
    "[": (
        "A formula has no subscripts.",
        "Select rows with the data itself, or with y | subset(k).",
    ),
    "=": ('"=" names an argument inside a call.', 'To compare, write "==".'),
    "~": ('There is one "~" in a formula.', None),
    ",": ("A comma stands only between the arguments of a call.", None),
}
ONE_OF = 'Write one comparison a level: f == "a" | f == "b".'
PYTHON_WORDS = {
    "and": "Write &.",
    "or": "Write |.",
    "not in": 'Write one comparison a level: f != "a" & f != "b".',
    "not": "Write !.",
    "in": ONE_OF,
    "is": "Write ==.",
    "if": "Write ifelse(test, yes, no).",
    "else": "Write ifelse(test, yes, no).",
}


def parse_expression(text: str) -> Expr:
    """Read one expression, such as a column, a call or an interaction.

    FormulaError for anything else, or for text that is left over.

    Examples
    --------
    >>> parse_expression("log(x)").function
    'log'
    """
    parser = Parser(text)
    expr = parser.expression(in_call=True)
    parser.finish()
    return expr


class Tokens(Protocol):
    """Tokens by their places, the last of which has the kind "end"; each may be read when asked."""

    def __getitem__(self, place: int, /) -> Token:
        """Return the token at a place, counted from 0 on."""
        ...


class Parser:
    """A precedence-climbing parser over the tokens of one text, those of a formula by default."""

    subject = "formula"

    def __init__(self, text: str, tokens: Tokens | None = None) -> None:
        self.text = text
        self.tokens: Tokens = tokenize(text) if tokens is None else tokens
        self.at = 0
        self.nesting = 0
        self.height = 0  # of the tree that was read last

    @property
    def next(self) -> Token:
        """The token that is not read yet."""
        return self.tokens[self.at]

    @property
    def following(self) -> Token:
        """The token after the next one; at the end, the end."""
        return self.next if self.next.kind == "end" else self.tokens[self.at + 1]

    def advance(self) -> Token:
        """Take the next token."""
        token = self.tokens[self.at]
        self.at += 1
        return token

    def sees(self, op: str) -> bool:
        """Return whether the next token is this operator."""
        token = self.tokens[self.at]
        return token.kind == "op" and token.text == op

    def skip(self, op: str) -> bool:
        """Take the next token if it is this operator."""
        found = self.sees(op)
        self.at += found
        return found

    def fail(self, message: str, span: tuple[int, int], hint: str | None = None) -> FormulaError:
        """Return the error for a place in this text."""
        return FormulaError.at(span, message, self.text, hint)

    def finish(self) -> None:
        """Refuse what is left of the text."""
        if self.next.kind != "end":
            raise self.left_over()

    # -- expressions -----------------------------------------------------------------------

    def expression(self, *, in_call: bool, floor: int = 0) -> Expr:
        """Read an expression of operators that bind more tightly than ``floor``."""
        self.nesting += 1
        if self.nesting > DEEPEST:
            raise self.too_deep(self.next.span)
        left = self.operand(in_call)
        height = self.height
        while (op := self.tokens[self.at]).kind == "op":
            binding = BINDING.get(op.text, 0)
            if binding <= floor:
                break
            self.at += 1
            if in_call and op.text == "||":
                raise self.fail("|| takes single values, not columns.", op.span, "Write |.")
            symbol = "^" if binding == POWER else op.text
            right = self.expression(
                in_call=in_call, floor=binding - 1 if binding == POWER else binding
            )
            left = Binary(symbol, left, right, span=(left.span[0], right.span[1]))
            # A sum outside calls may be of any length: whoever walks it does not recurse.
            is_sum = binding == SUM and not in_call
            height = max(height, self.height + 1) if is_sum else max(height, self.height) + 1
            if height > DEEPEST:
                raise self.too_deep(op.span)
            if binding == COMPARISON and BINDING.get(self.next.text) == COMPARISON:
                raise self.fail(
                    "Comparisons cannot be chained.",
                    self.next.span,
                    "Join them with &: a < b & b < c.",
                )
        self.nesting -= 1
        self.height = height
        return left

    def operand(self, in_call: bool) -> Expr:
        """Read a literal, a name, a call, a bracket, or a sign and its operand."""
        token = self.tokens[self.at]
        self.height = 0
        if token.kind == "name":
            self.at += 1
            if self.sees("("):
                return self.call(token)
            return self.name(token, in_call)
        if token.kind == "number":
            self.at += 1
            assert isinstance(token.value, int | float)
            return Number(token.value, span=token.span)
        if token.kind in ("text", "quoted"):
            self.at += 1
            kind = Text if token.kind == "text" else Name
            return kind(str(token.value), span=token.span)
        if token.text in PREFIX:
            self.at += 1
            inner = self.expression(in_call=in_call, floor=PREFIX[token.text])
            self.height += 1
            return Unary(token.text, inner, span=(token.start, inner.span[1]))
        if token.text == "(":
            return self.bracket(in_call)
        if token.text == "[":
            return self.listing(in_call)
        raise self.missing_operand(token)

    def name(self, token: Token, in_call: bool) -> Expr:
        """Return the node of a word: a column, a constant, or ``.``."""
        word, span = token.text, token.span
        if word in CONSTANTS:
            return Constant(CONSTANTS[word], span=span)
        if word in MISSING:
            raise self.fail(f"A formula cannot hold the missing value {word}.", span)
        if word in RESERVED:
            hint = f"A column of this name needs backticks: `{word}`."
            raise self.fail(f'"{word}" is a reserved word.', span, hint)
        if word == "." and in_call:
            hint = "Name the column: log(x)."
            raise self.fail('"." stands for all columns and cannot be in a call.', span, hint)
        return Name(str(token.value), span=span)

    def bracket(self, in_call: bool) -> Expr:
        """Read ``( expression )``."""
        opening = self.advance()
        if self.sees(")"):
            raise self.fail("These brackets are empty.", (opening.start, self.next.stop))
        inner = self.expression(in_call=in_call)
        if self.sees(","):
            message = "A comma cannot stand in plain brackets."
            raise self.fail(message, self.next.span, "Write c(1, 2).")
        stop = self.close(opening, ")")
        self.height += 1
        return Paren(inner, span=(opening.start, stop))

    def listing(self, in_call: bool) -> Expr:
        """Read Python's ``[a, b]``, which is ``c(a, b)``."""
        opening = self.tokens[self.at]
        if not in_call:
            hint = "Square brackets make a list inside a call: bs(x, knots = [1, 2])."
            raise self.fail("A list is not a term.", opening.span, hint)
        return self.arguments("c", opening, "]")

    def call(self, name: Token) -> Expr:
        """Read the arguments of a call whose name was read."""
        self.check_function(name)
        if self.nesting + 1 > DEEPEST:
            raise self.too_deep(name.span)
        node = self.arguments(name.text, name, ")")
        if self.sees("("):
            raise self.fail("The value of a call cannot be called.", self.next.span)
        match node:
            case Call("Q", (Argument(Text(column), None),)):  # as patsy quotes a column
                return Name(column, span=node.span)
        return node

    def arguments(self, function: str, first: Token, closing: str) -> Call:
        """Read ``( argument, ... )`` or ``[ ... ]``; the node starts at the token ``first``."""
        opening = self.advance()
        found: list[Argument] = []
        height = 0
        if not self.skip(closing):
            while True:
                found.append(self.argument(function))
                height = max(height, self.height)
                if not self.skip(","):
                    break
            self.close(opening, closing)
        self.height = height + 1
        stop = self.tokens[self.at - 1].stop
        return Call(function, tuple(found), span=(first.start, stop))

    def argument(self, function: str) -> Argument:
        """Read ``value`` or ``name = value``."""
        token, following = self.next, self.following
        named = token.kind in ("name", "quoted") and following.text == "="
        if named:
            self.at += 2
        value = self.expression(in_call=True)
        if self.sees("~"):
            several = function in ("bf", "lf", "nlf", "brmsformula")
            hint = 'Give a list of formulas: ["y ~ x", "sigma ~ z"].' if several else None
            raise self.fail("A formula cannot stand inside a call.", self.next.span, hint)
        return Argument(value, str(token.value) if named else None)

    def close(self, opening: Token, closing: str) -> int:
        """Take the closing bracket and return where it ends."""
        token = self.next
        if token.kind == "end":
            raise self.fail("This bracket is never closed.", opening.span)
        if not self.skip(closing):
            raise self.left_over()
        return token.stop

    def check_function(self, name: Token) -> None:
        """Refuse function names that would reach outside the language."""
        prefix, dot, rest = name.text.partition(".")
        span = name.span
        if name.text in RESERVED or name.text in CONSTANTS:
            raise self.fail(f'"{name.text}" is not a function.', span)
        is_known = rest.isidentifier() if prefix in NUMPY else prefix in R_DOTTED and rest
        if not dot or is_known:
            return
        message = f'A formula has no attribute access: "{name.text}" is no function.'
        last = name.text.rpartition(".")[2]
        hint = f"Register it under a name without a dot: {last}(...)." if last else None
        raise self.fail(message, span, hint)

    # -- what is wrong ---------------------------------------------------------------------

    def too_deep(self, span: tuple[int, int]) -> FormulaError:
        """Return the error for a formula that nests too deeply."""
        return self.fail(f"The {self.subject} is nested more than {DEEPEST} levels deep.", span)

    def missing_operand(self, token: Token) -> FormulaError:
        """Return the error for a place where a term or a value should stand."""
        before = self.tokens[self.at - 1] if self.at else None
        span = token.span
        if token.kind == "end":
            after = f' after "{before.text}"' if before else ""
            return self.fail(f"Something is missing{after}.", (len(self.text), len(self.text)))
        after = f' between "{before.text}" and' if before else " before"
        return self.fail(f'Something is missing{after} "{token.text}".', span)

    def left_over(self) -> FormulaError:
        """Return the error for a token that cannot follow what was read."""
        token = self.next
        before = self.tokens[self.at - 1]
        span = token.span
        word = before.text if before.text in PYTHON_WORDS else token.text
        if word in PYTHON_WORDS:
            place = span if word == token.text else before.span
            both = f"{token.text} {self.following.text}"
            word = both if both in PYTHON_WORDS else word
            return self.fail(f'"{word}" is no operator here.', place, PYTHON_WORDS[word])
        if token.text in _LEFT_OVER:
            message, hint = _LEFT_OVER[token.text]
            return self.fail(message, span, hint)
        if before.text == "lambda":
            hint = 'Give your own function by name: functions={"f": f}.'
            return self.fail("A formula has no lambda.", before.span, hint)
        if token.kind == "text":
            return self.fail("This text was not expected here.", span)
        hint = f'Put an operator between: "{before.text} + {token.text}".'
        return self.fail(f'"{token.text}" was not expected here.', span, hint)

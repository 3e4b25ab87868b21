import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mixwell.errors import FormulaError
from mixwell.r.language.deparser import deparse
from mixwell.r.language.documents import read_document
from mixwell.r.language.nodes import (
    Argument,
    Assign,
    Binary,
    Block,
    Call,
    Constant,
    For,
    Function,
    If,
    Index,
    Jump,
    Member,
    Namespaced,
    Node,
    Number,
    Paren,
    Repeat,
    Script,
    Span,
    Symbol,
    Text,
    Unary,
    While,
    walk,
)
from mixwell.r.language.r_errors import RSyntaxError
from mixwell.r.language.reader import DEEPEST, read_r

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "parse.json").read_text(encoding="utf-8")
)
CODES = [case["code"] for case in REFERENCE]
SCRIPTS = {
    path.name: tuple(chunk.code for chunk in read_document(path.read_bytes(), path.suffix))
    for path in sorted((Path(__file__).parents[1] / "scripts").glob("*.*"))
    if path.suffix in (".R", ".Rmd", ".qmd")
}
READABLE = [case["code"] for case in REFERENCE if case["trees"] is not None]


# -- against R's own parser ------------------------------------------------------------------


def tree(node: Node | None) -> str:
    """Write a node as reference/parse.R writes R's own tree."""
    match node:
        case None:
            return "<empty>"
        case Symbol() | Constant():
            return f"`{node.name}`" if isinstance(node, Symbol) else constant(node.name)
        case Number(value):
            return f"{value}L" if isinstance(value, int) else number(value)
        case Text(value):
            return text(value)
        case Argument(name, value):
            return tree(value) if name is None else f"`{name}`={tree(value)}"
        case Call(function, args):
            return called(tree(function), *args)
        case Index(of, args, double):
            return called("`[[`" if double else "`[`", of, *args)
        case Member(of, name, op):
            return called(f"`{op}`", of, Symbol(name))
        case Namespaced(package, name, internal):
            return called("`:::`" if internal else "`::`", Symbol(package), Symbol(name))
        case Unary(op, operand):
            return called(f"`{op}`", operand)
        case Binary("|>", left, Call() as call):
            return piped(left, call)
        case Binary(op, left, right):
            return called(f"`{op}`", left, right)
        case Assign(target, value, op):
            return called({"->": "`<-`", "->>": "`<<-`"}.get(op, f"`{op}`"), target, value)
        case Paren(inner):
            return called("`(`", inner)
        case Block(body):
            return called("`{`", *body)
        case Jump(word):
            return called(f"`{word}`")
    return control(node)


def control(node: Node) -> str:
    match node:
        case Function(parameters, body):
            listed = " ".join(f"`{p.name}`={tree(p.value)}" for p in parameters)
            return f"(`function` ({listed}) {tree(body)})"
        case If(condition, then, otherwise):
            return called("`if`", condition, then, *([otherwise] if otherwise else []))
        case For(variable, over, body):
            return called("`for`", Symbol(variable), over, body)
        case While(condition, body):
            return called("`while`", condition, body)
        case Repeat(body):
            return called("`repeat`", body)
    raise AssertionError(node)


def called(head: str, *args: Node) -> str:
    return f"({' '.join([head, *map(tree, args)])})"


def piped(left: Node, call: Call) -> str:
    """R's tree has the pipe's left side inside the call already."""
    placed = [Argument(a.name, left) if a.value == Symbol("_") else a for a in call.args]
    if placed == list(call.args):
        placed.insert(0, Argument(None, left))
    return called(tree(call.function), *placed)


def constant(name: str) -> str:
    return f"{float(name[:-1]):.17g}i" if name.endswith("i") else name


def number(value: float) -> str:
    return "Inf" if value == float("inf") else f"{value:.17g}"


def text(value: str) -> str:
    is_plain = all(" " <= c <= "~" and c not in '"\\' for c in value)
    return f'"{value}"' if is_plain else "codes:" + ".".join(str(ord(c)) for c in value)


# Newer R reads the first two; the next two come with pasted text; the last is no character.
WIDER = {"x |> _$b", "a |> f(x=_$b)", "a |> _$b", "a|>f(x=_$b)", "x\u00a0+ 1", "\ufeffx"}
NARROWER = {r"'\ud800'"}


@pytest.mark.parametrize("case", REFERENCE, ids=CODES)
def test_code_has_the_tree_that_r_gives_it_or_is_refused_like_there(case: dict) -> None:
    code, expected = case["code"], case["trees"]
    if code in WIDER:
        assert expected is None
        read_r(code)
    elif expected is None or code in NARROWER:
        with pytest.raises(RSyntaxError):
            read_r(code)
    else:
        assert [tree(statement) for statement in read_r(code).statements] == expected


def test_the_reference_holds_hundreds_of_snippets_of_both_kinds() -> None:
    assert len(READABLE) > 400
    assert len(CODES) - len(READABLE) > 200


@pytest.mark.parametrize("codes", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_every_script_of_the_translator_reads_and_writes_back(codes: tuple[str, ...]) -> None:
    for code in codes:
        for statement in read_r(code).statements:
            assert read_r(deparse(statement)).statements == (statement,)


# -- places and comments ---------------------------------------------------------------------


def test_every_node_knows_its_own_text() -> None:
    code = "fit <- lmer(y ~ x +\n  (1 | g), data = d)$a[[2]]\n\nif (a) -b else { c }"
    script = read_r(code)
    assign, choice = script.statements
    assert assign.span == Span(0, code.index("\n\n"), 1, 1)
    assert choice.span == Span(code.index("if"), len(code), 4, 1)
    shown = [code[node.span.start : node.span.stop] for node in walk(assign)]
    assert "y ~ x +\n  (1 | g)" in shown
    assert "(1 | g)" in shown
    assert "data = d" in shown
    (bar,) = (node for node in walk(assign) if isinstance(node, Paren))
    assert (bar.span.line, bar.span.column) == (2, 3)


def test_an_empty_argument_has_an_empty_place() -> None:
    (index,) = read_r("x[, 1]").statements
    assert index.args[0] == Argument(None, None)
    assert index.args[0].span == Span(2, 2, 1, 3)


def test_comments_keep_their_text_and_place() -> None:
    script = read_r("#!/usr/bin/Rscript\nx <- 1 # one  \n  ## two\ny(2, # three\n3)")
    assert [(c.text, c.span.line) for c in script.comments] == [
        ("#!/usr/bin/Rscript", 1),
        ("# one", 2),
        ("## two", 3),
        ("# three", 4),
    ]


def test_a_number_sign_in_a_string_begins_no_comment() -> None:
    script = read_r('x <- "# no" # yes')
    assert [comment.text for comment in script.comments] == ["# yes"]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_of_every_system_are_line_ends(end: str) -> None:
    script = read_r(f"\ufeffx <- 1 # one{end}{end}y <- 'a{end}b'")
    assert script.text == "x <- 1 # one\n\ny <- 'a\nb'"
    assert [statement.span.line for statement in script.statements] == [1, 3]
    assert script.statements[1].value == Text("a\nb")


def test_form_feeds_and_pasted_spaces_are_blanks() -> None:
    assert read_r("\fx\f<-\u00a01\u3000").statements == (Assign(Symbol("x"), Number(1.0)),)


@pytest.mark.parametrize("code", ["", "  \n\n", "# only a comment", "\ufeff"])
def test_a_text_without_code_is_a_script_without_statements(code: str) -> None:
    assert read_r(code).statements == ()


def test_scripts_are_equal_when_their_statements_are() -> None:
    assert read_r("x=1 # a") == read_r("  x = 1.0")
    assert read_r("x = 1") != read_r("x = 1L")


# -- errors ----------------------------------------------------------------------------------


BROKEN = [
    ("f(a, b", 1, 2, 'Never closed: the "("', None),
    ("x[[1]", 1, 2, 'Never closed: the "[["', None),
    ("f(\n  g(a]\n)", 2, 6, 'Not expected here: "]"', 'The "(" of line 2, column 4 is still open.'),
    ("x <- c(1\ny <- 2", 2, 1, "Not expected here", 'The "(" of line 1, column 7 is still open.'),
    ("f(a))", 1, 5, 'Not expected here: ")"', "This bracket was never opened."),
    ("x <-", 1, 3, 'Unfinished: nothing follows "<-"', None),
    ("{ x + }", 1, 7, 'Not expected here: "}"', 'After "+", something is missing.'),
    ("lm(y ~ x data = d)", 1, 10, "Not expected here", "an operator or a comma is missing."),
    ("x y", 1, 3, 'the name "y"', "an operator or a line end is missing."),
    ("if (a) {\n}\nelse b", 3, 1, 'Not expected here: "else"', "Outside braces"),
    ("x\n|> f()", 2, 1, "Not expected here", "at the end of the line before."),
    ("x\n%in% y", 2, 1, "Not expected here", "at the end of the line before."),
    ("if (x = 1) y", 1, 7, 'Not expected here: "="', 'To compare, write "==".'),
    ("a < b < c", 1, 7, 'Not expected here: "<"', "a < b & b < c"),
    ("2x", 1, 1, 'Neither a number nor a name: "2x"', "needs backticks"),
    ("x$1", 1, 3, "Not expected here", 'A name belongs after "$".'),
    ("for (1 in x) y", 1, 6, "Not expected here", "for (i in 1:3)"),
    ("while TRUE {}", 1, 7, "Not expected here", '"(" belongs here.'),
    ("function(x, x) 1", 1, 13, 'Twice among the parameters: "x"', None),
    ("x |> f", 1, 3, "No call after the pipe", "x |> f()"),
    ("f(a = _)", 1, 7, "Outside a pipe", "x |> f(y = _)"),
    ("x |> f(_)", 1, 8, "Not where a pipe can fill it", "x |> f(y = _)"),
    ("x |> f(y = _, z = _)", 1, 19, "Only once in a pipe", None),
    ('"C:\\Users"', 1, 4, 'No escape in a string: "\\U"', 'In a path write "/"'),
    ("'\\d+'", 1, 2, 'No escape in a string: "\\d"', "write two."),
    ("'\\0'", 1, 2, "No escape in a string", None),
    ('"\\x41\\u0042"', 1, 6, "Mixed with", None),
    ('x <- "a\ny <- "b"', 2, 7, 'the name "b"', "began on line 1"),
    ('x <- "a\n"\n"open', 3, 1, "Never closed: the quotation mark", "began on line 1"),
    ("`a", 1, 1, "Never closed: the quotation mark `", None),
    ("``", 1, 1, "Empty: the name", None),
    ('r"(a', 1, 1, "Never closed: the raw string", 'It would end with )"'),
    ('r"a"', 1, 1, "No raw string", 'r"(text)"'),
    ("a %in b", 1, 3, 'Never closed: the "%"', "on the same line"),
    ("\u201ca\u201d", 1, 1, "No part of R", "Write '\"'."),
    ("x \u2212 1", 1, 3, "No part of R", 'Write "-".'),
    ("x\u200b <- 1", 1, 2, "U+200B, which is invisible", None),
    ("x\u00b2", 1, 2, "No part of a name", "backticks"),
    ("a\n\0", 2, 1, "U+0000", "UTF-16"),
    ("_x", 1, 1, "No part of R", "A name begins with a letter or a dot."),
]


@pytest.mark.parametrize(("code", "line", "column", "message", "hint"), BROKEN)
def test_an_error_says_what_is_wrong_where_and_what_may_be_meant(
    code: str, line: int, column: int, message: str, hint: str | None
) -> None:
    with pytest.raises(RSyntaxError) as caught:
        read_r(code)
    error = caught.value
    assert (error.line, error.column) == (line, column)
    assert message in error.message
    assert f" at line {line}, column {column}." in error.message
    assert hint is None or (error.hint is not None and hint in error.hint)


def test_an_error_shows_the_line_with_a_caret() -> None:
    with pytest.raises(RSyntaxError) as caught:
        read_r("library(lme4)\nfit <- lmer(y ~ x + (1 | g) data = d)\nsummary(fit)")
    assert str(caught.value).splitlines() == [
        'Not expected here: the name "data" at line 2, column 29.',
        "    fit <- lmer(y ~ x + (1 | g) data = d)",
        "                                ^~~~",
        "Before it, an operator or a comma is missing.",
    ]
    assert isinstance(caught.value, FormulaError)


@pytest.mark.parametrize(
    "code",
    [
        "(" * 5000,
        "f(" * 5000,
        "{" * 5000 + "}" * 5000,
        "-" * 5000 + "x",
        "a <- " * 5000 + "b",
        "a$" * 5000 + "b",
        "x" + "[1]" * 5000,
        "f" + "()" * 5000,
        "x" + " |> f()" * 5000,
        "x" + " * x" * 5000,
        "if (a) b else " * 5000 + "c",
        "function(x) " * 5000 + "x",
        "function(x = " * 5000,
        "f(" * 99 + "x" + "[1]" * 99 + ")" * 99,
    ],
    ids=lambda code: code[:12],
)
def test_code_that_nests_too_deeply_is_refused(code: str) -> None:
    with pytest.raises(RSyntaxError, match=r"Nested more than 100 levels deep"):
        read_r(code)


def test_code_may_nest_as_deeply_as_is_said() -> None:
    code = "f(" * (DEEPEST - 1) + "x" + ")" * (DEEPEST - 1)
    script = read_r(code)
    assert deparse(script.statements[0]) == code


def test_a_sum_may_be_of_any_length() -> None:
    code = "y ~ " + " + ".join(f"x{i}" for i in range(5000))
    script = read_r(code)
    (formula,) = script.statements
    assert deparse(formula) == code
    assert read_r(code) == script
    assert hash(read_r(code).statements[0]) == hash(formula)


# -- size and manners -----------------------------------------------------------------------


def test_a_script_of_2000_lines_is_read_to_its_end() -> None:
    code = "\n".join("\n".join(codes) for codes in SCRIPTS.values())
    code = code * (2000 // code.count("\n") + 1)
    lines = code.split("\n")[: 2000 if len(code) > 2000 else None]
    while lines:  # to the end of a statement
        try:
            read_r("\n".join(lines))
            break
        except RSyntaxError:
            lines.pop()
    assert len(lines) > 1900
    last = read_r("\n".join(lines)).statements[-1]
    assert last.span.line > 1900


def test_the_reader_brings_no_heavy_library_along(run_alone: Callable[[str], str]) -> None:
    program = (
        "import sys, mixwell.r.language.documents; print({'numpy', 'pandas'} & set(sys.modules))"
    )
    assert run_alone(program) == "set()"


WATCHED = """
import sys
from mixwell.r.language.documents import read_document
from mixwell.r.language.r_errors import RSyntaxError
from mixwell.r.language.reader import read_r
from mixwell.r.language.deparser import deparse

def read(text):
    try:
        for statement in read_r(text).statements:
            deparse(statement)
    except RSyntaxError:
        pass

read("x")
seen = []
sys.addaudithook(lambda event, args: seen.append(event))
for code in {codes!r}:
    for chunk in read_document(code):
        read(chunk.code)
print(sorted(set(seen) - {allowed!r}))
"""


def test_reading_runs_nothing_and_opens_nothing(run_alone: Callable[[str], str]) -> None:
    tempting = [
        'system("touch x"); eval(parse(text = "1")); source("x.R"); unlink("/")',
        "__import__('os').system('touch x')",
        "```{r}\nfile.remove('x')\n```",
        *CODES,
    ]
    allowed = {"object.__getattr__", "sys._getframe"}
    assert run_alone(WATCHED.format(codes=tempting, allowed=allowed)) == "[]"


# -- any text --------------------------------------------------------------------------------


ANY = settings(max_examples=150, deadline=None)
PIECES = [
    *"()[]{},;+-*/^~!<>=&|:$@\n\n\n\"'`%#\\? _.",
    *("<-", "->", "<<-", "->>", "::", ":=", "|>", "[[", "]]", "**", "&&", "==", "%in%", "\\(x)"),
    *("if", "else", "for", "in", "while", "repeat", "function", "next", "function(x, y = 1)"),
    *("TRUE", "NULL", "Inf", "x", "y.z", "`a b`", "1", "2L", "1e5", "0x1F", "'s'", 'r"(t)"', "..1"),
    *("# c\n", " ", "\r\n", "(x)", "{x}", "if (x) y", "x |> f(y = _)"),
]


def outcome(text: str) -> Script | RSyntaxError:
    try:
        return read_r(text)
    except RSyntaxError as error:
        return error


def assert_is_read_or_refused(text: str) -> None:
    script = outcome(text)
    if isinstance(script, RSyntaxError):
        assert 1 <= script.line <= script.text.count("\n") + 1
        assert script.column >= 1
        return
    for statement in script.statements:
        assert read_r(deparse(statement)).statements == (statement,)
        for node in walk(statement):
            assert 0 <= node.span.start <= node.span.stop <= len(script.text)
            before = script.text[: node.span.start]
            assert node.span.line == before.count("\n") + 1
            assert node.span.column == len(before) - before.rfind("\n")


@ANY
@given(st.text(st.characters()))
@example("\ud800")
@example("'\ud800'")
@example("\x85\x1c\x0b")
def test_any_text_is_read_or_refused(text: str) -> None:
    assert_is_read_or_refused(text)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_soup_of_tokens_is_read_or_refused(pieces: list[str]) -> None:
    assert_is_read_or_refused("".join(pieces))
    assert_is_read_or_refused(" ".join(pieces))


@ANY
@given(
    st.sampled_from([code for codes in SCRIPTS.values() for code in codes] + READABLE),
    st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(0, 20), st.sampled_from([*PIECES, ""])),
        min_size=1,
        max_size=4,
    ),
)
def test_a_damaged_script_is_read_or_refused(
    code: str, damages: list[tuple[int, int, str]]
) -> None:
    for at, length, piece in damages:
        at %= len(code) + 1
        code = code[:at] + piece + code[at + length :]
    assert_is_read_or_refused(code)

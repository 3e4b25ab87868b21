import pytest

from mixwell.r.language.nodes import (
    Argument,
    Assign,
    Binary,
    Block,
    Call,
    Comment,
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
from mixwell.r.language.reader import read_r


def read(code: str) -> Node:
    (statement,) = read_r(code).statements
    return statement


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("2L", Number(2)),
        ("2", Number(2.0)),
        ("'a'", Text("a")),
        ("`a b`", Symbol("a b")),
        ("NULL", Constant("NULL")),
        ("T", Symbol("T")),
        ("a::b", Namespaced("a", "b")),
        ("a:::b", Namespaced("a", "b", internal=True)),
        ("d$x", Member(Symbol("d"), "x")),
        ("d@'x'", Member(Symbol("d"), "x", "@")),
        ("d[1, ]", Index(Symbol("d"), (Argument(None, Number(1.0)), Argument(None, None)))),
        ("d[['x']]", Index(Symbol("d"), (Argument(None, Text("x")),), double=True)),
        (
            "f(x, k = 2)",
            Call(Symbol("f"), (Argument(None, Symbol("x")), Argument("k", Number(2.0)))),
        ),
        ("'f'()", Call(Symbol("f"), ())),
        ("~x", Unary("~", Symbol("x"))),
        ("y ~ x", Binary("~", Symbol("y"), Symbol("x"))),
        ("x ** y", Binary("^", Symbol("x"), Symbol("y"))),
        ("x |> f()", Binary("|>", Symbol("x"), Call(Symbol("f"), ()))),
        ("x <- y", Assign(Symbol("x"), Symbol("y"), "<-")),
        ("y -> x", Assign(Symbol("x"), Symbol("y"), "->")),
        ("y ->> x", Assign(Symbol("x"), Symbol("y"), "->>")),
        ("x = y", Assign(Symbol("x"), Symbol("y"), "=")),
        (
            "\\(x, y = 1) x",
            Function((Argument("x", None), Argument("y", Number(1.0))), Symbol("x")),
        ),
        ("(x)", Paren(Symbol("x"))),
        ("{x; y}", Block((Symbol("x"), Symbol("y")))),
        ("if (a) b else c", If(Symbol("a"), Symbol("b"), Symbol("c"))),
        ("for (i in x) y", For("i", Symbol("x"), Symbol("y"))),
        ("while (a) next", While(Symbol("a"), Jump("next"))),
        ("repeat break", Repeat(Jump("break"))),
    ],
)
def test_code_has_its_node(code: str, expected: Node) -> None:
    assert read(code) == expected
    assert hash(read(code)) == hash(expected)


def test_a_call_has_a_name_and_a_package() -> None:
    assert [read(code).name for code in ("f(1)", "a::f(1)", "a$f(1)", "f(1)(2)")] == [
        "f",
        "f",
        "",
        "",
    ]
    assert [read(code).package for code in ("f(1)", "a::f(1)", "a:::f(1)")] == [None, "a", "a"]


def test_equality_sees_structure_and_not_the_place() -> None:
    assert read("f( x )") == read("f(x)")
    assert read("1") == read("1.0")
    different = ["f(x)", "f(y)", "g(x)", "f(a = x)", "f(x, )", "f(1)", "f(1L)", "f(TRUE)", "f('x')"]
    assert len({read(code) for code in different}) == len(different)
    assert read("f(x)") != "f(x)"
    assert read("if (a) b") != read("if (a) b else c")


def test_walking_yields_every_node_from_left_to_right() -> None:
    names = [node.name for node in walk(read("f(a, b = c) + d[e]$g")) if isinstance(node, Symbol)]
    assert names == ["f", "a", "c", "d", "e"]


def test_nodes_are_frozen_and_hide_their_place_when_printed() -> None:
    node = read("-x")
    with pytest.raises(AttributeError):
        node.op = "+"
    assert repr(node) == "Unary(op='-', operand=Symbol(name='x'))"
    assert repr(Comment("# a", Span(0, 3, 1, 1))) == "Comment(text='# a')"
    assert (
        repr(Script("x", (Symbol("x"),))) == "Script(statements=(Symbol(name='x'),), comments=())"
    )

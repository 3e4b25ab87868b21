import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwell.r.language.deparser import deparse, quote_name
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
    Symbol,
    Text,
    Unary,
    While,
)
from mixwell.r.language.reader import read_r


def read(code: str) -> Node:
    (statement,) = read_r(code).statements
    return statement


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("y~x+( 1|g )", "y ~ x + (1 | g)"),
        ("~a", "~a"),
        ("-2^2", "-2^2"),
        ("a<- -b", "a <- -b"),
        ("a- -b", "a - -b"),
        ("1:n-1", "1:n - 1"),
        ("x/2*y%%3", "x/2 * y%%3"),
        ("a%in%b", "a %in% b"),
        ("!a==b", "!a == b"),
        ("x**2", "x^2"),
        ("1e5+0x10L", "1e5 + 0x10L"),
        ('"it\'s"', '"it\'s"'),
        ("'say \"x\"'", '"say \\"x\\""'),
        ("'a\nb\\\\'", '"a\\nb\\\\"'),
        ("'\\a\\u200b'", '"\\U{7}\\U{200b}"'),
        ("`a b`$`c d`$e", "`a b`$`c d`$e"),
        ("`if`(`x`)", "`if`(x)"),
        ("f(`a b`=1,'c'=2,d=)", "f(`a b` = 1, c = 2, d = )"),
        ("f( , x)", "f(, x)"),
        ("x[1,]", "x[1, ]"),
        ("x[[1]][,2]", "x[[1]][, 2]"),
        ("pkg:::f(x)@y", "pkg:::f(x)@y"),
        ("x->y", "x -> y"),
        ("\\(x,y=1)x", "function(x, y = 1) x"),
        ("{x;y\nz}", "{ x; y; z }"),
        ("{}", "{}"),
        ("{ if (a) b\nelse c }", "{ if (a) b else c }"),
        ("for(i in 1:3)print(i)", "for (i in 1:3) print(i)"),
        ("while(TRUE){break}", "while (TRUE) { break }"),
        ("repeat next", "repeat next"),
        ("x|>f(y=_)", "x |> f(y = _)"),
        ("a?b", "a ? b"),
    ],
)
def test_a_tree_is_written_as_r_lays_it_out(code: str, expected: str) -> None:
    assert deparse(read(code)) == expected
    assert read(expected) == read(code)


def test_nodes_made_by_hand_are_written_too() -> None:
    call = Call(Symbol("c"), tuple(Argument(None, Number(x)) for x in (1, 2.0, 0.1, 1e20, 1 / 3)))
    assert deparse(call) == "c(1L, 2, 0.1, 1e+20, 0.3333333333333333)"
    assert deparse(None) == ""


def test_what_is_no_node_of_a_script_is_not_written() -> None:
    with pytest.raises(TypeError, match="Node is no node"):
        deparse(Node())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", "x"),
        ("a b", "`a b`"),
        ("if", "`if`"),
        ("_", "`_`"),
        ("a`b\\", "`a\\`b\\\\`"),
        ("", "``"),
    ],
)
def test_a_name_is_quoted_where_it_needs_it(name: str, expected: str) -> None:
    assert quote_name(name) == expected


NAMES = st.one_of(
    st.sampled_from(["x", "y.z", ".a", "..1", "...", "a b", "if", "TRUE", "é", "x²"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1).filter("_".__ne__),
)
STRINGS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"))
LEAVES = st.one_of(
    NAMES.map(Symbol),
    STRINGS.map(Text),
    st.integers(0, 2**31 - 1).map(Number),
    st.floats(0, allow_infinity=False).map(Number),
    st.sampled_from(["TRUE", "NULL", "NA_real_", "2i"]).map(Constant),
    st.builds(Namespaced, NAMES, NAMES, st.booleans()),
)
OPERATORS = ["+", "-", "*", "/", "^", ":", "~", "|", "&&", "==", "<", "%in%", "%%", "?"]


def compound(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    closed = st.one_of(inner.map(Paren), LEAVES)  # what every operator can take on both sides
    called = st.one_of(inner.map(Paren), NAMES.map(Symbol))
    named = st.builds(Argument, st.none() | NAMES, st.none() | closed)
    several = st.lists(named, min_size=2, max_size=3).map(tuple)
    body = st.lists(inner, max_size=3).map(tuple).map(Block)
    # names first: a list of whole parameters, drawn anew where names repeat, has a huge repr
    parameters = st.lists(NAMES, max_size=3, unique=True).flatmap(
        lambda names: st.tuples(
            *(st.builds(Argument, st.just(name), st.none() | closed) for name in names)
        )
    )
    return st.one_of(
        st.builds(Call, called, several | st.just(())),
        st.builds(Index, closed, several, st.booleans()),
        st.builds(Member, closed, NAMES, st.sampled_from("$@")),
        st.builds(Unary, st.sampled_from("-+!~?"), closed),
        st.builds(Binary, st.sampled_from(OPERATORS), closed, closed),
        st.builds(Assign, closed, closed, st.sampled_from(["<-", "<<-", "=", "->", "->>", ":="])),
        st.builds(Function, parameters, body),
        st.builds(If, closed, body, st.none() | body),
        st.builds(For, NAMES, closed, body),
        st.builds(While, closed, body),
        st.builds(Repeat, body),
        st.sampled_from([Jump("next"), Jump("break")]),
        body,
    )


@settings(max_examples=200, deadline=None)
@given(st.recursive(LEAVES, compound, max_leaves=12))
def test_reading_what_was_written_gives_the_tree_back(node: Node) -> None:
    text = deparse(node)
    assert "\n" not in text
    assert read_r(text).statements == (node,)

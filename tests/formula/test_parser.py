"""Precedence and places: the tree that R's grammar gives."""

import pytest

from mixwell.errors import FormulaError
from mixwell.formula import (
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
    column_names,
    parse_expression,
    parse_formula,
)
from mixwell.formula.syntax import Node, walk


def bracketed(expr: Expr) -> str:
    """Return the text of a tree with a bracket around every operation."""
    match expr:
        case Binary(op, left, right):
            return f"[{bracketed(left)} {op} {bracketed(right)}]"
        case Unary(op, operand):
            return f"[{op}{bracketed(operand)}]"
        case Paren(inner):
            return bracketed(inner)
        case Name(name):
            return name
        case Number(value):
            return str(value)
    raise AssertionError(expr)


# Checked against R 4.2: as.list(quote(...)).
@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + b + c", "[[a + b] + c]"),
        ("a - b - c", "[[a - b] - c]"),
        ("a + b * c", "[a + [b * c]]"),
        ("a * b / c", "[[a * b] / c]"),
        ("a * b : c", "[a * [b : c]]"),
        ("a / b %in% c", "[a / [b %in% c]]"),
        ("a %in% b : c", "[a %in% [b : c]]"),
        ("a : b ^ c", "[a : [b ^ c]]"),
        ("a ^ b ^ c", "[a ^ [b ^ c]]"),
        ("a ** b", "[a ^ b]"),
        ("-a ^ b", "[-[a ^ b]]"),
        ("-a : b", "[[-a] : b]"),
        ("-a * b", "[[-a] * b]"),
        ("a ^ -b", "[a ^ [-b]]"),
        ("a ^ -b ^ c", "[a ^ [-[b ^ c]]]"),
        ("a ^ -b : c", "[[a ^ [-b]] : c]"),
        ("a + - b + c", "[[a + [-b]] + c]"),
        ("!a == b", "[![a == b]]"),
        ("!a & b", "[[!a] & b]"),
        ("a * !b + c", "[a * [![b + c]]]"),
        ("a + b > c", "[[a + b] > c]"),
        ("a > b & c < d | e", "[[[a > b] & [c < d]] | e]"),
        ("a | b & c", "[a | [b & c]]"),
        ("(a + b) * c", "[[a + b] * c]"),
        ("a %% b * c", "[[a %% b] * c]"),
        ("a %/% b + c", "[[a %/% b] + c]"),
        ("a | b | c", "[[a | b] | c]"),
    ],
)
def test_operators_bind_as_in_r(text: str, tree: str) -> None:
    assert bracketed(parse_expression(text)) == tree


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("x", Name("x")),
        ("`x`", Name("x")),
        (".x_1.b", Name(".x_1.b")),
        ("2", Number(2)),
        ("2L", Number(2)),
        ("2.5", Number(2.5)),
        (".5", Number(0.5)),
        ("5.", Number(5)),
        ("1e-3", Number(0.001)),
        ("'a'", Text("a")),
        ('"a"', Text("a")),
        (r"'it\'s'", Text("it's")),
        ("TRUE", Constant(True)),
        ("True", Constant(True)),
        ("FALSE", Constant(False)),
        ("NULL", Constant(None)),
        ("None", Constant(None)),
        ("Inf", Constant(float("inf"))),
        ("np.inf", Constant(float("inf"))),
        ("f()", Call("f", ())),
        ("f(x, k = 2)", Call("f", (Argument(Name("x")), Argument(Number(2), "k")))),
        ("c(1)", Call("c", (Argument(Number(1)),))),
        ("np.log(x)", Call("np.log", (Argument(Name("x")),))),
        ("as.factor(x)", Call("as.factor", (Argument(Name("x")),))),
        ("f(Boundary.knots = 1)", Call("f", (Argument(Number(1), "Boundary.knots"),))),
    ],
)
def test_literals_names_and_calls_are_read(text: str, node: Node) -> None:
    assert parse_expression(text) == node


@pytest.mark.parametrize(
    ("text", "kind"), [("2", int), ("2L", int), ("2.0", float), ("9" * 400 + "e-390", float)]
)
def test_whole_numbers_are_integers_and_others_floats(text: str, kind: type) -> None:
    number = parse_expression(text)
    assert isinstance(number, Number)
    assert isinstance(number.value, kind)


@pytest.mark.parametrize("text", ["x y", "x ~ y", "", "f(x))", "x,", "1 2"])
def test_an_expression_is_read_to_its_end(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_expression(text)


def test_every_node_knows_its_place() -> None:
    text = "log( x ) + -`b c` : I(z^2, k = 'q')"
    places = {
        (type(node).__name__, text[slice(*node.span)])
        for node in walk(parse_expression(text))
        if isinstance(node, Name | Number | Text | Call | Unary | Binary)
    }
    assert places == {
        ("Binary", text),
        ("Call", "log( x )"),
        ("Name", "x"),
        ("Binary", "-`b c` : I(z^2, k = 'q')"),
        ("Unary", "-`b c`"),
        ("Name", "`b c`"),
        ("Call", "I(z^2, k = 'q')"),
        ("Binary", "z^2"),
        ("Name", "z"),
        ("Number", "2"),
        ("Text", "'q'"),
    }


def test_the_place_does_not_matter_for_equality() -> None:
    assert parse_expression("a+b") == parse_expression(" a  +  b ")
    assert len({parse_expression("a+b"), parse_expression(" a  +  b ")}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a+b", "b+a"),
        ("a", "'a'"),
        ("1", "TRUE"),
        ("TRUE", "NULL"),
        ("f(x)", "f(x, x)"),
        ("a", "(a)"),
    ],
)
def test_different_expressions_differ(one: str, other: str) -> None:
    assert parse_expression(one) != parse_expression(other)


def test_a_node_equals_only_nodes() -> None:
    assert Name("x") != "x"


def test_the_base_node_has_no_values() -> None:
    assert list(Node().children()) == []
    assert Node() == Node()


def test_columns_of_an_expression_come_in_order_and_once() -> None:
    assert column_names(parse_expression("f(b, a + b, k = c) + C(d, e)")) == ("b", "a", "c", "d")


def test_names_of_r_and_python_are_columns() -> None:
    formula = parse_formula("y ~ lambda + class + from + T + and")
    assert formula.columns == ("y", "lambda", "class", "from", "T", "and")
    assert parse_formula("y ~ lambda: x").terms().names == ("lambda:x",)

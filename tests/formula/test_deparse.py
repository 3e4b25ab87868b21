"""Expressions print in R's layout: reference/terms.json holds what R prints."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwell.formula import (
    Argument,
    Call,
    Constant,
    Name,
    Number,
    Text,
    Unary,
    deparse,
    parse_expression,
)

many = settings(deadline=None, max_examples=200)
REFERENCE = json.loads((Path(__file__).parent / "reference" / "terms.json").read_text("utf-8"))


@pytest.mark.parametrize("case", REFERENCE["expressions"], ids=lambda case: case["text"])
def test_an_expression_prints_as_in_r(case: dict[str, Any]) -> None:
    assert deparse(parse_expression(case["text"])) == case["deparsed"]


@pytest.mark.parametrize("case", REFERENCE["expressions"], ids=lambda case: case["text"])
def test_what_is_printed_reads_back(case: dict[str, Any]) -> None:
    expr = parse_expression(case["text"])
    assert parse_expression(deparse(expr)) == expr


@pytest.mark.parametrize(
    ("python", "r"),
    [
        ("I(x**2)", "I(x^2)"),
        ("cut(x, [0, 3, 6])", "cut(x, c(0, 3, 6))"),
        ("poly(x, 2, raw=True)", "poly(x, 2, raw = TRUE)"),
        ("f(x, None, False)", "f(x, NULL, FALSE)"),
        ("relevel(a, ref='a2')", 'relevel(a, ref = "a2")'),
        ("np.log( x )", "np.log(x)"),
        ("clip(x, -np.inf, 1)", "clip(x, -Inf, 1)"),
        ("bs(x, knots=[])", "bs(x, knots = c())"),
        ("_x", "_x"),
        ("größe", "größe"),
    ],
)
def test_python_spellings_print_in_r_layout(python: str, r: str) -> None:
    assert deparse(parse_expression(python)) == r


@many
@given(st.floats(min_value=0, allow_nan=False, allow_infinity=False))
def test_every_number_reads_back_exactly(value: Any) -> None:
    assert parse_expression(deparse(Number(value))) == Number(value)


@many
@given(st.text())
def test_every_text_reads_back_exactly(value: Any) -> None:
    assert parse_expression(deparse(Text(value))) == Text(value)


@many
@given(st.text(min_size=1).filter(lambda name: name != "."))
def test_every_column_name_reads_back_exactly(name: str) -> None:
    assert parse_expression(deparse(Name(name))) == Name(name)


def test_argument_names_are_quoted_where_they_need_it() -> None:
    call = Call("f", (Argument(Number(1), "odd name"), Argument(Constant(None), "k")))
    assert deparse(call) == "f(`odd name` = 1, k = NULL)"


def test_a_sign_prints_without_a_space() -> None:
    assert deparse(Unary("-", Unary("-", Name("x")))) == "--x"

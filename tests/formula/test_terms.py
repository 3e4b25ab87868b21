"""Terms are those of R: the answers in reference/terms.json come from reference/terms.R."""

import json
from pathlib import Path
from typing import Any

import pytest

from mixwell.errors import FormulaError
from mixwell.formula import Term, deparse, parse_expression, parse_formula
from mixwell.formula.terms import expand_terms

REFERENCE = json.loads((Path(__file__).parent / "reference" / "terms.json").read_text("utf-8"))
CASES = REFERENCE["terms"]
ACCEPTED = [case for case in CASES if "error" not in case]
REFUSED = [case for case in CASES if "error" in case]


def name(case: dict[str, Any]) -> str:
    return f"{case['formula']}{' (data)' if case['columns'] else ''}"


def without_response(case: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return R's labels and variables without the response: model.matrix drops it later."""
    response = case["variables"][: case["response"]]
    labels = [label for label in case["labels"] if label not in response]
    return labels, case["variables"][case["response"] :]


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_terms_are_those_of_r(case: dict[str, Any]) -> None:
    labels, variables = without_response(case)
    terms = parse_formula(case["formula"]).terms(case["columns"])
    assert list(terms.names) == labels
    assert terms.intercept == bool(case["intercept"])
    assert [deparse(variable) for variable in terms.variables] == variables
    assert [deparse(offset) for offset in terms.offsets] == case["offsets"]


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_what_r_refuses_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(FormulaError):
        parse_formula(case["formula"])


def test_the_reference_is_large() -> None:
    assert len(ACCEPTED) > 330
    assert len(REFUSED) > 8


# The rules, one line each, for those who read instead of running R.
@pytest.mark.parametrize(
    ("rhs", "expected"),
    [
        ("a + b", "1 | a, b"),
        ("a:b", "1 | a:b"),
        ("a * b", "1 | a, b, a:b"),
        ("a / b", "1 | a, a:b"),
        ("(a + b) / c", "1 | a, b, a:b:c"),
        ("a / (b + c)", "1 | a, a:b, a:c"),
        ("b %in% a", "1 | b:a"),
        ("(a + b + c)^2", "1 | a, b, c, a:b, a:c, b:c"),
        ("(a + b)**2", "1 | a, b, a:b"),
        ("(a + b + c)^2 - a:b", "1 | a, b, c, a:c, b:c"),
        ("x^2", "1 | x"),
        ("a*b - a", "1 | b, a:b"),
        ("b:a + a", "1 | a, b:a"),
        ("a:b + b:a", "1 | a:b"),
        ("a:b + c", "1 | c, a:b"),
        ("0 + a", "0 | a"),
        ("a - 1", "0 | a"),
        ("-1 + a", "0 | a"),
        ("a + 0", "0 | a"),
        ("a - 1 + 1", "1 | a"),
        ("a - 0", "1 | a"),
        ("(a - 1) * b", "0 | a, b, a:b"),
        ("a:1", "1 | "),
        ("a - (b - 1)", "1 | a"),
        ("NULL + a", "1 | a"),
        ("log(a):b", "1 | log(a):b"),
        ("a > 5", "1 | a > 5"),
    ],
)
def test_operators_expand_by_rule(rhs: str, expected: Any) -> None:
    terms = parse_formula(f"y ~ {rhs}").terms()
    assert f"{int(terms.intercept)} | {', '.join(terms.names)}" == expected


def test_a_dot_stands_for_all_columns_but_the_left_hand_side() -> None:
    terms = parse_formula("y | trials(n) + weights(w) ~ . - b").terms(["w", "y", "a", "n", "b"])
    assert terms.names == ("a",)


def test_a_dot_without_data_is_refused() -> None:
    with pytest.raises(FormulaError, match="needs data"):
        parse_formula("y ~ . + x").terms()


def test_a_column_with_an_odd_name_is_quoted_in_terms_from_a_dot() -> None:
    assert parse_formula("y ~ .").terms(["y", "odd name"]).names == ("`odd name`",)


def test_the_response_on_the_right_is_dropped() -> None:
    terms = parse_formula("log(y) ~ x + log(y)").terms()
    assert terms.names == ("x",)
    assert [deparse(variable) for variable in terms.variables] == ["x"]


def test_without_a_response_nothing_is_dropped() -> None:
    assert parse_formula("~ y + x").terms().names == ("y", "x")


def test_a_term_knows_its_name_and_order() -> None:
    term = Term((parse_expression("log(x)"), parse_expression("`odd name`")))
    assert term.name == "log(x):`odd name`"
    assert term.order == 2


def test_terms_of_an_expression_do_not_need_a_formula() -> None:
    terms = expand_terms(parse_expression("0 + x"), text="0 + x")
    assert (terms.intercept, terms.names) == (False, ("x",))


def test_an_explosion_of_terms_is_refused_quickly() -> None:
    many = " * ".join(f"x{i}" for i in range(40))
    with pytest.raises(FormulaError, match="up to 1,099,511,627,775 terms; at most 25,000"):
        parse_formula(f"y ~ {many}")


def test_all_pairs_of_two_hundred_columns_are_expanded() -> None:
    columns = [f"x{i}" for i in range(200)]
    assert len(parse_formula("y ~ .^2").terms(columns).terms) == 200 + 200 * 199 // 2


def test_a_sum_of_five_thousand_terms_is_read() -> None:
    text = "y ~ " + " + ".join(f"x{i}" for i in range(5000)) + " + (1 | g)"
    formula = parse_formula(text)
    assert len(formula.terms().terms) == 5000
    assert parse_formula(str(formula)) == formula
    assert hash(parse_formula(str(formula))) == hash(formula)
    assert len(formula.columns) == 5002

"""Group-level terms are those of lme4 (reference/terms.json) and of brms where lme4 has none."""

import json
from pathlib import Path
from typing import Any

import pytest

from mixwell.formula import column_names, deparse, parse_formula

REFERENCE = json.loads((Path(__file__).parent / "reference" / "terms.json").read_text("utf-8"))


@pytest.mark.parametrize("case", REFERENCE["groups"], ids=lambda case: case["formula"])
def test_bars_are_taken_out_as_lme4_does(case: dict[str, Any]) -> None:
    formula = parse_formula(case["formula"])
    found = [
        (
            deparse(group.effects),
            sorted(c for factor in group.factors for c in column_names(factor)),
        )
        for group in formula.groups
    ]
    expected = list(zip(case["effects"], case["factors"], strict=True))
    assert deparse(formula.fixed) == case["fixed"]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("case", REFERENCE["doubled"], ids=lambda case: case["term"])
def test_double_bars_hold_the_effects_that_lme4_separates(case: dict[str, Any]) -> None:
    (group,) = parse_formula(f"y ~ 1 + {case['term']}").groups
    terms = group.terms()
    separated = (["1"] if terms.intercept else []) + [f"0 + {label}" for label in terms.names]
    assert separated == case["effects"]
    assert group.covariance == "diagonal"


@pytest.mark.parametrize(
    ("rhs", "expected"),
    [
        ("(1 | g)", ["(1 | g)"]),
        ("(x | g)", ["(x | g)"]),
        ("(x || g)", ["(x || g)"]),
        ("x | g", ["(x | g)"]),
        ("(1 | a/b)", ["(1 | a)", "(1 | a:b)"]),
        ("(x || a/b)", ["(x || a)", "(x || a:b)"]),
        ("(1 | a/b/c)", ["(1 | a)", "(1 | a:b)", "(1 | a:b:c)"]),
        ("(1 | a:b/c)", ["(1 | a:b)", "(1 | a:b:c)"]),
        ("(1 | a/(b/c))", ["(1 | a)", "(1 | a:b)", "(1 | a:b:c)"]),
        ("(1 | a:(b))", ["(1 | a:b)"]),
        ("(1 | a:a)", ["(1 | a)"]),
        ("(1 | factor(g))", ["(1 | factor(g))"]),
        ("(1 | `odd name`)", ["(1 | `odd name`)"]),
        ("(1 | ID | g)", ["(1 | ID | g)"]),
        ("(x |2| g)", ["(x | 2 | g)"]),
        ("(x |p| a/b)", ["(x | p | a)", "(x | p | a:b)"]),
        ("(1 | a) + (1 | b) + (1 | a:b)", ["(1 | a)", "(1 | b)", "(1 | a:b)"]),
        ("(x + (z | g))", ["(z | g)"]),
    ],
)
def test_a_bar_is_one_term_for_each_factor(rhs: str, expected: Any) -> None:
    assert [str(group) for group in parse_formula(f"y ~ {rhs}").groups] == expected


def test_a_group_term_is_named_by_its_factors() -> None:
    outer, inner = parse_formula("y ~ (1 | a/factor(b))").groups
    assert (outer.name, inner.name) == ("a", "a:factor(b)")
    assert len(inner.factors) == 2


def test_a_group_term_keeps_its_place_in_the_text() -> None:
    text = "y ~ x + (1 + x | a/b)"
    for group in parse_formula(text).groups:
        assert group.text == "(1 + x | a/b)"
        assert text[slice(*group.span)] == group.text


def test_effects_have_an_intercept_unless_it_is_removed() -> None:
    kept, removed = parse_formula("y ~ (x | g) + (0 + x | h)").groups
    assert kept.terms().intercept
    assert not removed.terms().intercept


def test_an_id_is_carried_and_absent_otherwise() -> None:
    assert [g.id for g in parse_formula("y ~ (1 |p| g) + (x | h)").groups] == ["p", None]


def test_group_terms_alone_leave_the_intercept() -> None:
    assert deparse(parse_formula("y ~ (1 | g)").fixed) == "1"


def test_the_fixed_part_gives_the_order_of_variables() -> None:
    formula = parse_formula("y ~ (0 + b:a | g) + a:b")
    assert formula.terms().names == ("a:b",)
    assert formula.groups[0].terms().names == ("b:a",)


def test_a_bar_inside_a_call_is_the_logical_or() -> None:
    formula = parse_formula("y ~ I(a | b)")
    assert formula.groups == ()
    assert formula.terms().names == ("I(a | b)",)

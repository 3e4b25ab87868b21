"""A formula is one immutable value: what it holds, how it prints, when two are equal."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from mixwell.errors import FormulaError
from mixwell.formula import Formula, Name, deparse, parse_expression, parse_formula

# The language at a glance: what is written, and its canonical text.
LANGUAGE = [
    ("y ~ 1", "y ~ 1"),
    ("y~x", "y ~ x"),
    ("  y  ~\n  x +\tz ", "y ~ x + z"),
    ("~x", "~ x"),
    ("y ~ 0 + x", "y ~ 0 + x"),
    ("y ~ x-1", "y ~ x - 1"),
    ("y ~ a*b", "y ~ a * b"),
    ("y ~ a/b", "y ~ a/b"),
    ("y ~ a : b", "y ~ a:b"),
    ("y ~ b%in%a", "y ~ b %in% a"),
    ("y ~ (a+b) ** 2 - a:b", "y ~ (a + b)^2 - a:b"),
    ("y ~ . - x", "y ~ . - x"),
    ("y ~ `odd name`", "y ~ `odd name`"),
    ("y ~ I(x ** 2)", "y ~ I(x^2)"),
    ("y ~ poly(x,2,raw=True)", "y ~ poly(x, 2, raw = TRUE)"),
    ("y ~ C(a, Treatment('a2'))", 'y ~ C(a, Treatment("a2"))'),
    ("y ~ C(a,contr.sum)", "y ~ C(a, contr.sum)"),
    ("y ~ bs(x, knots=[1,2])", "y ~ bs(x, knots = c(1, 2))"),
    ("y ~ x + (1|g)", "y ~ x + (1 | g)"),
    ("y ~ (1|g) + x", "y ~ x + (1 | g)"),
    ("y ~ (x||g)", "y ~ 1 + (x || g)"),
    ("y ~ x|g", "y ~ 1 + (x | g)"),
    ("y ~ (1|a/b)", "y ~ 1 + (1 | a) + (1 | a:b)"),
    ("y ~ (1|p|g) + (x|p|h)", "y ~ 1 + (1 | p | g) + (x | p | h)"),
    ("y ~ (x + (1 | g))", "y ~ (x) + (1 | g)"),
    ("log(y) ~ x", "log(y) ~ x"),
    ("cbind(s,f) ~ x", "cbind(s, f) ~ x"),
    ("s / n ~ x", "s/n ~ x"),
    ("y|trials(n)+weights(w)~x", "y | trials(n) + weights(w) ~ x"),
    ("sigma ~ x + (1|g)", "sigma ~ x + (1 | g)"),
    ("Größe ~ 身長", "Größe ~ 身長"),
]


@pytest.mark.parametrize(("written", "canonical"), LANGUAGE, ids=lambda part: part)
def test_a_formula_prints_its_canonical_text(written: str, canonical: str) -> None:
    assert str(parse_formula(written)) == canonical


@pytest.mark.parametrize(("written", "canonical"), LANGUAGE, ids=lambda part: part)
def test_the_canonical_text_reads_back_to_an_equal_formula(written: str, canonical: str) -> None:
    formula, again = parse_formula(written), parse_formula(canonical)
    assert again == formula
    assert hash(again) == hash(formula)
    assert str(again) == canonical


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))]
)
@pytest.mark.parametrize("for_parameter", [False, True])
def test_a_copy_is_equal(copied: Callable[[Formula], Formula], for_parameter: bool) -> None:
    formula = parse_formula("sigma ~ x + (1 |p| a/b)")
    if for_parameter:
        formula = formula.for_parameter()
    assert copied(formula) == formula


def test_a_hash_that_was_made_is_not_carried_to_another_process() -> None:
    """There texts have other hashes: a copy makes its own."""
    node = parse_expression("log(x) + 1")
    assert hash(node) == node._hash
    again = pickle.loads(pickle.dumps(node))
    assert not hasattr(again, "_hash")
    assert hash(again) == hash(node)


def test_a_formula_cannot_be_changed() -> None:
    formula = parse_formula("y ~ x")
    with pytest.raises(dataclasses.FrozenInstanceError):
        formula.__setattr__("text", "y ~ z")


def test_different_formulas_differ() -> None:
    formulas = {parse_formula(written) for written, _ in LANGUAGE}
    assert len(formulas) == len({canonical for _, canonical in LANGUAGE})


def test_the_text_is_kept_as_written() -> None:
    assert parse_formula(" y~x ").text == " y~x "


def test_the_representation_is_short() -> None:
    assert repr(parse_formula("y~x")) == "Formula('y ~ x')"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("y ~ x + log(z) + x", ("y", "x", "z")),
        ("y ~ . + x", ("y", "x")),
        ("cbind(s, f) ~ a:b + offset(log(n))", ("s", "f", "a", "b", "n")),
        ("y | trials(n) ~ x + (z | g/factor(h))", ("y", "n", "x", "z", "g", "h")),
        ("y ~ C(a, sum) + C(b, contr.treatment(base = k))", ("y", "a", "b")),
        ("y ~ C(factor(a), sum)", ("y", "a")),
        ("y ~ np.log(x) + f(TRUE, 'text', k = z)", ("y", "x", "z")),
        ("y ~ a - b", ("y", "a", "b")),
        ("y ~ (1 | p | g)", ("y", "g")),
        ("~ `odd name`", ("odd name",)),
    ],
)
def test_columns_are_those_that_are_read(text: str, columns: tuple[str, ...]) -> None:
    assert parse_formula(text).columns == columns


@pytest.mark.parametrize(
    ("text", "expected"), [("y ~ .", True), ("y ~ a:(. - b)", True), ("y ~ x", False)]
)
def test_a_formula_knows_whether_it_has_a_dot(text: str, expected: Any) -> None:
    assert parse_formula(text).has_dot is expected


def test_a_formula_can_be_that_of_a_parameter() -> None:
    formula = parse_formula("sigma ~ x + (1 | g)")
    assert formula.parameter is None
    assert formula.response == Name("sigma")
    parameter = formula.for_parameter()
    assert parameter.parameter == "sigma"
    assert parameter.response is None
    assert parameter.columns == ("x", "g")
    assert str(parameter) == "sigma ~ x + (1 | g)"


@pytest.mark.parametrize("text", ["log(sigma) ~ x", "~ x", "y | trials(n) ~ x"])
def test_a_parameter_is_one_plain_name(text: str) -> None:
    with pytest.raises(FormulaError, match="starts with its name"):
        parse_formula(text).for_parameter()


def test_the_fixed_part_is_what_remains_without_bars() -> None:
    formula = parse_formula("y ~ a + (1 | g) + b - c")
    assert deparse(formula.fixed) == "a + b - c"

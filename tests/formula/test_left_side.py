"""The left-hand side: one response, in R's and in brms's spelling."""

import pytest

from mixwell.formula import deparse, parse_formula


@pytest.mark.parametrize(
    ("left", "response", "additions", "columns"),
    [
        ("y", "y", [], ("y",)),
        ("log(y)", "log(y)", [], ("y",)),
        ("`odd name`", "`odd name`", [], ("odd name",)),
        ("cbind(s, f)", "cbind(s, f)", [], ("s", "f")),
        ("cbind(s, n - s)", "cbind(s, n - s)", [], ("s", "n")),
        ("s / n", "s/n", [], ("s", "n")),
        ("p(s, n)", "p(s, n)", [], ("s", "n")),
        ("proportion(s, n)", "proportion(s, n)", [], ("s", "n")),
        ("I(y > 3)", "I(y > 3)", [], ("y",)),
        ("y > 3", "y > 3", [], ("y",)),
        ("y == 'yes'", 'y == "yes"', [], ("y",)),
        ("y | trials(n)", "y", ["trials(n)"], ("y", "n")),
        ("y | trials(20)", "y", ["trials(20)"], ("y",)),
        ("y | se(s)", "y", ["se(s)"], ("y", "s")),
        ("y|se(s,sigma=True)", "y", ["se(s, sigma = TRUE)"], ("y", "s")),
        ("y | weights(w)", "y", ["weights(w)"], ("y", "w")),
        ("y | cens(c, y2)", "y", ["cens(c, y2)"], ("y", "c", "y2")),
        ("y | trunc(lb = 0, ub = 10)", "y", ["trunc(lb = 0, ub = 10)"], ("y",)),
        ("y | trunc(ub = Inf)", "y", ["trunc(ub = Inf)"], ("y",)),
        ("y | subset(k)", "y", ["subset(k)"], ("y", "k")),
        (
            "y | se(s) + weights(w) + subset(k)",
            "y",
            ["se(s)", "weights(w)", "subset(k)"],
            ("y", "s", "w", "k"),
        ),
        ("log(y) | weights(1/v)", "log(y)", ["weights(1/v)"], ("y", "v")),
    ],
)
def test_a_response_is_read_with_its_additions(
    left: str, response: str, additions: list[str], columns: tuple[str, ...]
) -> None:
    formula = parse_formula(f"{left} ~ x")
    assert formula.response is not None
    assert deparse(formula.response) == response
    assert [str(addition) for addition in formula.additions] == additions
    assert formula.response_columns == columns
    assert formula.columns == (*columns, "x")


def test_an_addition_keeps_its_arguments_by_name() -> None:
    (addition,) = parse_formula("y | se(s, sigma = TRUE) ~ x").additions
    assert addition.name == "se"
    assert [argument.name for argument in addition.args] == [None, "sigma"]


def test_a_formula_without_left_side_has_no_response() -> None:
    formula = parse_formula("~ x")
    assert formula.response is None
    assert formula.response_columns == ()

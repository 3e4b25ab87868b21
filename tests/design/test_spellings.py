"""The ways in which users of R, patsy, formulaic and bambi name a reference level or a coding.

Columns are those that these packages give, by the scripts next to the stored answers.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mixwell.design import build_design
from mixwell.errors import DataError, FormulaError, MixwellError
from mixwell.formula import parse_formula

REFERENCE = Path(__file__).parent / "reference"
ANSWERS = [
    answer
    for name in ("spellings", "spellings_r")
    for answer in json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))["columns"]
]


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "y": [1.0, 2.0, 4.0, 3.0, 5.0, 8.0],
            "x": [0.0, 1.0, 3.0, 2.0, 5.0, 4.0],
            "f": list("abc") * 2,
            "n": [0, 1, 2] * 2,
            "h": [True, False] * 3,
        }
    )


def common(term: str) -> pd.DataFrame:
    return build_design([parse_formula(f"y ~ {term}")], frame()).common


@pytest.mark.parametrize(
    ("package", "text", "columns"), ANSWERS, ids=[f"{a[0]}: {a[1]}" for a in ANSWERS]
)
def test_a_spelling_gives_the_columns_of_the_package_that_it_is_from(package, text, columns):
    found = common(text).drop(columns="Intercept").to_numpy()
    np.testing.assert_allclose(found[:3], columns, atol=1e-10)


@pytest.mark.parametrize(
    ("bambi", "same"),
    [
        ("T(f)", "C(f, Treatment)"),
        ('T(f, "b")', 'C(f, Treatment("b"))'),
        ('T(f, ref="b")', 'C(f, Treatment("b"))'),
        ('T(f, ref="b", levels=["c", "b", "a"])', 'C(f, Treatment("b"), levels=["c", "b", "a"])'),
        ("T(n, ref=1)", "C(n, Treatment(1))"),
        ("S(f)", "C(f, Sum)"),
        ('S(f, omit="a")', 'C(f, Sum("a"))'),
        ('C(f, reference="b")', 'C(f, Treatment("b"))'),
        ('C(f, ref="b")', 'C(f, Treatment("b"))'),
        ('relevel(f, reference="b")', 'relevel(f, ref="b")'),
        ('Q("x")', "x"),
        ('C(f, Simple(reference="b"))', 'C(f, Simple("b"))'),
    ],
)
def test_short_spellings_are_short_for_the_long_ones(bambi, same):
    np.testing.assert_array_equal(common(bambi).to_numpy(), common(same).to_numpy())


def test_new_rows_are_coded_as_the_old_ones():
    design = build_design([parse_formula('y ~ T(f, ref="b", levels=["c", "b", "a"])')], frame())
    new = design.evaluate(pd.DataFrame({"f": ["a", "c", "b"]})).common
    np.testing.assert_array_equal(new.to_numpy()[:, 1:], [[0, 1], [1, 0], [0, 0]])


def test_a_number_names_a_level_in_pythons_spelling_and_counts_positions_in_rs():
    assert list(common("C(n, Treatment(1))"))[1:] == [f"C(n, Treatment(1))[{k}]" for k in "02"]
    by_position = "C(n, contr.treatment(3, base = 1))"
    assert list(common(by_position))[1:] == [f"{by_position}[{k}]" for k in "12"]


@pytest.mark.parametrize(
    ("term", "said", "hint"),
    [
        ("C(f, Treatment(1))", 'base "1" is not a level', "Choices: a, b, c."),
        ('C(f, Treatment(reference="z"))', '"z" is not a level', "Choices: a, b, c."),
        ('C(f, Treatment(bse="b"))', 'no argument "bse"', '"base"'),
        ('C(f, Treatment("a", "b"))', "an argument too many", "Examples"),
        ('C(f, Treatment("a", base="b"))', '"base" twice', ""),
        ("C(f, Sum, refrence='a')", 'no argument "refrence"', "omit"),
        ("C(f, contr.treatment, 1)", "keeps all of them", "how.many"),
        ("C(f, contr.treatment, how.many = 1)", "keeps all of them", "how.many"),
        ("C(f, spans_intercept=False)", "keeps all of them", "spans_intercept"),
        ("C(f, contr.helmert(reverse=False))", "reverse = True only", ""),
        ("C(f, contr.diff(backward=False))", "backward = True only", ""),
        ("C(f, contr.poly(c(1, 2, 5)))", "levels, not their scores", "scores = c(1, 2, 4)"),
        ("C(f, Sum, contr='helmert')", "two codings", "one of them"),
        ("C(f, 'b')", "name of a coding", 'Treatment("b")'),
        ("C(f, levels=['a', 'b'])", "leaves out the level 'c'", "all of them"),
        ("relevel(f, ref='a', reference='b')", "ref twice", ""),
        ("T(f, reference='a')", "no argument 'reference'", "ref"),
        ("{x**2}", "curly brackets", "I(x**2)"),
        ("{x + 1}", "curly brackets", "I(x + 1)"),
        ("C(f, {'up': [-1, 1, 0]})", "curly brackets", "contrasts="),
        ("binary(f, 'a')", "of bambi", 'I(f == "a")'),
        ("fct_relevel(f, 'b')", "of forcats", "relevel(f, ref"),
        ("i(f)", "of fixest", "factor(f)"),
        ("lag(x)", "of formulaic", "shift"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(term, said, hint):
    with pytest.raises(MixwellError) as caught:
        common(term)
    assert said in str(caught.value)
    assert hint in str(caught.value)


def test_a_function_of_the_user_comes_before_a_refusal_of_the_same_name():
    functions = {"lag": lambda x: x + 1}
    design = build_design([parse_formula("y ~ lag(x)")], frame(), functions=functions)
    np.testing.assert_array_equal(design.common["lag(x)"], frame()["x"] + 1)


@pytest.mark.parametrize("choice", ['Treatment("b")', 'contr.treatment(base="b")'])
def test_a_call_given_as_text_in_contrasts_is_sent_into_the_formula(choice):
    with pytest.raises(DataError) as caught:
        build_design([parse_formula("y ~ f")], frame(), contrasts={"f": choice})
    assert f"C(f, {choice})" in str(caught.value)


@pytest.mark.parametrize(
    ("response", "instead"),
    [
        ("censored(y, h)", "cens"),
        ("truncated(y, 0)", "trunc"),
        ("weighted(y, x)", "weights"),
    ],
)
def test_responses_of_bambi_are_refused_with_what_works_here(response, instead):
    with pytest.raises(FormulaError) as caught:
        parse_formula(f"{response} ~ x")
    assert "of bambi" in str(caught.value)
    assert instead in str(caught.value)

"""Codings against R's contrasts, and the algebra that every coding obeys."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwell.design.codings import choices as contrasts
from mixwell.design.codings.choices import (
    Sized,
)
from mixwell.design.codings.contrast_names import (
    contrast_call,
    contrast_class,
    contrast_named,
    resolve_contrast,
)
from mixwell.errors import DataError

REFERENCE = json.loads(
    Path(__file__).parents[1].joinpath("reference").joinpath("codings.json").read_text()
)
LETTERS = ("low", "mid", "high")

CONTRASTS = [
    contrasts.Treatment(),
    contrasts.Treatment(base=2),
    contrasts.SAS(),
    contrasts.Sum(),
    contrasts.Sum(omit=1),
    contrasts.Helmert(),
    contrasts.Poly(),
    contrasts.SuccessiveDifferences(),
    contrasts.Simple(),
    contrasts.Simple(base=2),
    contrasts.Deviation(),
    contrasts.Deviation(omit=1),
]
codings = st.sampled_from(CONTRASTS)
level_names = st.lists(
    st.text("abcdefghij 0123456789-", min_size=1, max_size=6), min_size=2, max_size=9, unique=True
)


def as_contrast(case):
    kind = contrast_class(case["coding"])
    return kind(**{name: case[name] for name in ("base", "scores") if name in case})


def identifier(case):
    chosen = [str(case[name]) for name in ("base", "scores") if name in case]
    return "-".join([case["coding"], str(len(case["levels"])), *chosen])


@pytest.mark.parametrize(
    "case", [c for c in REFERENCE["cases"] if c["coding"] != "hypotheses"], ids=identifier
)
def test_columns_labels_and_hypotheses_are_those_of_r(case):
    made = as_contrast(case).code(case["levels"])
    np.testing.assert_allclose(made.matrix, case["matrix"], atol=1e-10)
    np.testing.assert_allclose(made.hypothesis, case["hypothesis"], atol=1e-10)
    assert made.r_labels == tuple(case["labels"])


@pytest.mark.parametrize("case", [c for c in REFERENCE["cases"] if c["coding"] == "hypotheses"])
def test_hypotheses_become_the_columns_of_their_inverse(case):
    made = contrasts.Hypotheses(case["rows"]).code(case["levels"])
    np.testing.assert_allclose(made.matrix, case["matrix"], atol=1e-10)
    np.testing.assert_allclose(made.hypothesis[1:], case["rows"], atol=1e-12)
    np.testing.assert_allclose(made.anchor, 1 / len(case["levels"]), atol=1e-12)


@pytest.mark.parametrize("case", REFERENCE["numbered"], ids=lambda case: case["call"])
def test_a_contrast_made_from_a_number_of_levels_has_r_names_by_position(case):
    made = contrast_call(case["call"], case["args"], case.get("kwargs") or {})
    names = [f"level {k}" for k in range(len(case["labels"]) + 1)]
    assert made.code(names).r_labels == tuple(case["labels"])


@pytest.mark.parametrize(
    ("contrast", "labels"),
    [
        (contrasts.Treatment(), ("mid", "high")),
        (contrasts.Treatment("mid"), ("low", "high")),
        (contrasts.SAS(), ("low", "mid")),
        (contrasts.Sum(), ("S.low", "S.mid")),
        (contrasts.Sum("low"), ("S.mid", "S.high")),
        (contrasts.Helmert(), ("H.mid", "H.high")),
        (contrasts.Poly(), (".L", ".Q")),
        (contrasts.SuccessiveDifferences(), ("mid-low", "high-mid")),
        (contrasts.Simple(), ("mid", "high")),
        (contrasts.Deviation(), ("D.low", "D.mid")),
        (contrasts.Full(), LETTERS),
        (contrasts.Custom([[0, 1], [1, 0], [1, 1]]), ("1", "2")),
        (contrasts.Hypotheses({"up": [-1, 1, 0], "top": [0, -1, 1]}), ("up", "top")),
    ],
)
def test_columns_are_labeled_by_what_they_compare(contrast, labels):
    assert contrast.code(LETTERS).labels == labels


def test_polynomial_labels_go_on_as_powers():
    assert contrasts.Poly().code("abcdef").labels == (".L", ".Q", ".C", "^4", "^5")


@pytest.mark.parametrize("size", [2, 5, 30, 90])
def test_polynomials_stay_orthonormal_for_many_levels(size):
    matrix = contrasts.Poly().code([str(k) for k in range(size)]).matrix
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(size - 1), atol=1e-10)
    np.testing.assert_allclose(matrix.sum(axis=0), 0, atol=1e-10)


def test_simple_coding_estimates_level_minus_base_around_the_grand_mean():
    made = contrasts.Simple().code(LETTERS)
    np.testing.assert_allclose(made.hypothesis, [[1 / 3] * 3, [-1, 1, 0], [-1, 0, 1]], atol=1e-12)


def test_deviation_coding_estimates_level_minus_the_grand_mean():
    made = contrasts.Deviation().code(LETTERS)
    np.testing.assert_allclose(made.hypothesis[1:], np.eye(3)[:2] - 1 / 3, atol=1e-12)
    np.testing.assert_array_equal(made.matrix, contrasts.Sum().code(LETTERS).matrix)


def test_full_dummies_have_no_anchor_row_but_a_uniform_anchor():
    made = contrasts.Full().code(LETTERS)
    assert made.is_full
    np.testing.assert_array_equal(made.hypothesis, np.eye(3))
    np.testing.assert_allclose(made.anchor, 1 / 3)


@settings(max_examples=60, deadline=None)
@given(contrast=codings, names=level_names)
def test_hypotheses_times_columns_give_the_identity(contrast, names):
    made = contrast.code(names)
    columns = np.column_stack([np.ones(len(names)), made.matrix])
    np.testing.assert_allclose(made.hypothesis @ columns, np.eye(len(names)), atol=1e-8)
    np.testing.assert_array_equal(made.anchor, made.hypothesis[0])
    np.testing.assert_allclose(made.anchor.sum(), 1, atol=1e-8)
    np.testing.assert_allclose(made.hypothesis[1:].sum(axis=1), 0, atol=1e-8)


@settings(max_examples=60, deadline=None)
@given(contrast=codings, names=level_names)
def test_labels_are_unique_and_one_for_each_column(contrast, names):
    made = contrast.code(names)
    assert made.matrix.shape == (len(names), len(names) - 1)
    assert len(set(made.labels)) == len(made.labels) == len(names) - 1
    assert len(set(made.r_labels)) == len(made.r_labels) == len(names) - 1


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from([contrasts.Treatment, contrasts.Simple]),
    names=level_names,
    data=st.data(),
)
def test_permuting_the_levels_permutes_what_a_named_base_estimates(kind, names, data):
    shuffled = data.draw(st.permutations(names))
    base = data.draw(st.sampled_from(names))
    first, second = kind(base).code(names), kind(base).code(shuffled)
    order = [names.index(name) for name in shuffled]
    for label, row in zip(second.labels, second.hypothesis[1:], strict=True):
        expected = first.hypothesis[1 + first.labels.index(label)][order]
        np.testing.assert_allclose(row, expected, atol=1e-10)


@settings(max_examples=40, deadline=None)
@given(contrast=codings, size=st.integers(2, 8), data=st.data())
def test_renaming_levels_changes_names_only(contrast, size, data):
    names = [f"v{k}" for k in range(size)]
    renamed = [f"w{k}" for k in range(size)]
    np.testing.assert_array_equal(contrast.code(names).matrix, contrast.code(renamed).matrix)


@settings(max_examples=60, deadline=None)
@given(contrast=codings, size=st.integers(2, 8))
def test_the_hypotheses_of_a_centered_coding_give_the_coding_back(contrast, size):
    names = [f"v{k}" for k in range(size)]
    made = contrast.code(names)
    again = contrasts.Hypotheses(made.hypothesis[1:]).code(names)
    np.testing.assert_allclose(again.hypothesis[1:], made.hypothesis[1:], atol=1e-8)
    if np.allclose(made.anchor, 1 / size):
        np.testing.assert_allclose(again.matrix, made.matrix, atol=1e-8)


@settings(max_examples=60, deadline=None)
@given(size=st.integers(2, 6), seed=st.integers(0, 2**32 - 1))
def test_any_invertible_table_of_columns_is_a_coding(size, seed):
    matrix = np.random.default_rng(seed).normal(size=(size, size - 1))
    made = contrasts.Custom(matrix).code([f"v{k}" for k in range(size)])
    columns = np.column_stack([np.ones(size), matrix])
    np.testing.assert_allclose(made.hypothesis @ columns, np.eye(size), atol=1e-6)


@pytest.mark.parametrize(
    ("spelling", "kind"),
    [
        ("treatment", contrasts.Treatment),
        ("contr.treatment", contrasts.Treatment),
        ("Treatment", contrasts.Treatment),
        ("dummy", contrasts.Treatment),
        ("contr.SAS", contrasts.SAS),
        ("contr.sum", contrasts.Sum),
        ("Sum", contrasts.Sum),
        ("effects", contrasts.Sum),
        ("HELMERT", contrasts.Helmert),
        ("contr.helmert", contrasts.Helmert),
        ("poly", contrasts.Poly),
        ("polynomial", contrasts.Poly),
        ("contr.poly", contrasts.Poly),
        ("sdif", contrasts.SuccessiveDifferences),
        ("contr.sdif", contrasts.SuccessiveDifferences),
        ("successive", contrasts.SuccessiveDifferences),
        ("difference", contrasts.SuccessiveDifferences),
        ("simple", contrasts.Simple),
        ("deviation", contrasts.Deviation),
        ("full", contrasts.Full),
    ],
)
def test_r_and_python_spellings_name_the_same_contrast(spelling, kind):
    assert resolve_contrast(spelling, where="block") == kind()


def test_every_kind_of_choice_becomes_a_contrast():
    table = [[-1.0], [1.0]]
    frame = pd.DataFrame({"half": [0.5, -0.5]}, index=["b2", "b1"])
    made = contrasts.Treatment().code(["b1", "b2"])
    assert resolve_contrast(contrasts.Sum(), where="b") == contrasts.Sum()
    assert resolve_contrast(contrasts.Sum, where="b") == contrasts.Sum()
    assert resolve_contrast(table, where="b") == contrasts.Custom(table)
    assert resolve_contrast(np.array(table), where="b") == contrasts.Custom(table)
    assert resolve_contrast(made, where="b").code(["b1", "b2"]).labels == made.labels
    rows = resolve_contrast({"up": {"b2": 1, "b1": -1}}, where="b").code(["b1", "b2"])
    np.testing.assert_array_equal(rows.hypothesis[1], [-1, 1])
    by_name = resolve_contrast(frame, where="b").code(["b1", "b2"])
    assert by_name.labels == ("half",)
    np.testing.assert_array_equal(by_name.matrix, [[-0.5], [0.5]])


def test_hypotheses_may_come_as_a_data_frame():
    frame = pd.DataFrame([[-1, 1, 0], [-1, 0, 1]], index=["up", "top"], columns=["a", "c", "b"])
    made = contrasts.Hypotheses(frame).code(["a", "b", "c"])
    assert made.labels == ("up", "top")
    np.testing.assert_array_equal(made.hypothesis[1:], [[-1, 0, 1], [-1, 1, 0]])


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "expected"),
    [
        ("contr.treatment", [3], {}, Sized(contrasts.Treatment(numbered=True), 3)),
        ("contr.treatment", [3, 2], {}, Sized(contrasts.Treatment(2, numbered=True), 3)),
        ("contr.treatment", [["a", "b"]], {"base": 2}, Sized(contrasts.Treatment(2), 2)),
        ("contr.treatment", [], {"n": 3, "contrasts": False}, Sized(contrasts.Full(), 3)),
        ("contr.poly", [3], {"scores": [1, 2, 4]}, Sized(contrasts.Poly((1, 2, 4)), 3)),
        ("contr.sum", [3], {}, Sized(contrasts.Sum(), 3)),
        ("contr.sum", [], {}, contrasts.Sum()),
        ("contr.treatment", [], {"base": 2}, contrasts.Treatment("2")),
        ("contr.treatment", ["a2"], {}, contrasts.Treatment("a2")),
        ("Treatment", [], {"reference": "a2"}, contrasts.Treatment("a2")),
        ("Treatment", ["a2"], {}, contrasts.Treatment("a2")),
        ("Sum", [], {"omit": "a1"}, contrasts.Sum("a1")),
        ("Poly", [np.array([1, 2, 4])], {}, contrasts.Poly((1, 2, 4))),
    ],
)
def test_calls_in_a_formula_make_contrasts(name, args, kwargs, expected):
    assert contrast_call(name, args, kwargs) == expected


@pytest.mark.parametrize(
    ("name", "options", "quoted", "r_labels"),
    [
        ("contr.treatment", {"base": 3}, False, ("1", "2")),
        ("contr.treatment", {}, True, ("mid", "high")),
        ("treatment", {}, False, ("mid", "high")),
        ("contr.sdif", {}, False, ("2-1", "3-2")),
        ("contr.sdif", {}, True, ("mid-low", "high-mid")),
        ("contr.sum", {}, False, ("1", "2")),
        ("contr.poly", {"scores": [1, 2, 5]}, False, (".L", ".Q")),
    ],
)
def test_a_bare_function_in_c_numbers_the_levels_as_r_does(name, options, quoted, r_labels):
    made = contrast_named(name, options, quoted=quoted).code(LETTERS)
    assert made.r_labels == r_labels


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: contrasts.Treatment().code(["a"]), 'only "a"'),
        (lambda: contrasts.Treatment().code([]), "there are none"),
        (lambda: contrasts.Treatment().code(["a", "b", "a"]), '"a" is given more than once'),
        (lambda: contrasts.Treatment("hihg").code(LETTERS), '"hihg" is not a level'),
        (lambda: contrasts.Treatment("hihg").code(LETTERS), "high"),
        (lambda: contrasts.Treatment(4).code(LETTERS), "not a position from 1 to 3"),
        (lambda: contrasts.Treatment(0).code(LETTERS), "not a position from 1 to 3"),
        (lambda: contrasts.Treatment(6).code(["4", "6", "8"]), 'written "6"'),
        (lambda: contrasts.Poly([1, 2]).code(LETTERS), "2 scores for 3 levels"),
        (lambda: contrasts.Poly([1, 2, 2]).code(LETTERS), "all different"),
        (lambda: contrasts.Poly([1, 2, np.nan]).code(LETTERS), "finite"),
        (lambda: contrasts.Custom([[1], [0], [0]]).code(LETTERS), "3 rows and 2 columns"),
        (lambda: contrasts.Custom([[1, 0], [0, 1]]).code(LETTERS), "2 by 2"),
        (lambda: contrasts.Custom([[1, 2], [0, 0], [0, 0]]).code(LETTERS), "determine each other"),
        (lambda: contrasts.Custom([[1, 1], [0, 1], [0, 1]]).code(LETTERS), "determine each other"),
        (lambda: contrasts.Custom([[1, "x"], [0, 1], [0, 1]]).code(LETTERS), "table of numbers"),
        (lambda: contrasts.Custom([[1, 0], [0, 1], [0, 0]], ["p"]).code(LETTERS), "2 labels"),
        (
            lambda: contrasts.Custom([[1, 0], [0, 1], [0, 0]], ["p", "p"]).code(LETTERS),
            "must differ",
        ),
        (lambda: contrasts.Hypotheses({"up": [-1, 1, 0]}).code(LETTERS), "2 hypotheses"),
        (
            lambda: contrasts.Hypotheses({"up": [-1, 1, 0], "mean": [1, 1, 1]}).code(LETTERS),
            '"mean" add up to 3',
        ),
        (
            lambda: contrasts.Hypotheses({"up": [-1, 1], "top": [0, -1, 1]}).code(LETTERS),
            '"up" has 2 weights for 3 levels',
        ),
        (
            lambda: contrasts.Hypotheses({"up": {"lo": -1, "mid": 1}, "t": [-1, 0, 1]}).code(
                LETTERS
            ),
            'names "lo", which is not a level',
        ),
        (
            lambda: contrasts.Hypotheses([[-1, 1, 0], [1, -1, 0]]).code(LETTERS),
            "determine each other",
        ),
        (lambda: resolve_contrast("helmet", where="block"), "helmert"),
        (lambda: resolve_contrast(3, where="block"), "type int"),
        (lambda: resolve_contrast([1, 2], where="block"), "rows and columns"),
        (lambda: contrast_call("contr.sum", [4], {}).code(LETTERS), "made for 4 levels"),
        (lambda: contrast_named("contr.sum", {"base": 1}), 'no argument "base"'),
        (lambda: contrast_call("Sum", [], {"base": 1}), 'no argument "base"'),
        (lambda: contrast_call("contr.SAS", [3, 2], {}), "an argument too many"),
        (
            lambda: contrasts.Custom(pd.DataFrame({"u": [1, 0]}, index=["x", "b"])).code("ab"),
            "not the levels",
        ),
    ],
)
def test_a_coding_that_does_not_fit_is_refused_in_a_sentence(make, message):
    with pytest.raises(DataError, match=message):
        make()


def test_codings_are_immutable_values_that_compare():
    first, second = contrasts.Helmert().code(LETTERS), contrasts.Helmert().code(LETTERS)
    assert first == second
    assert hash(first) == hash(second)
    assert first != contrasts.Treatment().code(LETTERS)
    assert first != "helmert"
    assert "H.mid" in repr(first)
    for array in (first.matrix, first.hypothesis, first.anchor):
        assert not array.flags.writeable

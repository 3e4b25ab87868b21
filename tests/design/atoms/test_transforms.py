"""Stateful transforms against R's, on the training values and on new ones."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwell.design.atoms.transform_arguments import ArrayValues
from mixwell.design.atoms.transforms import TRANSFORMS
from mixwell.errors import DataError

REFERENCE = json.loads(
    Path(__file__).parents[1].joinpath("reference").joinpath("transforms.json").read_text()
)
NEW = np.array(REFERENCE["new"])
X = np.array(REFERENCE["x"])


def columns(values):
    array = np.asarray(values)
    return array[:, None] if array.ndim == 1 else array


@pytest.mark.parametrize(
    "case", REFERENCE["transforms"], ids=lambda case: f"{case['call']}-{case['x']}"
)
def test_training_and_new_values_give_the_columns_of_r(case):
    transform = TRANSFORMS[case["name"]]()
    train = transform(np.array(REFERENCE[case["x"]]), **(case["args"] or {}))
    new = transform(NEW, **(case["args"] or {}))
    assert transform.params_set
    np.testing.assert_allclose(columns(train), columns(case["train"]), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(columns(new), columns(case["new"]), rtol=1e-8, atol=1e-8)
    if case["name"] != "scale":
        count = columns(train).shape[1]
        assert transform.labels == tuple(str(k) for k in range(1, count + 1))


def test_center_subtracts_the_mean_of_the_training_values():
    center = TRANSFORMS["center"]()
    np.testing.assert_allclose(center(X), X - X.mean())
    np.testing.assert_allclose(center(NEW), NEW - X.mean())


CALLS = [
    ("center", {}),
    ("scale", {}),
    ("poly", {"degree": 3}),
    ("poly", {"degree": 2, "raw": True}),
    ("bs", {"df": 6}),
    ("ns", {"df": 4}),
    ("cr", {"df": 5}),
]


@pytest.mark.parametrize(("name", "args"), CALLS)
def test_what_was_learned_is_replayed_row_by_row(name, args):
    transform = TRANSFORMS[name]()
    train = transform(X, **args)
    assert transform.params_set
    np.testing.assert_allclose(transform(X[[4]], **args), train[[4]])
    np.testing.assert_allclose(transform(X[::-1], **args), train[::-1])


@pytest.mark.parametrize(("name", "args"), CALLS)
def test_missing_values_stay_missing_and_teach_nothing(name, args):
    transform, plain = TRANSFORMS[name](), TRANSFORMS[name]()
    with_gaps = np.concatenate([X, [np.nan, np.nan]])
    result = transform(with_gaps, **args)
    np.testing.assert_allclose(result[:-2], plain(X, **args))
    assert np.isnan(result[-2:]).all()


@pytest.mark.parametrize(("name", "args"), CALLS)
def test_whole_numbers_are_read_as_numbers(name, args):
    counts = np.array(REFERENCE["count"])
    np.testing.assert_allclose(
        TRANSFORMS[name]()(counts, **args), TRANSFORMS[name]()(counts.astype(float), **args)
    )


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shift=st.floats(-1e3, 1e3),
    unit=st.floats(0.01, 100),
    call=st.sampled_from([("scale", {}), ("poly", {"degree": 3}), ("bs", {"df": 5})]),
)
def test_columns_do_not_depend_on_the_unit_of_the_variable(seed, shift, unit, call):
    name, args = call
    x = np.random.default_rng(seed).normal(size=25)
    one, other = TRANSFORMS[name](), TRANSFORMS[name]()
    np.testing.assert_allclose(one(x, **args), other(shift + unit * x, **args), atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), df=st.integers(4, 9))
def test_b_splines_with_intercept_add_up_to_one(seed, df):
    x = np.random.default_rng(seed).normal(size=30)
    for name in ("bs", "cr"):
        options = {"intercept": True} if name == "bs" else {}
        basis = TRANSFORMS[name]()(x, df=df, **options)
        np.testing.assert_allclose(basis.sum(axis=1), 1, atol=1e-10)


@pytest.mark.parametrize("name", ["ns", "cr"])
def test_natural_splines_are_straight_outside_the_boundary(name):
    transform = TRANSFORMS[name]()
    transform(X, df=4)
    for start, step in [(X.max(), 1.0), (X.min(), -1.0)]:
        line = transform(start + step * np.arange(4), df=4)
        np.testing.assert_allclose(np.diff(line, n=2, axis=0), 0, atol=1e-10)


def test_a_cardinal_basis_is_the_identity_at_its_knots():
    cr = TRANSFORMS["cr"]()
    x = np.linspace(0, 4, 5)
    np.testing.assert_allclose(cr(x, df=5), np.eye(5), atol=1e-12)
    assert cr.labels == ("1", "2", "3", "4", "5")


def test_a_cardinal_basis_reproduces_straight_lines_everywhere():
    cr = TRANSFORMS["cr"]()
    cr(X, knots=[4, 5])
    heights = np.array([X.min(), 4, 5, X.max()])
    np.testing.assert_allclose(cr(NEW) @ heights, NEW, atol=1e-10)


@pytest.mark.parametrize(
    ("name", "args"), [("poly", {"degree": 3}), ("bs", {"df": 6}), ("ns", {"df": 5})]
)
def test_many_rows_are_computed_without_a_loop(name, args):
    x = np.random.default_rng(1).normal(size=200_000)
    assert TRANSFORMS[name]()(x, **args).shape[0] == 200_000


@pytest.mark.parametrize(
    ("name", "args", "message"),
    [
        ("scale", {"center": "yes"}, "TRUE, FALSE or a number"),
        ("poly", {"degree": 0}, "whole number, 1 or more"),
        ("poly", {"degree": 1.5}, "whole number"),
        ("poly", {"degree": True}, "whole number"),
        ("poly", {"degree": 40}, "different values"),
        ("poly", {"degree": 30}, "accurately"),
        ("poly", {"degree": X}, "several variables"),
        ("bs", {"df": 2}, "df = 2 is too small"),
        ("bs", {"df": 3, "intercept": True}, "4 or more"),
        ("bs", {"df": "5"}, "whole number"),
        ("bs", {"degree": 0}, "degree of bs"),
        ("bs", {"degree": 6}, "up to 5"),
        ("bs", {"knots": [5, 99]}, "99 of bs\\(\\) lies outside"),
        ("bs", {"knots": ["a"]}, "must be numbers"),
        ("bs", {"df": 5, "boundary_knots": [1, 1]}, "two different numbers"),
        ("bs", {"df": 5, "boundary_knots": [1, 2, 3]}, "two different numbers"),
        ("ns", {"df": 0}, "whole number, 1 or more"),
        ("ns", {"df": 1, "intercept": True}, "too small"),
        ("ns", {"knots": [-50]}, "lies outside"),
        ("cr", {}, "needs df or knots"),
        ("cr", {"df": 2}, "3 or more"),
        ("cr", {"df": 4, "knots": [5]}, "3 different knots"),
    ],
)
def test_arguments_that_cannot_work_are_refused_in_a_sentence(name, args, message):
    with pytest.raises(DataError, match=message):
        TRANSFORMS[name]()(X, **args)


@pytest.mark.parametrize("name", ["scale", "bs", "ns"])
def test_a_constant_variable_is_refused(name):
    with pytest.raises(DataError):
        TRANSFORMS[name]()(np.full(5, 3.0))


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_text_and_tables_are_refused(name):
    with pytest.raises(DataError, match="numeric variable"):
        TRANSFORMS[name]()(np.array(["a", "b"]))
    with pytest.raises(DataError, match="one variable"):
        TRANSFORMS[name]()(np.eye(3))


@pytest.mark.parametrize("name", ["scale", "center", "poly", "bs", "ns"])
def test_a_variable_without_values_is_refused(name):
    with pytest.raises(DataError):
        TRANSFORMS[name]()(np.array([np.nan, np.nan]))


PIECES = [
    ("bs", {"df": 6}),
    ("bs", {"df": 8, "degree": 5}),
    ("bs", {"df": 4, "degree": 1, "intercept": True}),
    ("bs", {"knots": [0.4, 0.4, 0.4], "degree": 2}),
    ("ns", {"df": 4}),
    ("ns", {"df": 5, "intercept": True, "boundary_knots": [0.2, 0.7]}),
    ("ns", {}),
    ("cr", {"df": 5}),
]


@pytest.mark.parametrize(("name", "args"), PIECES)
def test_a_spline_as_pieces_of_polynomials_has_the_same_columns_everywhere(name, args):
    values = np.random.default_rng(1).uniform(size=200)
    transform = TRANSFORMS[name]()
    transform(values, **args)
    ends = [values.min(), values.max(), *args.get("knots", ())]
    at = np.concatenate([values, ends, np.linspace(-3, 4, 50)])
    columns = transform(at, **args)
    np.testing.assert_allclose(
        transform.pieces()(at), columns, rtol=1e-13, atol=1e-13 * np.abs(columns).max()
    )


@pytest.mark.parametrize(("name", "args"), CALLS)
def test_what_is_learned_by_asking_is_what_the_first_call_learns(name, args):
    values = np.append(X, np.nan)
    called, asked = TRANSFORMS[name](), TRANSFORMS[name]()
    called(values, **args)
    asked.learn(ArrayValues(values, name), **args)
    np.testing.assert_array_equal(asked(NEW), called(NEW))

"""Bad input is a sentence with its place, found while the design is built."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.design import Design, build_design
from mixwell.errors import DataError, FormulaError, MixwellError
from mixwell.formula import parse_formula


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "y": [1.0, 2.0, 4.0, 3.0, 5.0, 8.0],
            "x": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
            "a": ["u", "v", "w", "u", "v", "w"],
            "g": [1, 1, 2, 2, 3, 3],
            "same": ["k"] * 6,
            "when": pd.date_range("2020-01-01", periods=6),
            "mixed": ["1", 2, "3", 4, 5, 6],
            "s": [1, 2, 3, 1, 0, 2],
            "n": [4, 4, 4, 4, 4, 4],
        }
    )


def build(text: str, data: object = None, **options: object) -> Design:
    return build_design([parse_formula(text)], frame() if data is None else data, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("formula", "said", "hint"),
    [
        ("y ~ xx", "no column 'xx'", '"x"'),
        ("z ~ x", "no column 'z'", "Choices"),
        ("y ~ x + (1 | gg)", "no column 'gg'", '"g"'),
        ("y ~ lgo(x)", "no function 'lgo'", '"log"'),
        ("y ~ log(x, 1, 2)", "cannot be called", "log"),
        ("y ~ poly(x, 2, k = 1)", "cannot be called", "It is poly(x, degree=1, raw=False)."),
        ("y ~ scale()", "needs an argument", ""),
        ("y ~ I(a + 1)", "a is a factor", 'I(a == "x")'),
        ("y ~ I(a == 'uu')", "no level 'uu'", '"u"'),
        ("y ~ I(a > 'u')", "== and !=", ""),
        ("y ~ relevel(a, ref = 'q')", "no level 'q'", "Choices"),
        ("y ~ cut(x, 1)", "two intervals", ""),
        ("y ~ C(a, smu)", 'no contrast "smu"', '"sum"'),
        ("y ~ a + when", "dates or times", "days since"),
        ("y ~ mixed", "int and str", "one type"),
        ("y ~ same", "fewer than two levels", "Leave same out"),
        ("y ~ x + (1 | same)", "one level only", "several levels"),
        ("y ~ x + (0 | g)", "no effects", "(1 | g)"),
        ("y ~ x + (1 | g) + (x | g)", "in the model twice", "(0 + ... | g)"),
        ("y ~ x + (1 | p | g) + (1 | p | a)", "nothing in common", "ID of its own"),
        ("y ~ log(x)", "infinite", "row 0"),
        ("y ~ log(x - 2)", "not a number", "row 0"),
        ("y | se(x) ~ 1", "above 0", "row 0"),
        ("y | cens(a) ~ 1", "unknown code in 6 rows (row 0: 'u'", "left"),
        ("y | cens(g) ~ 1", "-1, 0, 1, 2", ""),
        ("y | trunc(lb = 2) ~ 1", "outside the truncation bounds", "trunc(lb=2), row 0"),
        ("y | trials(a) ~ 1", "one column of numbers", ""),
        ("cbind(s) ~ x", "cbind(successes, failures)", ""),
        ("poly(x, 2) ~ a", "2 columns", ""),
        ("y | subset(x) ~ a", "truth values", ""),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(formula: str, said: str, hint: str) -> None:
    with pytest.raises(MixwellError) as caught:
        build(formula)
    message = str(caught.value)
    assert said in message
    assert hint in message


def test_an_unknown_column_has_a_caret_under_its_name() -> None:
    with pytest.raises(FormulaError) as caught:
        build("y ~ x + Xx:a")
    assert str(caught.value).splitlines()[1:3] == ["    y ~ x + Xx:a", "            ^~"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"y": [], "x": []}, "no rows"),
        (frame().rename(columns={"a": "x"}), "'x'"),
        ("sleepstudy", "no file"),
        (3, "not a table"),
    ],
)
def test_data_that_are_no_usable_table_are_refused(data: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        build("y ~ x", data)


def test_missing_values_are_counted_by_column_and_their_rows_dropped() -> None:
    data = frame()
    data.loc[1, "x"] = np.nan
    data.loc[[1, 4], "a"] = None
    design = build("y ~ x + a", data)
    assert design.n == 4
    assert design.index.tolist() == [0, 2, 3, 5]
    assert design.notes[0] == "2 rows were dropped for missing values (x: 1, a: 2)."


def test_missing_values_are_refused_on_request() -> None:
    data = frame()
    data.loc[2, "y"] = np.nan
    with pytest.raises(DataError, match=r"1 row has missing values \(y: 1\)"):
        build("y ~ x", data, missing="error")


@pytest.mark.parametrize(
    ("formula", "weights", "said"),
    [
        ("y ~ x", "w", "(w: 1)"),
        ("y ~ x", np.array([np.nan, 1, 1, 1, 1, 1]), "(weights: 1)"),
        ("y | weights(w) ~ x", None, "(w: 1)"),
        ("y | se(w) ~ x", None, "(w: 1)"),
        ("y ~ offset(w)", None, "(w: 1)"),
        ("y ~ x + (1 | v)", None, "(v: 1)"),
        ("y ~ log(w)", None, "(w: 1)"),
        ("y ~ x + cut(w, 2)", None, "(w: 1)"),
        ("cbind(w, s) ~ x", None, "(w: 1)"),
    ],
)
def test_a_dropped_row_is_said_with_what_is_missing(formula, weights, said) -> None:
    data = frame().assign(w=[np.nan, 1, 2, 1, 2, 3], v=[None, 1, 1, 2, 2, 2])
    design = build(formula, data, weights=weights)
    assert design.n == 5
    assert design.notes[0] == f"1 row was dropped for missing values {said}."
    with pytest.raises(DataError) as caught:
        build(formula, data, weights=weights, missing="error")
    assert f"1 row has missing values {said}." in str(caught.value)


def test_a_column_that_a_dot_stands_for_is_among_those_that_are_missing() -> None:
    design = build("y ~ .", frame()[["y", "x"]].assign(w=[np.nan, 1, 2, 1, 2, 3]))
    assert design.notes[0] == "1 row was dropped for missing values (w: 1)."


@pytest.mark.parametrize(
    ("term", "count"), [("cut(x, c(0, 2, 4))", 2), ('factor(a, levels = c("u", "v"))', 2)]
)
def test_values_outside_the_levels_are_not_called_missing(term: str, count: int) -> None:
    design = build(f"y ~ {term}")
    assert design.notes[0] == (
        f"{count} rows were dropped for values outside the levels ({term}: {count})."
    )
    with pytest.raises(DataError, match="wider intervals"):
        build(f"y ~ {term}", missing="error")


def test_rows_are_dropped_for_missing_values_and_for_values_outside_levels_apart() -> None:
    data = frame()
    data.loc[1, "x"] = np.nan
    design = build("y ~ cut(x, c(0, 2, 4))", data)
    assert design.notes[:2] == (
        "1 row was dropped for missing values (x: 1).",
        "2 rows were dropped for values outside the levels (cut(x, c(0, 2, 4)): 2).",
    )


def test_new_values_outside_the_intervals_are_not_called_missing() -> None:
    design = build("y ~ cut(x, 2)")
    with pytest.raises(DataError, match=r"cut\(x, 2\) has no level for 2 rows of the new data"):
        design.evaluate({"x": [1.0, 50.0, -20.0]})


def test_a_subset_without_rows_is_said_to_be_one() -> None:
    with pytest.raises(DataError, match=r"subset\(\) keeps none"):
        build("y | subset(x > 100) ~ a")


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ y:a",
        "y ~ a * y",
        "y ~ log(y) + a",
        "log(y) ~ y",
        "y ~ (y | a)",
        "y ~ (1 | y)",
        "y ~ offset(y)",
    ],
)
def test_a_response_on_the_right_hand_side_is_refused(formula: str) -> None:
    with pytest.raises(FormulaError, match="The response"):
        build(formula)


@pytest.mark.parametrize("formula", ["y ~ y + a", "y ~ a + y"])
def test_a_term_that_is_the_response_is_dropped_as_in_r_and_said_to_be(formula: str) -> None:
    design = build(formula)
    assert design.common.columns.tolist() == ["Intercept", "a[v]", "a[w]"]
    assert design.notes == ("y was dropped: it is the response.",)


def test_a_response_on_the_right_hand_side_of_another_parameter_is_refused() -> None:
    with pytest.raises(FormulaError) as caught:
        build_design([parse_formula("y ~ x"), parse_formula("sigma ~ y").for_parameter()], frame())
    assert "sigma ~ y" in str(caught.value)


@pytest.mark.parametrize("formula", ["y ~ . - when - mixed", "I(y - x) ~ x", "cbind(s, n) ~ n"])
def test_what_only_looks_like_the_response_on_the_right_is_read(formula: str) -> None:
    build(formula, frame().drop(columns="same"))


def test_a_function_of_the_users_own_may_read_the_response() -> None:
    def before(y: np.ndarray) -> np.ndarray:
        return np.concatenate([[0.0], y[:-1]])

    design = build("y ~ before(y)", functions={"before": before})
    np.testing.assert_array_equal(design.common["before(y)"], [0.0, 1.0, 2.0, 4.0, 3.0, 5.0])


def test_a_column_without_values_leaves_no_rows() -> None:
    data = frame().assign(x=np.nan)
    with pytest.raises(DataError, match="No row is left"):
        build("y ~ x", data)


def test_infinite_values_are_refused_with_the_row() -> None:
    data = frame()
    data.loc[3, "x"] = np.inf
    with pytest.raises(DataError, match="row 3: x = inf"):
        build("y ~ x", data)


@pytest.mark.parametrize(
    ("formula", "dropped", "reason"),
    [
        ("y ~ x + I(2 * x)", "I(2 * x)", "it is 2 times x"),
        ("y ~ x + n", "n", "it is constant (4), as the intercept is"),
        ("y ~ x + I(x + 0)", "I(x + 0)", "it equals x"),
        ("y ~ x + I(x - x)", "I(x - x)", "it is zero in every row used"),
        ("y ~ x + I(3 * x + 1)", "I(3 * x + 1)", "it is a combination of Intercept, x"),
    ],
)
def test_a_determined_column_is_dropped_by_name_with_its_reason(
    formula: str, dropped: str, reason: str
) -> None:
    design = build(formula)
    (name, why), *_ = design.dropped
    assert name == dropped
    assert why.startswith(reason)
    assert any(dropped in note for note in design.notes)


def test_rank_is_decided_on_all_rows_of_long_data() -> None:
    n = 400_000
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=n), rng.normal(size=n)
    rare = np.zeros(n)
    rare[123_457] = 1.0  # one row separates it from the intercept's multiples
    data = {"y": rng.normal(size=n), "x": x, "z": z, "rare": rare, "w": x + rare, "v": x - 2 * z}
    design = build("y ~ x + z + rare + w + v", data)
    assert list(design.common.columns) == ["Intercept", "x", "z", "rare"]
    assert [name for name, _ in design.dropped] == ["w", "v"]


def test_new_levels_of_a_fixed_factor_are_refused_and_listed() -> None:
    design = build("y ~ a")
    with pytest.raises(DataError, match="'q', 'r'") as caught:
        design.evaluate({"a": ["u", "q", "r"]})
    assert "u, v, w" in str(caught.value)


def test_new_levels_of_a_grouping_factor_are_told_apart() -> None:
    design = build("y ~ x + (x | g) + (1 | g:a)")
    new = design.evaluate({"x": [1.0, 2.0, 3.0], "g": [3, 9, 9], "a": ["v", "v", "u"]})
    by_group, nested = new.blocks
    assert by_group.new_levels == ("9",)
    assert by_group.index.tolist() == [2, 3, 3]
    assert nested.new_levels == ("9:u", "9:v")
    assert nested.levels[nested.index[0]] == "3:v"


def test_new_data_need_no_response_and_no_unread_columns() -> None:
    design = build("log(y) ~ scale(x) + a")
    new = design.evaluate({"x": [2.5], "a": ["v"]})
    np.testing.assert_allclose(new.common.to_numpy(), [[1.0, 0.0, 1.0, 0.0]], atol=1e-12)


def test_new_data_of_another_type_are_refused() -> None:
    design = build("y ~ x")
    with pytest.raises(DataError, match="held numbers"):
        design.evaluate({"x": ["low", "high"]})


def test_missing_values_in_new_data_are_refused() -> None:
    design = build("y ~ x")
    with pytest.raises(DataError, match="a missing value in x"):
        design.evaluate({"x": [1.0, np.nan]})


@pytest.mark.parametrize(
    ("contrasts", "said"),
    [
        ({"q": "sum"}, "'q'"),
        ({"x": "sum"}, "holds numbers"),
        ({"a": "smu"}, '"smu"'),
        ({"a": np.eye(2)}, ""),
    ],
)
def test_contrasts_that_do_not_fit_are_refused(contrasts: dict[str, object], said: str) -> None:
    with pytest.raises(DataError) as caught:
        build("y ~ a + x", contrasts=contrasts)
    assert said in str(caught.value)


def test_terms_of_one_id_and_factor_share_a_block() -> None:
    (block,) = build("y ~ x + (1 | p | g) + (0 + x | p | g)").blocks
    assert block.effects == ("Intercept", "x")
    assert block.covariance == "full"
    assert block.matrix["x"].tolist() == frame()["x"].tolist()


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ 1 + (0 + Intercept | g)",
        "y ~ 0 + Intercept + (1 | g)",
        "y ~ x + (0 + x + Intercept | g)",
    ],
)
def test_a_column_called_intercept_next_to_the_intercept_is_refused(formula):
    """By their names the effects of a group are added to the coefficients."""
    rows = {"y": [1.0, 2.0, 4.0, 3.0] * 5, "x": [0.0, 1.0] * 10, "g": [*"aabb"] * 5}
    data = pd.DataFrame(rows).assign(Intercept=np.arange(20.0))
    with pytest.raises(DataError, match="an intercept and a column that is called Intercept"):
        mw.Model(formula, data)
    ones = data.assign(Intercept=1.0)
    assert mw.Model("y ~ 0 + Intercept + (1 | g)", ones).spec.design.mean.fixed.names
    assert mw.Model("y ~ 0 + Intercept + (0 + Intercept | g)", data).spec

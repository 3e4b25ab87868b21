"""The model frame: every variable of a formula is evaluated once on the rows of one frame."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.design import build_design
from mixwell.design.atoms import evaluation
from mixwell.formula import deparse, parse_expression, parse_formula
from mixwell.tables import frame as door

FORMULAS = [
    "y ~ block * direction + scale(x) + offset(log(w)) + (1 + direction | user)",
    "sigma ~ scale(x) + direction + (1 | user)",
]
VARIABLES = {"y", "block", "direction", "scale(x)", "offset(log(w))", "user"}


@pytest.fixture
def data() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = mw.load_data("block_direction").iloc[:400].copy()
    return frame.assign(x=rng.normal(size=400), w=rng.uniform(1, 2, 400))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, int]]:
    """Count evaluations by expression and frame, keeping every frame so that none is mistaken."""
    counts: Counter[tuple[str, int]] = Counter()
    frames: list[pd.DataFrame] = []
    real = evaluation.language

    def language(expr, frame):
        frames.append(frame.data)
        counts[deparse(expr), id(frame.data)] += 1
        return real(expr, frame)

    monkeypatch.setattr(evaluation, "language", language)
    return counts


def most(counted: Counter[tuple[str, int]]) -> dict[str, int]:
    """How often each expression was evaluated on the frame where it was evaluated most."""
    found: dict[str, int] = {}
    for (text, _), count in counted.items():
        found[text] = max(found.get(text, 0), count)
    return found


def test_a_variable_of_several_formulas_is_evaluated_once(data, counted):
    mw.Model(FORMULAS, data)
    assert set(most(counted)) >= VARIABLES
    assert set(most(counted).values()) == {1}


def test_explaining_a_model_evaluates_no_variable_again(data, counted):
    model = mw.Model(FORMULAS, data)
    counted.clear()
    model.explain()
    model.explain()
    # the words about scale(x) are in units of x itself, which is no variable of the model
    assert most(counted) == {"x": 1}


def test_explaining_evaluates_nothing_again_where_rows_were_dropped(data, counted):
    data.loc[data.index[3], "x"] = np.nan
    model = mw.Model(FORMULAS, data)
    counted.clear()
    model.explain()
    assert most(counted) == {"x": 1}


@pytest.mark.parametrize("response", [False, True])
def test_new_rows_are_read_once_whatever_reads_them(data, counted, response):
    design = mw.Model(FORMULAS, data).design
    counted.clear()
    design.evaluate(data.head(9), response=response)
    wanted = VARIABLES if response else VARIABLES - {"y"}
    assert wanted <= set(most(counted))
    assert set(most(counted).values()) == {1}


def test_a_users_function_is_called_once_for_the_rows_of_a_model(data):
    calls = []

    def doubled(values):
        calls.append(len(values))
        return 2 * values

    formulas = ["y ~ doubled(x) * block + (doubled(x) | user)", "sigma ~ doubled(x)"]
    model = mw.Model(formulas, data, functions={"doubled": doubled})
    model.explain()
    assert calls == [len(data)]
    model.design.evaluate(data.head(5))
    assert calls == [len(data), 5]


def test_grids_and_averages_evaluate_a_variable_once_on_each_of_their_frames(data, counted):
    model = mw.Model("y ~ block * direction + scale(x) + (1 + direction | user)", data)
    fit = model.fit(seed=1, draws=20, tune=20, chains=2)
    counted.clear()
    fit.means("block", by="direction")
    fit.means("user", groups="existing")
    fit.means("block", over="data")
    fit.slopes("x", by="block")
    fit.comparisons("x")
    fit.predictions(data.head(7), groups="existing")
    fit.explain()
    assert {"block", "direction", "scale(x)", "user"} <= set(most(counted))
    assert set(most(counted).values()) == {1}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The tables that came through the door."""
    seen: list[object] = []
    real = door._as_pandas

    def as_pandas(table):
        seen.append(table)
        return real(table)

    monkeypatch.setattr(door, "_as_pandas", as_pandas)
    return seen


def test_the_data_of_a_model_are_read_once(data, read):
    model = mw.Model(FORMULAS, data)
    assert len(read) == 1
    model.explain()
    model.design.evaluate(data.head(3))
    assert len(read) == 2


def test_the_rows_to_predict_are_read_once(data, read):
    fit = mw.Model("y ~ block + (1 | user)", data).fit(seed=1, draws=20, tune=20, chains=2)
    read.clear()
    fit.means("block", groups="existing")
    assert read == []
    fit.predictions(data.head(3), kind="response", groups="existing")
    assert len(read) == 1


def test_the_values_of_dropped_rows_are_no_part_of_the_frame():
    rows = {"y": [1.0, 2, 3, 4, 5], "x": [0.0, 1, np.nan, 3, 4], "g": list("aabbb")}
    design = build_design([parse_formula("y ~ x + (1 | g)")], rows)
    assert len(design.frame) == design.n == 4
    for expr, value in design.frame.variables.items():
        assert len(getattr(value, "codes", value)) == 4, deparse(expr)


def test_an_offset_of_levels_is_refused_with_its_place():
    rows = {"y": [1.0, 2, 3], "g": ["a", "b", "a"]}
    with pytest.raises(mw.FormulaError, match=r"must be one column of numbers") as caught:
        build_design([parse_formula("y ~ 1 + offset(g)")], rows)
    assert "^" in str(caught.value)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("ifelse(x > 3, 1, 0)", [1.0, 0.0, np.nan]),
        ("np.where(x > 3, 1, 0)", [1.0, 0.0, np.nan]),
        ("ifelse(!(x > 3), w, 0)", [0.0, 6.0, np.nan]),
        ("as.numeric(is.na(x > 3))", [0.0, 0.0, 1.0]),
    ],
)
def test_a_condition_without_a_value_makes_no_choice(call, expected):
    data = pd.DataFrame({"x": [5.0, 1.0, np.nan], "w": [5.0, 6.0, 7.0]})
    frame = evaluation.training_frame(data)
    np.testing.assert_array_equal(frame.column(parse_expression(call)), expected)

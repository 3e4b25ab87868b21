"""A level is its value: every kind of identifier, wherever levels are learned and found again.

Expected levels are the distinct values themselves, counted by Python.
"""

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mixwell.design import Design, build_design
from mixwell.errors import DataError, FormulaError
from mixwell.formula import deparse, parse_expression, parse_formula

LONG = 2**53
DAY = pd.Timestamp("2026-03-01")
ZONE = "Europe/Berlin"
# The clock is set back on 2026-10-25: 02:30 comes twice.
BACK = pd.to_datetime(["2026-10-25 00:30", "2026-10-25 01:30", "2026-10-25 02:30"], utc=True)
#: Three values of each kind that floats, 15 digits or a local clock take for two or one.
IDENTIFIERS: dict[str, Any] = {
    "whole": np.array([LONG, LONG + 1, LONG + 2]),
    "unsigned": np.array([2**64 - 2, 2**64 - 1, 7], dtype="uint64"),
    "nullable": pd.array([LONG, LONG + 1, 7], dtype="Int64"),
    "nullable unsigned": pd.array([2**64 - 2, 2**64 - 1, 7], dtype="UInt64"),
    "arrow": pd.array([LONG, LONG + 1, 7], dtype="int64[pyarrow]"),
    "beyond 64 bits": pd.Series([10**20, 10**20 + 1, 7], dtype=object),
    "floats": np.array([0.3, 0.1 + 0.2, 1e17]),
    "decimals": pd.Series([Decimal("0.1"), Decimal("0.10000000000000000001"), Decimal(2)]),
    "categories": pd.Categorical([LONG, LONG + 1, 7]),
    "nanoseconds": DAY + pd.to_timedelta([0, 1, 2], unit="ns"),
    "instants": BACK.tz_convert(ZONE),
    "days": pd.Series([d.date() for d in pd.date_range(DAY, periods=3)], dtype=object),
    "durations": pd.to_timedelta([1, 2, 3], unit="us"),
    "months": pd.period_range("2026-01", periods=3, freq="M"),
    "intervals": pd.IntervalIndex.from_tuples([(0.0, 0.3), (0.0, 0.1 + 0.2), (9.0, 10.0)]),
    "text": ["1", "1.0", "01"],
}


def frame(name: str) -> pd.DataFrame:
    """Three values, each in three rows, the last value first."""
    values = pd.Series(IDENTIFIERS[name])
    data = pd.DataFrame({"y": np.arange(9.0) ** 2, "a": list("uvwuvwuvw"), "x": np.arange(9.0) % 4})
    data["id"] = values.array[::-1].take([0, 1, 2] * 3)
    return data


def build(text: str, data: object) -> Design:
    return build_design([parse_formula(text)], data)


@pytest.mark.parametrize("name", IDENTIFIERS)
@pytest.mark.parametrize("factor", ["id", "factor(id)", "C(id)", "interaction(id, a)", "id:a"])
def test_every_value_is_a_level_with_a_label_of_its_own(name: str, factor: str) -> None:
    data = frame(name)
    design = build(f"y ~ x + (1 | {factor})", data)
    block = design.blocks[0]
    assert len(set(block.levels)) == 3  # crossed with a, which goes along, they are no more
    assert [len(set(block.index[data["a"] == a])) for a in "uvw"] == [1, 1, 1]
    again = design.evaluate(data.iloc[::-1].reset_index(drop=True)).blocks[0]
    np.testing.assert_array_equal(again.index, block.index[::-1])
    assert again.new_levels == ()


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_one_row_finds_its_level(name: str) -> None:
    data = frame(name)
    design = build("y ~ factor(id) + (1 | id)", data)
    for row in range(3):
        one = design.evaluate(data.iloc[[row]])
        assert one.blocks[0].index == design.blocks[0].index[row]
        np.testing.assert_array_equal(one.common, design.common.iloc[[row]])


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("whole", LONG + 3), ("unsigned", 2**64 - 3), ("nullable", LONG + 2),
        ("floats", 0.1 * 3 + 1e-15), ("nanoseconds", DAY + pd.Timedelta(5, "ns")),
        ("instants", BACK[0]  + pd.Timedelta(1, "us")), ("days", datetime.date(2026, 3, 9)),
    ],
)  # fmt: skip
def test_a_neighbor_of_a_level_is_a_new_one(name: str, other: object) -> None:
    design = build("y ~ x + (1 | id)", frame(name))
    one = design.evaluate({"x": [1.0], "id": [other]}).blocks[0]
    assert len(one.new_levels) == 1
    assert one.index.tolist() == [3]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("whole", [float(LONG), LONG, np.uint64(LONG)]),
        ("floats", [0.3, np.float64(0.3)]),
        ("decimals", [0.1, Decimal("0.100")]),
        ("nanoseconds", [DAY, datetime.date(2026, 3, 1), "2026-03-01", "2026-03-01 00:00"]),
        ("instants", [BACK[0], BACK[0].tz_convert("Asia/Tokyo"), "2026-10-25T00:30:00Z"]),
        ("days", [DAY, datetime.date(2026, 3, 1), "2026-03-01"]),
        ("categories", [LONG, np.int64(LONG)]),
    ],
)  # fmt: skip
def test_a_value_in_another_type_is_the_same_level(name: str, given: list[object]) -> None:
    data = frame(name)
    design = build("y ~ x + (1 | id)", data)
    wanted = design.blocks[0].index[2]  # the first value is last in the frame
    for value in given:
        one = design.evaluate({"x": [1.0], "id": [value]}).blocks[0]
        assert one.index.tolist() == [wanted], value


def test_levels_of_dates_and_numbers_are_in_their_own_order() -> None:
    for name in ("days", "unsigned", "decimals", "instants", "beyond 64 bits"):
        data = frame(name)
        levels = build("y ~ x + (1 | id)", data).blocks[0].levels
        order = data.sort_values("id").index[::3]
        block = build("y ~ x + (1 | id)", data).blocks[0]
        assert [levels[block.index[row]] for row in order] == list(levels)


def test_a_date_is_a_label_of_groups_and_no_slope() -> None:
    data = frame("days")
    assert build("y ~ x + (1 | id)", data).blocks[0].levels[0] == "2026-03-01"
    for formula in ("y ~ id", "y ~ x + I(id)", "y ~ poly(id, 2)", "y ~ x:id"):
        with pytest.raises((DataError, FormulaError), match="dates or times"):
            build(formula, data)


def test_a_function_of_ones_own_takes_dates_as_they_are() -> None:
    def days(dates: pd.Series) -> pd.Series:
        return (dates - DAY).dt.days

    design = build_design([parse_formula("y ~ days(id)")], frame("days"), functions={"days": days})
    assert design.common["days(id)"].tolist() == [2, 1, 0] * 3


def test_a_long_number_in_a_formula_is_the_level_that_it_names() -> None:
    data = frame("whole")
    same = build(f"y ~ I(id == {LONG + 1})", data).common.iloc[:, 1]
    assert same.tolist() == [0.0, 1.0, 0.0] * 3
    names = build(f"y ~ relevel(factor(id), ref = '{LONG + 1}')", data).common.columns
    assert [name.partition("[")[2] for name in names] == ["", f"{LONG}]", f"{LONG + 2}]"]
    kept = build(f"y ~ factor(id, levels = c({LONG + 1}, {LONG}))", data)
    assert kept.common.iloc[:, 1].tolist() == [0.0, 1.0] * 3


def test_a_nested_level_is_its_parts_and_not_their_joined_text() -> None:
    data = {"y": [1.0, 2, 3, 5], "a": ["x:y", "u", "x:y", "u"], "b": ["z", "w", "z", "w"]}
    design = build("y ~ 1 + (1 | a:b)", data)
    assert design.blocks[0].levels == ("u:w", "x:y:z")
    new = design.evaluate({"a": ["x", "x:y"], "b": ["y:z", "z"]}).blocks[0]
    assert new.index.tolist() == [2, 1]
    assert new.new_levels == ("x:y:z (new)",)


def test_a_value_called_like_anothers_new_name_is_not_that_level() -> None:
    data = {"y": [1.0, 2, 4, 3], "k": [1, 2, 1, 2]}
    design = build('y ~ 1 + (1 | factor(k, labels = c("2", "3")))', data)
    new = design.evaluate({"k": [3, 2, 1]}).blocks[0]
    assert new.index.tolist() == [2, 1, 0]


def test_crossed_levels_that_would_be_called_alike_are_refused() -> None:
    data = {"y": [1.0, 2, 4, 3], "a": ["p.q", "p"] * 2, "b": ["r", "q.r"] * 2}
    with pytest.raises(FormulaError, match=r"both be called 'p\.q\.r'"):
        build("y ~ interaction(a, b)", data)
    assert build('y ~ 1 + (1 | interaction(a, b, sep = "|"))', data).blocks[0].n_levels == 2


def test_a_new_combination_of_interaction_is_a_new_level() -> None:
    data = {"y": [1.0, 2, 4, 3], "a": ["p", "q"] * 2, "b": ["r", "r", "s", "s"]}
    design = build("y ~ 1 + (1 | interaction(a, b))", data)
    new = design.evaluate({"a": ["p", "t", "t"], "b": ["s", "r", "u"]}).blocks[0]
    assert (new.index.tolist(), new.new_levels) == ([2, 4, 5], ("t.r", "t.u"))


def test_values_that_are_written_alike_are_refused() -> None:
    both = pd.Categorical([1, "1", 1, "1"])
    with pytest.raises(DataError, match="both written '1'"):
        build("y ~ g", {"y": [1.0, 2, 4, 3], "g": both})


def test_a_new_level_has_no_number() -> None:
    design = build("y ~ as.numeric(a)", {"y": [1.0, 2, 4, 3], "a": list("pqpq")})
    with pytest.raises(DataError, match=r"as\.numeric\(a\) has levels .* 'z'"):
        design.evaluate({"a": ["p", "z"]})


def test_levels_of_a_response_are_those_of_the_model() -> None:
    data = {"y": ["no", "yes", "yes", "no"], "x": [1.0, 2, 3, 5]}
    design = build("y ~ x", data)
    one = design.evaluate({"y": ["yes"], "x": [1.0]}, response=True)
    assert one.response is not None
    assert one.response.values.tolist() == [1.0]
    with pytest.raises(DataError, match="'maybe'"):
        design.evaluate({"y": ["maybe"], "x": [1.0]}, response=True)


def test_levels_that_exclude_names_are_missing_as_in_r() -> None:
    # R 4.2: nobs(lm(y ~ factor(h, exclude = "h2"), d)) is 8 and the other column is h3
    data = {"y": [1.0, 2, 6, 3, 5, 1, 4, 4, 2, 7, 1, 9], "h": ["h1", "h2", "h3"] * 4}
    data["k"] = [2, 3, 5] * 4
    for term, last in [
        ('factor(h, exclude = "h2")', "h3"),
        ("factor(k, exclude = 5)", "3"),
        ('factor(k, levels = c(5, 3, 2), exclude = 3, labels = c("x", "z"))', "z"),
        ('ordered(h, exclude = c("h2"))', ".L"),
    ]:
        design = build(f"y ~ {term}", data)
        assert design.n == 8
        assert design.mean.fixed.names[1] == f"{deparse(parse_expression(term))}[{last}]"
        assert "4 rows were dropped for values outside the levels" in design.notes[0]
    assert build("y ~ factor(h, exclude = NULL)", data).n == 12


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ('factor(h, exclude = "z")', "no level 'z' to exclude"),
        ("factor(m, exclude = NULL)", "would make a level of the missing values"),
        ('factor(h, levels = c("h1", "h1"))', "names 'h1' twice"),
        ("factor(h, nmax = 3)", "no argument 'nmax'"),
        ("interaction(h, m, sep = 1)", "sep of interaction"),
        ('interaction(h, m, sep = c("a", "b"))', "sep of interaction"),
        ("C(g, c(-1, 1), base = 2)", "base is an option of codings by name"),
        ("as.numeric(k, foo = 3)", "no argument 'foo'"),
        ("as.integer(k, 3)", "one argument too many"),
        ("sqrt(k, 3)", "cannot be called like this"),
        ("I(k - mean(k, k))", "cannot be called like this"),
        ("relevel(factor(k), 5)", "A number is the position of a level"),
        ("relevel(factor(k), 1.5)", "A number is the position of a level"),
        ("relevel(factor(k), 0)", "A number is the position of a level"),
    ],
)
def test_arguments_without_a_use_are_refused_by_name(term: str, said: str) -> None:
    data = {"y": [1.0, 2, 6, 3, 5, 1], "h": ["h1", "h2", "h3"] * 2, "k": [2, 3, 5] * 2}
    data |= {"m": ["a", None, "b"] * 2, "g": ["u", "v", "v"] * 2}
    with pytest.raises(FormulaError, match=said):
        build(f"y ~ {term}", data)

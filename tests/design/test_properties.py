"""What must hold for any formula: rows may be shuffled, levels renamed, nothing silently moves."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from mixwell.design import Design, build_design
from mixwell.formula import parse_formula

FACTORS = {"a": ["a2", "a1", "a3"], "b": ["lo", "hi"], "c": ["u", "v", "w", "t"], "d": ["p", "q"]}
CODINGS = ["treatment", "sum", "helmert", "poly", "sdif", "simple", "deviation"]


def make_data(seed: int, rows: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    columns: dict[str, object] = {
        name: pd.Categorical(rng.choice(levels, rows), levels) for name, levels in FACTORS.items()
    }
    return pd.DataFrame(
        columns
        | {"y": rng.normal(size=rows), "x": rng.normal(5, 2, rows), "g": rng.choice(8, rows)}
    )


variables = st.lists(st.sampled_from([*FACTORS, "x"]), min_size=1, max_size=4, unique=True)


@st.composite
def formulas(draw: st.DrawFn) -> str:
    names = draw(variables)
    text = names[0]
    for name in names[1:]:
        text += f" {draw(st.sampled_from(['+', '*', ':', '/']))} {name}"
    start = draw(st.sampled_from(["", "0 + "]))
    group = draw(st.sampled_from(["", " + (1 | g)", " + (x | g)", " + (b || g)", " + (1 | g/d)"]))
    return f"y ~ {start}{text}{group}"


codings = st.dictionaries(st.sampled_from(list(FACTORS)), st.sampled_from(CODINGS))


def design_of(text: str, data: pd.DataFrame, coding: dict[str, str]) -> Design:
    formula = parse_formula(text)
    fixed = {v for t in formula.terms().terms for v in map(str, t.name.split(":"))}
    return build_design([formula], data, contrasts={k: v for k, v in coding.items() if k in fixed})


def assert_same_design(one: Design, two: Design) -> None:
    pd.testing.assert_frame_equal(one.common, two.common)
    for mine, theirs in zip(one.blocks, two.blocks, strict=True):
        pd.testing.assert_frame_equal(mine.matrix, theirs.matrix)
        assert mine.index.tolist() == theirs.index.tolist()
        for name in ("factor", "levels", "covariance", "new_levels", "id"):
            assert getattr(mine, name) == getattr(theirs, name)


@settings(max_examples=60, deadline=None)
@given(formulas(), codings, st.integers(0, 50))
def test_evaluating_the_training_data_gives_the_design_again(
    text: str, coding: dict[str, str], seed: int
) -> None:
    data = make_data(seed)
    design = design_of(text, data, coding)
    assert_same_design(design.evaluate(data), design)


@settings(max_examples=40, deadline=None)
@given(formulas(), codings, st.integers(0, 50))
def test_permuting_the_rows_permutes_the_design(
    text: str, coding: dict[str, str], seed: int
) -> None:
    data = make_data(seed)
    order = np.random.default_rng(seed).permutation(len(data))
    design, moved = design_of(text, data, coding), design_of(text, data.iloc[order], coding)
    assert moved.mean.fixed.names == design.mean.fixed.names
    np.testing.assert_allclose(moved.mean.fixed.values, design.mean.fixed.values[order])
    for before, after in zip(design.blocks, moved.blocks, strict=True):
        assert after.levels == before.levels
        assert after.index.tolist() == before.index[order].tolist()
        np.testing.assert_allclose(after.values, before.values[order])


@settings(max_examples=40, deadline=None)
@given(formulas(), codings, st.integers(0, 50))
def test_renaming_levels_renames_columns_and_changes_no_number(
    text: str, coding: dict[str, str], seed: int
) -> None:
    data = make_data(seed)
    renamed = data.copy()
    for name, levels in FACTORS.items():
        # the new names sort the other way round: only the Categorical's order may count
        new = {level: f"{99 - i}{level}" for i, level in enumerate(levels)}
        renamed[name] = data[name].cat.rename_categories(new)
    one, two = design_of(text, data, coding), design_of(text, renamed, coding)
    np.testing.assert_allclose(one.mean.fixed.values, two.mean.fixed.values)
    for before, after in zip(one.blocks, two.blocks, strict=True):
        np.testing.assert_allclose(before.values, after.values)
        assert before.index.tolist() == after.index.tolist()


@settings(max_examples=40, deadline=None)
@given(formulas(), codings, st.integers(0, 50))
def test_adding_unused_levels_changes_nothing(text: str, coding: dict[str, str], seed: int) -> None:
    data = make_data(seed)
    padded = data.copy()
    for name in FACTORS:
        categories = data[name].cat.categories
        padded[name] = data[name].cat.set_categories(["none", *categories, "never"])
    assert_same_design(design_of(text, padded, coding), design_of(text, data, coding))


@settings(max_examples=40, deadline=None)
@given(formulas(), st.integers(0, 50), st.integers(1, 20))
def test_any_subset_of_rows_evaluates_to_the_same_rows(text: str, seed: int, count: int) -> None:
    data = make_data(seed)
    design = design_of(text, data, {})
    part = design.evaluate(data.iloc[:count])
    np.testing.assert_allclose(part.mean.fixed.values, design.mean.fixed.values[:count])
    for block, whole in zip(part.blocks, design.blocks, strict=True):
        assert block.index.tolist() == whole.index[:count].tolist()

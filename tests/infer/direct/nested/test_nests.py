"""Which grouping factors lie within each other, by the rows alone."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.infer.direct.target import build_target

__all__ = ["nested_rows"]


def nested_rows() -> pd.DataFrame:
    """Rows of unequally many classes in 7 schools, and of items that are crossed with them."""
    rng = np.random.default_rng(5)
    counts = [2, 5, 3, 1, 4, 6, 3]
    school = np.repeat(np.arange(7), counts)
    chosen = np.concatenate([np.arange(24), rng.integers(0, 24, 96)])
    named = {
        "town": np.char.add("t", (school[chosen] // 3).astype(str)),
        "school": np.char.add("s", school[chosen].astype(str)),
        "class": np.char.add("c", chosen.astype(str)),
        "item": np.char.add("i", rng.integers(0, 5, 120).astype(str)),
    }
    return pd.DataFrame({"y": rng.normal(size=120), "x": rng.normal(size=120), **named})


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("y ~ x + (1 | school) + (1 | item)", []),
        ("y ~ x + (1 | school) + (1 | class)", [("school", "class", [0])]),
        ("y ~ x + (1 | school/class)", [("school", "school:class", [0])]),
        (
            "y ~ x + (1 | class) + (1 | item) + (1 | school) + (1 | town)",
            [("school", "class", [0]), ("town", "school", [0])],
        ),
        ("y ~ x + (1 + x | school/class)", [("school", "school:class", [0, 1])]),
        ("y ~ x + (1 | school) + (0 + x + item | class)", []),
        ("y ~ x + (1 | school) + (1 + x | class)", [("school", "class", [0])]),
        ("y ~ x + (0 + x | school) + (1 + x | class)", [("school", "class", [1])]),
        ("y ~ x + (1 + x | school) + (1 | class)", []),
    ],
)
def test_a_factor_lies_in_the_nearest_around_it_that_has_no_other_effects(
    formula: str, expected: list[tuple[str, str, list[int]]]
) -> None:
    found = build_target(mw.Model(formula, nested_rows()).spec).nests
    names = [
        (n.outer.unit.layout.name, n.inner.unit.layout.name, n.effects.tolist()) for n in found
    ]
    assert names == expected


def test_a_level_lies_in_the_one_that_its_rows_have() -> None:
    rows = nested_rows()
    target = build_target(mw.Model("y ~ x + (1 | school) + (1 | class)", rows).spec)
    (nest,) = target.nests
    schools, classes = nest.outer.unit.layout.levels, nest.inner.unit.layout.levels
    lies = {classes[i]: schools[k] for i, k in enumerate(nest.within)}
    assert lies == dict(zip(rows["class"], rows["school"], strict=True))
    assert nest.counts.sum() == len(classes)


def test_effects_of_two_predictors_are_not_in_each_other() -> None:
    formulas = ["y ~ x + (1 | class)", "sigma ~ x + (1 | school)"]
    assert build_target(mw.Model(formulas, nested_rows()).spec).nests == ()

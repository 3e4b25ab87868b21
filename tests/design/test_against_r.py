"""The design of every stored formula equals R's model.matrix and lme4's blocks.

The answers and the script that made them lie in `reference/` (design.R, design.json.gz).
"""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mixwell.design import build_design
from mixwell.formula import parse_formula

REFERENCE = Path(__file__).parent / "reference"
TRUTH: dict[str, Any] = json.loads(gzip.decompress((REFERENCE / "design.json.gz").read_bytes()))


def read_data() -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / "design_data.csv")
    for name, column in TRUTH["data"].items():
        if column["kind"] in ("factor", "ordered"):
            ordered = column["kind"] == "ordered"
            frame[name] = pd.Categorical(
                frame[name].astype(str).where(frame[name].notna()),
                column["levels"],
                ordered=ordered,
            )
    return frame


DATA = read_data()


def contrasts_of(case: dict[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    coding = TRUTH["codings"].get(case["coding"]) or {}
    chosen: dict[str, Any] = {}
    for name, choice in coding.items():
        if name in columns:
            table = isinstance(choice, dict)
            chosen[name] = (
                pd.DataFrame(choice["matrix"], columns=choice["labels"]) if table else choice
            )
    return chosen


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    "case", TRUTH["fixed"], ids=lambda c: f"{c['id']} {c['formula']} {c['coding']}"
)
def test_fixed_effect_columns_are_those_of_r(case: dict[str, Any]) -> None:
    data = DATA if case["on"] is None else DATA[case["on"]]
    formula = parse_formula(case["formula"])
    read = tuple(data.columns) if formula.has_dot else formula.columns
    design = build_design([formula], data, contrasts=contrasts_of(case, read))
    fixed = design.mean.fixed
    columns = as_list(case["columns"])
    rows = case["rows"] or list(range(1, len(DATA) + 1))
    assert list(design.index) == [r - 1 for r in as_list(rows)]
    expected = np.array(case["matrix"], dtype=float).reshape(design.n, len(columns))
    assert [r for _, r in fixed.plan.names()] == columns
    kept = [columns.index(name) for name in fixed.r_names]
    np.testing.assert_allclose(fixed.values, expected[:, kept], atol=1e-8)
    assert len(fixed.names) == case["rank"]
    if case["dropped"]:
        left_out = [r for r in columns if r not in fixed.r_names]
        assert left_out == as_list(case["dropped"])
    if case["offset"] is not None:
        np.testing.assert_allclose(design.offset, case["offset"], atol=1e-8)


@pytest.mark.parametrize("case", TRUTH["response"], ids=lambda c: f"{c['id']} {c['formula']}")
def test_responses_are_those_of_r(case: dict[str, Any]) -> None:
    data = DATA if case["on"] is None else DATA[case["on"]]
    design = build_design([parse_formula(case["formula"])], data)
    response = design.response
    assert response is not None
    assert [r for _, r in design.mean.fixed.plan.names()] == as_list(case["columns"])
    if case.get("matrix") is not None:
        successes, failures = np.array(case["matrix"], dtype=float).T
        np.testing.assert_allclose(response.values, successes, atol=1e-8)
        np.testing.assert_allclose(response.trials, successes + failures, atol=1e-8)
        return
    np.testing.assert_allclose(response.values, case["values"], atol=1e-8)
    if case["levels"] is not None:
        spelled = [TRUTH_VALUES.get(level, level) for level in as_list(case["levels"])]
        assert list(response.levels or ()) == spelled


TRUTH_VALUES = {"FALSE": "False", "TRUE": "True"}


def parts_of(factor: str) -> list[str]:
    """Return the parts of lme4's name of a nested factor: h:(rep:g) has three."""
    return [part.strip("()") if ":" in factor else part for part in factor.split(":")]


@pytest.mark.parametrize("case", TRUTH["random"], ids=lambda c: f"{c['id']} {c['formula']}")
def test_random_effects_blocks_are_those_of_lme4(case: dict[str, Any]) -> None:
    design = build_design([parse_formula(case["formula"])], DATA)
    assert [r for _, r in design.mean.fixed.plan.names()] == as_list(case["columns"])
    left = list(case["blocks"])
    if "||" in case["formula"]:  # lme4 splits ||; here it is one diagonal block
        ours = sorted((b.factor, e) for b in design.blocks for e in b.r_effects)
        assert ours == sorted((b["factor"], e) for b in left for e in as_list(b["effects"]))
        independent = [b for b in design.blocks if "||" in b.text]
        assert independent
        assert all(block.covariance == "diagonal" for block in independent)
        return
    assert len(design.blocks) == len(left)
    for block in design.blocks:
        twin = next(
            b
            for b in left
            if sorted(parts_of(b["factor"])) == sorted(block.factor.split(":"))
            and tuple(as_list(b["effects"])) == block.r_effects
        )
        left.remove(twin)
        theirs = np.array(twin["index"])
        names = [TRUTH_VALUES.get(level, level) for level in as_list(twin["levels"])]
        same_order = parts_of(twin["factor"]) == block.factor.split(":")
        ours = np.array(block.levels, dtype=object)[block.index]
        lme4 = np.array(names, dtype=object)[theirs]
        if same_order:
            assert list(block.levels) == names
            assert ours.tolist() == lme4.tolist()
        else:
            assert [sorted(a.split(":")) for a in ours] == [sorted(b.split(":")) for b in lme4]
        matrix = np.array(twin["matrix"], dtype=float).reshape(block.values.shape)
        np.testing.assert_allclose(block.values, matrix, atol=1e-8)


@pytest.mark.parametrize(
    "case", TRUTH["fixed"][::3], ids=lambda c: f"{c['id']} {c['formula']} {c['coding']}"
)
def test_a_design_replayed_on_its_own_rows_is_the_same(case: dict[str, Any]) -> None:
    data = DATA if case["on"] is None else DATA[case["on"]]
    formula = parse_formula(case["formula"])
    read = tuple(data.columns) if formula.has_dot else formula.columns
    design = build_design([formula], data, contrasts=contrasts_of(case, read))
    again = design.evaluate(data.loc[design.index])
    np.testing.assert_allclose(again.mean.fixed.values, design.mean.fixed.values, atol=1e-12)
    one_row = design.evaluate(data.loc[design.index[:1]])
    np.testing.assert_allclose(one_row.mean.fixed.values, design.mean.fixed.values[:1], atol=1e-12)


def test_the_stored_answers_are_many() -> None:
    assert len(TRUTH["fixed"]) >= 250
    assert len(TRUTH["random"]) >= 60

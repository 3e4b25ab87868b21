"""Predictors far from zero in the design: their columns are judged by what they hold."""

import re

import numpy as np
import pandas as pd
import pytest

from mixwell import DataError
from mixwell.design.columns.far_columns import far_predictors, shares
from mixwell.design.design import Design, build_design
from mixwell.formula import parse_formula

RNG = np.random.default_rng(4)
Z, W = RNG.normal(size=60), RNG.normal(size=60)


def frame(offset: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "y": Z + RNG.normal(size=60),
            "x": offset + Z,
            "w": W,
            "f": np.tile(list("abc"), 20),
            "g": np.repeat(np.arange(10), 6).astype(str),
        }
    )


def design(formula: str, offset: float) -> Design:
    return build_design([parse_formula(formula)], frame(offset))


@pytest.mark.parametrize("offset", [1e5, -1e7, 1e9, 1e12])
@pytest.mark.parametrize("formula", ["y ~ x", "y ~ x*f", "y ~ f + x:f", "y ~ 0 + f + x", "y ~ x*w"])
def test_a_predictor_that_varies_is_kept_wherever_it_lies(formula: str, offset: float) -> None:
    made = design(formula, offset)
    assert made.dropped == ()
    assert list(made.common) == list(design(formula, 0.0).common)
    near = made.mean.fixed.near()
    assert np.abs(near).max() < 10
    assert np.allclose(made.common @ made.mean.fixed.of_near(np.eye(near.shape[1])).T, near)


def test_coefficients_go_back_and_forth() -> None:
    fixed = design("y ~ x*f", 1e9).mean.fixed
    b = RNG.normal(size=(3, 6))
    assert np.allclose(fixed.to_near(fixed.of_near(b)), b, rtol=1e-6)


@pytest.mark.parametrize(
    ("formula", "offset", "said"),
    [
        ("y ~ x", 1e16, r"rounding, because x lies around 1e\+16"),
        ("y ~ x + I(2 * x + 3)", 1e9, "rounding, because I"),
        ("y ~ x + I(x^2)", 1e9, r"rounding, because I\(x\^2\) lies around 1e\+18"),
        ("y ~ x:f", 1e9, "lost in rounding, because x lies around"),  # as in R, which drops it too
        ("y ~ I(0 * x + 3)", 1e9, "it is constant"),
    ],
)
def test_what_floats_do_not_hold_is_said(formula: str, offset: float, said: str) -> None:
    (note,) = design(formula, offset).notes
    assert "1 fixed-effect column was dropped" in note
    assert re.search(said, note)


def test_combinations_near_zero_are_judged_as_in_r() -> None:
    near = frame(5.0).assign(almost=lambda d: d["x"] + 1e-9 * W)
    assert [name for name, _ in build_design([parse_formula("y ~ x + almost")], near).dropped] == [
        "almost"
    ]


@pytest.mark.parametrize("formula", ["y ~ x + (x | g)", "y ~ x + (x * f || g)"])
def test_effects_by_group_count_from_the_mean_of_a_predictor_far_from_zero(formula: str) -> None:
    far, near = design(formula, 1e9), design(formula, -float(Z.mean()))
    block = far.blocks[0]
    assert np.allclose(block.values, near.blocks[0].values, atol=1e-5)
    assert f"x counts from its mean, {1e9 + float(Z.mean()):.3f}".rstrip("0") in far.notes[0]
    new = far.evaluate({"x": [1e9 + 2.0], "f": ["b"], "g": ["1"]})
    assert np.isclose(new.blocks[0].values[0, 1], 2.0 - Z.mean(), atol=1e-6)


def test_effects_by_group_without_an_intercept_stay() -> None:
    assert design("y ~ x + (0 + x | g)", 1e9).blocks[0].values.min() > 1e8


def test_an_effect_by_group_that_floats_do_not_hold_is_refused() -> None:
    with pytest.raises(DataError, match="in digits that floating-point numbers do not hold"):
        design("y ~ w + (x | g)", 1e16)


@pytest.mark.parametrize("call", ["poly(x, 3)", "ns(x, 3)", "bs(x, 4)", "scale(x)", "center(x)"])
def test_bases_are_the_same_wherever_a_variable_lies(call: str) -> None:
    far, near = (design(f"y ~ {call}", offset).common.to_numpy() for offset in (1e9, 0.0))
    assert np.allclose(far, near, atol=1e-5)


@pytest.mark.parametrize("sd", [0.01, 1.0, 100.0])
def test_how_far_a_predictor_lies_is_counted_in_its_standard_deviations(sd: float) -> None:
    own = sd * (Z - Z.mean()) / Z.std()
    for times, far in ((9_000.0, False), (-11_000.0, True)):
        data = frame(0.0).assign(x=times * sd + own)
        made = build_design([parse_formula("y ~ x + w")], data)
        plan = made.mean.fixed.plan
        found = far_predictors(plan, made.frame)
        assert [float(mean[0]) for mean, _ in found.values()] == pytest.approx([times * sd] * far)
        assert shares(plan, made.frame) == pytest.approx([1, 1 / 11_000 if far else 1, 1])
        said = "" if made.mean.fixed.shift is None else made.mean.fixed.shift.said
        place = f"{times * sd:.7g}, which is 1.1e+04 standard deviations from 0"
        assert said == f"x counts from its mean, {place}" * far


def test_a_constant_is_not_far_and_a_column_of_zeros_has_no_share_to_lose() -> None:
    data = frame(1e9).assign(zero=0.0, tenth=0.1)  # whose sd is not 0 in floats
    made = build_design([parse_formula("y ~ x + zero + tenth")], data)
    plan = made.mean.fixed.plan
    with np.errstate(all="raise"):
        assert [atom.name for atom in map(plan.atoms.get, far_predictors(plan, made.frame))] == [
            "x"
        ]
        assert shares(plan, made.frame) == pytest.approx([1, Z.std() / 1e9, 1, 0])


@pytest.mark.parametrize(
    ("formula", "moved"),
    [("y ~ x", {(0, 1)}), ("y ~ x*w", {(0, 1), (2, 3)}), ("y ~ x*f", {(0, 1), (2, 4), (3, 5)})],
)
def test_near_columns_are_the_columns_less_the_mean_times_the_rest_of_them(formula, moved) -> None:
    shift = design(formula, 1e9).mean.fixed.shift
    assert shift is not None
    expected = np.eye(len(shift.change))
    for place in moved:
        expected[place] = -(1e9 + Z.mean())
    assert np.array_equal(shift.change == 0, expected == 0)
    assert np.allclose(shift.change, expected, rtol=1e-12)
    assert np.allclose(shift.back, 2 * np.eye(len(expected)) - expected, rtol=1e-12)


def test_of_a_predictor_of_several_columns_the_farthest_is_named() -> None:
    data = frame(0.0).assign(x=1e5 + 0.5 * (Z - Z.mean()) / Z.std())
    made = build_design([parse_formula("y ~ poly(x, 2, raw = TRUE)")], data)
    shift = made.mean.fixed.shift
    assert shift is not None
    assert "counts from its mean, 100000, which is 2e+05 standard" in shift.said


def test_levels_in_which_a_predictor_lies_at_its_mean_are_no_division_by_zero() -> None:
    data = frame(0.0)
    own = np.where(data.f == "c", 0.0, np.tile([-1.0, 1, 0, 1, -1, 0], 10))
    made = build_design([parse_formula("y ~ 0 + x:f")], data.assign(x=1e9 + own))
    assert made.mean.fixed.names == ("x:f[a]", "x:f[b]", "x:f[c]")
    assert np.isfinite(made.mean.fixed.near()).all()


@pytest.mark.parametrize("elsewhere", [True, False])
def test_columns_count_from_a_mean_only_where_there_is_an_intercept(elsewhere: bool) -> None:
    fixed = design("y ~ x*w", 1e9).mean.fixed
    assert (fixed.without_intercept(elsewhere=elsewhere).shift is not None) == elsewhere
    assert design("y ~ x*w", 0.0).mean.fixed.without_intercept(elsewhere=True).shift is None

"""Rows that were counted teach calls what the rows written out teach them."""

import numpy as np
import pandas as pd
import pytest

from mixwell.design.atoms.evaluation import training_frame
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.pushed.learned_numbers import learned_numbers
from mixwell.formula import parse_expression

CALLS = (
    "scale(x)",
    "scale(x, center = FALSE)",
    "standardize(log(x))",
    "center(x)",
    "poly(x, 3)",
    "poly(x, 2, raw = TRUE)",
    "bs(x, df = 5)",
    "bs(x, df = 4, Boundary.knots = c(2, 5))",
    "ns(x, 3)",
    "cr(x, df = 4)",
    "cut(x, 3, labels = FALSE)",
    "I(x - mean(x))",
    "I(x / sum(x))",
    "I((x - median(x)) / sd(x))",
    "I(x / var(x, na.rm = TRUE))",
    "I(x > quantile(x, 0.3))",
    "cut(x, quantile(x, c(0, 0.2, 0.7, 1)), include.lowest = TRUE, labels = FALSE)",
    "I((x - min(x)) / max(x))",
    "I(x * mean(c(1, 4)))",
    "scale(x > mean(x))",
    "ours(x)",
)


class Ours:
    """A transform of a user's own, as formulae knows them."""

    params_set = False

    def __call__(self, x: np.ndarray) -> np.ndarray:
        if not self.params_set:
            self.middle, self.params_set = float(np.nanmedian(x) + np.nanmean(x)), True
        return x - self.middle


def frames() -> tuple[ModelFrame, ModelFrame, np.ndarray]:
    """The frame of all rows, that of the distinct ones, and how often each of these is there."""
    rng = np.random.default_rng(3)
    x = np.append(1 + rng.gamma(2.0, 1.0, 11).round(2), np.nan)
    counts = rng.integers(1, 40, 12)
    distinct = pd.DataFrame({"x": x, "rows": counts})
    every = distinct.loc[np.repeat(np.arange(12), counts), ["x"]].reset_index(drop=True)
    own, unread = {"ours": Ours}, frozenset({"rows"})
    counted = training_frame(distinct, own, counted="rows", unread=unread)
    return training_frame(every, own), counted, counts


@pytest.mark.parametrize("text", CALLS)
def test_a_call_learns_and_is_worth_what_it_is_of_the_rows_written_out(text: str) -> None:
    whole, counted, counts = frames()
    expr = parse_expression(text)
    expected, found = (np.asarray(_numbers(f.variable(expr))) for f in (whole, counted))
    first = np.cumsum(counts) - counts
    np.testing.assert_allclose(found, expected[first], rtol=1e-10, atol=1e-12)
    one, two = (dict(learned_numbers(frame.memory)) for frame in (whole, counted))
    assert one.keys() == two.keys()
    for call, numbers in one.items():
        np.testing.assert_allclose(two[call], numbers, rtol=1e-10, atol=1e-12, err_msg=call)
    new = pd.DataFrame({"x": [2.0, 2.25, 3.5]})
    later = [np.asarray(_numbers(frame.on(new).variable(expr))) for frame in (whole, counted)]
    np.testing.assert_allclose(later[1], later[0], rtol=1e-10, atol=1e-12)


def _numbers(value: object) -> object:
    held = getattr(value, "values", value)
    return np.asarray(held, dtype=float)


@pytest.mark.parametrize("text", ["bs(x, df = 5)", "ns(x, 3)", "cr(x, df = 4)"])
def test_knots_are_those_of_the_rows_written_out_to_the_last_bit(text: str) -> None:
    whole, counted, _ = frames()
    expr = parse_expression(text)
    for frame in (whole, counted):
        frame.variable(expr)
    one, two = (frame.memory[expr]._knots for frame in (whole, counted))
    np.testing.assert_array_equal(two, one)


def test_a_transform_of_ones_own_that_memory_does_not_hold_is_refused(monkeypatch) -> None:
    from mixwell import DataError, options

    monkeypatch.setattr(options, "memory", "100 MB")
    many = pd.DataFrame({"x": [1.0, 2.0], "rows": [10**9, 1]})
    frame = training_frame(many, {"ours": Ours}, counted="rows")
    with pytest.raises(DataError, match=r"ours\(x\), which learns from all rows"):
        frame.variable(parse_expression("ours(x)"))


def test_what_a_dot_stands_for_has_no_column_of_counts() -> None:
    assert frames()[1].columns == ["x"]

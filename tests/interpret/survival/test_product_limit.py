"""Survival curves of data alone, held against R's survival and worked cases."""

import json
from pathlib import Path

import numpy as np
import pytest

import mixwell as mw
from mixwell.interpret.survival.product_limit import (
    nonparametric_survival,
    product_limit,
    turnbull,
)

R = json.loads((Path(__file__).parents[1] / "reference/survival.json").read_text())
KIDNEY = mw.load_data("kidney")


def events_of(curve):
    """R's curve at the times of events alone: it has one row for each time."""
    happened = np.array(curve["n.event"]) > 0
    return np.array(curve["time"])[happened], np.array(curve["surv"])[happened]


def test_right_censored_times_have_kaplan_and_meiers_curve_of_survfit():
    own = KIDNEY[KIDNEY["sex"] == "male"]
    found = nonparametric_survival(own["time"].to_numpy(float), own["censored"].to_numpy())
    for mine, theirs in zip(found, events_of(R["male"]), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10)


def test_weights_count_rows_as_in_survfit():
    weights = np.tile([1.0, 2.0], 38)
    events = KIDNEY["censored"].to_numpy() == 0
    found = product_limit(KIDNEY["time"].to_numpy(float), events, weights)
    for mine, theirs in zip(found, events_of(R["weighted"]), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10)


def test_cases_that_enter_late_are_at_risk_from_then_on_as_in_survfit():
    given = R["delayed"]
    entry, stop, event = (np.array(given[name], dtype=float) for name in ("entry", "stop", "event"))
    found = product_limit(stop, event == 1, np.ones(60), entry)
    for mine, theirs in zip(found, events_of(given), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-12)


def bounds():
    given = R["bounded"]
    low = np.array([0.0 if v is None else v for v in given["low"]])
    high = np.array([np.inf if v is None else v for v in given["high"]])
    return low, high, low == high


def likelihood(times, heights):
    """The log likelihood of interval data under a curve that steps down at times."""
    low, high, exact = bounds()

    def at(t):
        place = np.searchsorted(times, t, side="right")
        return np.concatenate([[1.0], heights])[place]

    before = np.where(exact, at(np.nextafter(low, -1)), at(low))
    return np.log(before - np.where(np.isinf(high), 0.0, at(high))).sum()


def test_bounded_times_have_the_curve_of_survfit():
    low, high, exact = bounds()
    times, heights = turnbull(low, high, exact, np.ones(len(low)))
    # R's search ends within 2e-3 of the maximum, and puts each step in the middle of its interval
    theirs = np.concatenate([[1.0], R["bounded"]["surv"]])
    place = np.searchsorted(R["bounded"]["time"], times, side="right")
    np.testing.assert_allclose(heights, theirs[place], atol=0.02)
    assert likelihood(times, heights) > likelihood(times, theirs[place]) - 1e-9


def test_times_known_on_one_side_only_have_the_pooled_shares():
    # isotonic regression of the shares below: at 1 a half, at 2 none of two, at 3 all of two
    times = np.array([1.0, 1.0, 2.0, 2.0, 3.0, 3.0])
    codes = np.array([-1, 1, 1, 1, -1, -1])
    steps, heights = nonparametric_survival(times, codes)
    below = 1 - heights[np.searchsorted(steps, [1.0, 2.0, 3.0], side="right") - 1]
    np.testing.assert_allclose(below, [0.25, 0.25, 1.0], atol=1e-6)


def test_known_times_alone_are_one_curve_by_either_way():
    times = np.array([3.0, 1.0, 4.0, 1.0, 5.0])
    events = np.array([True, True, False, True, True])
    low, high = times, np.where(events, times, np.inf)
    one = product_limit(times, events, np.ones(5))
    two = turnbull(low, high, events, np.ones(5))
    np.testing.assert_allclose(one[0], two[0])
    np.testing.assert_allclose(one[1], two[1], atol=1e-8)


def test_entry_with_bounds_from_the_left_has_no_curve():
    times, codes = np.array([2.0, 3.0]), np.array([-1, 0])
    assert nonparametric_survival(times, codes, entry=np.array([1.0, 0.0])) is None


@pytest.mark.parametrize("codes", [[1, 1], [0, 1]])
def test_without_events_after_a_time_the_curve_stays(codes):
    times, heights = nonparametric_survival(np.array([1.0, 2.0]), np.array(codes))
    assert len(times) == codes.count(0)
    assert (heights == 0.5).all()

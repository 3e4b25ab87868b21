"""Intervals of many rows at once: what share of draws they hold, and of the distribution."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from mixwell.numeric.intervals.joint_bands import common_place, ends_at, least_depth

REFERENCE = Path(__file__).parents[2] / "interpret/reference/simple.json.gz"


def bands(values, prob):
    place = max(common_place(least_depth(values), prob), 1)
    return (*ends_at(values, place), place)


def inside(values, lower, upper):
    return ((values >= lower[:, None]) & (values <= upper[:, None])).all(axis=0).mean()


@pytest.mark.parametrize("prob", [0.05, 0.5, 0.89, 0.99])
@pytest.mark.parametrize("digits", [12, 1])
def test_they_hold_the_share_of_left_out_draws_asked_for_and_no_narrower_ones_do(prob, digits):
    values = np.random.default_rng(1).normal(size=(5, 301)).round(digits)  # ties with one digit
    place = bands(values, prob)[2]

    def share(place):
        hits = []
        for left in range(values.shape[1]):
            lower, upper = ends_at(np.delete(values, left, axis=1), place)
            hits.append(inside(values[:, [left]], lower, upper))
        return np.mean(hits)

    assert share(place) >= prob or place == 1
    assert share(place + 1) < prob


def test_one_row_has_its_equal_tailed_interval():
    values = np.random.default_rng(2).normal(size=(1, 4001))
    lower, upper, _ = bands(values, 0.89)
    expected = np.quantile(values[0], [0.055, 0.945])
    np.testing.assert_allclose([lower[0], upper[0]], expected, atol=0.02)
    assert lower[0] <= expected[0] < expected[1] <= upper[0]


def test_increasing_functions_of_rows_have_the_functions_of_the_ends():
    values = np.random.default_rng(3).normal(size=(4, 999))
    lower, upper, place = bands(values, 0.9)
    there = bands(np.exp(values), 0.9)
    assert there[2] == place
    np.testing.assert_array_equal(there[:2], (np.exp(lower), np.exp(upper)))


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.95])
def test_a_multivariate_normal_has_the_probability_asked_for_between_the_ends(correlation):
    # the probability of the box, by Genz's integral (scipy)
    k, n, prob = 4, 40_000, 0.89
    covariance = np.full((k, k), correlation) + (1 - correlation) * np.eye(k)
    normal = stats.multivariate_normal(np.zeros(k), covariance)
    values = np.asarray(normal.rvs(n, random_state=np.random.default_rng(4))).T
    lower, upper, _ = bands(values, prob)
    box = normal.cdf(upper, lower_limit=lower, rng=np.random.default_rng(1))
    assert box == pytest.approx(prob, abs=4 * np.sqrt(prob * (1 - prob) / n) + 2 * k / n)


def test_independent_rows_have_the_root_of_the_probability_each():
    k, n, prob = 6, 60_000, 0.9
    values = np.random.default_rng(5).normal(size=(k, n))
    place = bands(values, prob)[2]
    assert 1 - 2 * (place - 1) / (n - 1) == pytest.approx(prob ** (1 / k), abs=0.002)


@pytest.mark.parametrize("name", ["pigs", "percent"])
def test_the_ends_of_a_multivariate_t_are_as_far_out_as_with_mvt_in_emmeans(name):
    known = json.loads(gzip.decompress(REFERENCE.read_bytes()))["mvt"][name]
    rng, n = np.random.default_rng(6), 200_000
    correlation = np.array(known["correlation"])
    normals = rng.multivariate_normal(np.zeros(len(correlation)), correlation, n).T
    values = normals / np.sqrt(rng.chisquare(known["df"], n) / known["df"])
    lower, upper, _ = bands(values, 0.89)
    np.testing.assert_allclose(upper, known["factor"], rtol=0.015)
    np.testing.assert_allclose(-lower, known["factor"], rtol=0.015)


@pytest.mark.parametrize(("rows", "n"), [(3, 400), (12, 400), (40, 4000)])
def test_new_draws_lie_between_the_ends_as_often_as_is_said(rows, n):
    # the ends are estimates: over many sets of draws, how often a new draw lies between them; the
    # place is a whole number, which makes them up to 2 rows / n too wide
    rng, prob, found = np.random.default_rng(7), 0.89, []
    for _ in range(300 if n < 1000 else 60):
        shared = rng.normal(size=n + 200)
        values = 0.6 * shared + 0.8 * rng.normal(size=(rows, n + 200))
        lower, upper, _ = bands(values[:, :n], prob)
        found.append(inside(values[:, n:], lower, upper))
    error = np.std(found) / np.sqrt(len(found))
    assert prob - 4 * error < np.mean(found) < prob + 4 * error + 2 * rows / n


def test_where_even_the_outermost_draws_do_not_suffice_there_is_no_place():
    values = np.random.default_rng(8).normal(size=(200, 300))
    assert common_place(least_depth(values), 0.89) == 0

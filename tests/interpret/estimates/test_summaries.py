"""Summaries of many rows of draws at once."""

import numpy as np
import pytest

from mixwell.interpret.estimates.summaries import summarize
from mixwell.posterior.draws import interval_settings


@pytest.mark.parametrize("unit", [1.0, 1e160, 1e-160, 1e306])
def test_moments_of_numbers_whose_squares_are_none_are_those_in_their_own_unit(unit):
    draws = np.random.default_rng(1).normal(3.0, 1.0, (2, 400))
    found = summarize(draws * unit, (4, 100), 0.0, interval_settings(None))
    np.testing.assert_allclose(found["estimate"], draws.mean(axis=1) * unit, rtol=1e-12)
    np.testing.assert_allclose(found["sd"], draws.std(axis=1, ddof=1) * unit, rtol=1e-12)


def test_a_row_with_an_infinite_draw_is_not_a_number():
    draws = np.array([[1.0, 2.0, np.inf, 3.0], [1.0, 2.0, 4.0, 3.0]])
    found = summarize(draws, (2, 2), 0.0, interval_settings(None))
    assert np.isnan(found["estimate"][0])
    assert found["estimate"][1] == 2.5

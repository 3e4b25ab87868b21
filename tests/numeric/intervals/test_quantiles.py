"""Equal-tailed intervals from the tails alone: the same numbers as numpy and ArviZ give."""

import numpy as np
import pytest

from mixwell.interpret.estimates.summaries import elementwise, summarize
from mixwell.numeric.intervals.quantiles import equal_tailed
from mixwell.posterior.draws import interval, interval_settings

RNG = np.random.default_rng(4)
SHAPES = {
    "normal": lambda n: RNG.normal(size=(7, n)),
    "ties": lambda n: RNG.integers(0, 3, (7, n)).astype(float),
    "constant": lambda n: np.ones((7, n)),
    "drifting": lambda n: np.cumsum(RNG.normal(size=(7, n)), axis=1),
    "heavy tails": lambda n: RNG.standard_cauchy((7, n)),
    # the subsample that looks for the tails sees none of them
    "misleading": lambda n: np.where(np.arange(n) % 8 == 0, 0.0, RNG.normal(size=(7, n))),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n", [1, 2, 5, 63, 64, 65, 400, 4001])
@pytest.mark.parametrize("prob", [0.01, 0.5, 0.89, 0.95, 0.9999])
def test_the_interval_is_numpys_to_the_last_bit(shape, n, prob):
    values = SHAPES[shape](n)
    expected = np.quantile(values, [(1 - prob) / 2, 1 - (1 - prob) / 2], axis=1)
    np.testing.assert_array_equal(equal_tailed(values, prob), expected)


def test_the_interval_is_arvizs():
    values = RNG.gamma(2.0, size=(5, 1000))
    expected = interval(values.reshape(5, 4, 250).transpose(1, 2, 0), interval_settings())
    np.testing.assert_array_equal(equal_tailed(values, interval_settings().prob), expected)


def test_draws_are_left_as_they_were():
    values = RNG.normal(size=(3, 500))
    before = values.copy()
    equal_tailed(values, 0.89)
    np.testing.assert_array_equal(values, before)


def test_blocks_give_what_the_whole_gives():
    values = RNG.normal(size=(700, 1000))
    values[[3, 650], 5] = np.inf
    found = summarize(values, (4, 250), 0.1, interval_settings())
    assert np.isnan(found["estimate"][[3, 650]]).all()
    np.testing.assert_allclose(found["sd"][4], values[4].std(ddof=1))
    np.testing.assert_allclose(
        found["p_direction"][4], max((values[4] > 0.1).mean(), (values[4] < 0.1).mean())
    )
    np.testing.assert_array_equal(elementwise(np.exp, values), np.exp(values))
    assert elementwise(lambda x: x, values) is values

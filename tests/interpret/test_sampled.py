"""The same verbs on a fit that was sampled: estimates agree with R's within Monte Carlo error."""

import numpy as np
import pytest

from mixwell.interpret.changes import slopes
from mixwell.interpret.estimates.estimates import judge
from mixwell.interpret.hypotheses.parameter_draws import parameter_draws
from mixwell.interpret.means import estimands, predictions

# lme4 1.1-31: fixed effects of Reaction ~ Days + (Days | Subject)
INTERCEPT, DAYS = 251.405105, 10.467286


@pytest.fixture(scope="module")
def fit(sleepstudy_fit):
    return sleepstudy_fit.drawn


def test_means_and_slopes_agree_with_lme4(fit):
    made = estimands.means(fit, "Days", at={"Days": [0, 4.5, 9]})
    expected = INTERCEPT + DAYS * np.array([0, 4.5, 9])
    np.testing.assert_array_less(np.abs(made["estimate"] - expected) / made["sd"], 0.25)
    slope = slopes.slopes(fit, "Days")
    assert abs(slope["estimate"][0] - DAYS) < 0.25 * slope["sd"][0]


def test_a_mean_at_zero_is_the_intercepts_draws(fit):
    made = estimands.means(fit, "Days", at={"Days": 0})
    own = fit.draws["b"].sel(effect="Intercept").to_numpy().ravel()
    np.testing.assert_allclose(made.samples[0], own)


def test_existing_subjects_and_new_ones_spread_around_the_population(fit):
    subjects = estimands.means(fit, "Subject", groups="existing")
    population = estimands.means(fit, None)
    assert population.labels == ("overall",)
    spread = subjects["estimate"].std()
    new = estimands.means(fit, None, groups="new", seed=1)
    assert new["sd"][0] == pytest.approx(spread, rel=0.3)
    assert new["sd"][0] > 3 * population["sd"][0]


def test_predictions_and_hypotheses_read_the_posterior(fit):
    made = predictions.predictions(fit, groups="existing")
    observed = fit.spec.design.response.values
    assert np.corrcoef(made["estimate"], observed)[0, 1] > 0.8
    found = judge(["Days > 0", "sd_Subject[Days] < sigma"], parameter_draws(fit))
    assert (found["probability"] > 0.99).all()

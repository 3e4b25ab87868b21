"""R's verbs have the one width of intervals, and R's arguments for another."""

from dataclasses import replace

import numpy as np
import pytest

import mixwell as mw
from mixwell.r import (
    confint,
    contrast,
    emmeans,
    emtrends,
    fitted,
    fixef,
    hypothesis,
    pairs,
    predict,
    summary,
)

MEANS = {
    "emmeans": lambda m, **given: emmeans(m, "~ period", **given),
    "pairwise": lambda m, **given: emmeans(m, "pairwise ~ period", **given)["contrasts"],
    "contrast": lambda m, **given: contrast(emmeans(m, "~ period"), **given),
    "contrast on responses": lambda m, **given: contrast(
        emmeans(m, "~ period"), type="response", **given
    ),
    "pairs": lambda m, **given: pairs(emmeans(m, "~ period"), **given),
    "confint": lambda m, **given: confint(emmeans(m, "~ period"), **given),
}


@pytest.fixture(scope="module")
def brms(sleep):
    return replace(sleep, layout="brms")


@pytest.mark.parametrize("name", MEANS)
def test_emmeans_takes_a_level_and_says_it(herds, name):
    assert "89% equal-tailed interval" in repr(MEANS[name](herds))
    made = MEANS[name](herds, level=0.5)
    assert "50% equal-tailed interval" in repr(made)
    ratios = made.estimates.scale != "link"
    samples = np.log(made.estimates.samples) if ratios else made.estimates.samples
    ends = np.quantile(samples, [0.25, 0.75], axis=1)
    ends = np.exp(ends) if ratios else ends
    np.testing.assert_allclose(made.estimates[["lower", "upper"]].to_numpy().T, ends, rtol=1e-3)


def test_trends_take_a_level(sleep):
    assert "50% equal-tailed" in repr(emtrends(sleep, "~ 1", "Days", level=0.5))
    assert "50% equal-tailed" in repr(emtrends(sleep, "~ 1", "Days", conf_level=0.5))


def test_contrasts_have_the_level_of_their_means(herds):
    assert "50% equal-tailed" in repr(pairs(emmeans(herds, "~ period", level=0.5)))
    on_responses = contrast(emmeans(herds, "~ period", level=0.5), type="response")
    assert "50% equal-tailed" in repr(on_responses)


def test_summaries_take_the_width_of_their_package(sleep, brms, herds):
    assert "l-50% CI" in repr(summary(sleep, level=0.5))
    assert "50% equal-tailed" in repr(summary(brms, prob=0.5))
    assert "l-50% CI u-50% CI" in repr(summary(brms, prob=0.5))
    means = emmeans(herds, "~ period")
    assert summary(means, level=0.5).equals(confint(means, level=0.5).frame)


def test_confint_has_the_one_width_and_takes_a_level(sleep):
    for given in ({"level": 0.9}, {"conf_level": 0.9}):
        assert list(confint(sleep, **given).columns) == ["5 %", "95 %"]
    mw.options.ci_prob = 0.9
    try:
        assert list(confint(sleep).columns) == ["5 %", "95 %"]
    finally:
        mw.options.ci_prob = None


def test_both_ends_of_brms_are_a_width(brms):
    probs = (0.25, 0.75)
    for made in (fixef(brms, probs), fitted(brms, probs), predict(brms, probs=probs)):
        assert list(made.columns) == ["Estimate", "Est.Error", "l-50% CI", "u-50% CI"]
    draws = brms.fit.posterior["b"].sel(effect="Days")
    ends = fixef(brms, probs).loc["Days", ["l-50% CI", "u-50% CI"]].astype(float)
    np.testing.assert_allclose(ends, np.quantile(draws, probs), rtol=1e-3)


def test_both_ends_ask_for_intervals_of_lme4_fits_too(sleep):
    probs = (0.25, 0.75)
    for made in (fixef(sleep, probs), fitted(sleep, probs), predict(sleep, probs=probs)):
        assert list(made.columns) == ["Estimate", "Est.Error", "l-50% CI", "u-50% CI"]
    ends = fixef(sleep, probs).loc["Days", ["l-50% CI", "u-50% CI"]].astype(float)
    draws = sleep.fit.posterior["b"].sel(effect="Days")
    np.testing.assert_allclose(ends, np.quantile(draws, probs), rtol=1e-3)


def test_hypotheses_have_one_width_or_brms_two(brms):
    """brms: `alpha` outside of a two-sided interval, on each side of a one-sided one."""
    texts = ["Days > 0", "Days = 0"]
    usual = hypothesis(brms, texts)
    assert "'CI': 89% interval" in repr(usual)
    assert "exceeds 94.5%" in repr(usual)
    made = hypothesis(brms, texts, alpha=0.05)
    assert "'CI': 90% one-sided and 95% two-sided" in repr(made)
    assert "exceeds 95%" in repr(made)
    draws = brms.fit.posterior["b"].sel(effect="Days")
    for row, ends in enumerate(([0.05, 0.95], [0.025, 0.975])):
        found = made.frame.loc[row, ["CI.Lower", "CI.Upper"]].astype(float)
        np.testing.assert_allclose(found, np.quantile(draws, ends), rtol=1e-3)


@pytest.mark.parametrize("wrong", [95, 0, True, "0.9"])
def test_what_is_no_probability_is_refused_by_the_name_that_was_used(sleep, brms, herds, wrong):
    grid = emmeans(herds, "~ period")
    calls = {
        "level": [
            lambda: confint(sleep, level=wrong),
            lambda: summary(grid, level=wrong),
            lambda: contrast(grid, level=wrong),
            lambda: emmeans(herds, "~ period", level=wrong),
        ],
        "conf_level": [lambda: confint(sleep, conf_level=wrong)],
        "prob": [lambda: summary(brms, prob=wrong)],
        "alpha": [lambda: hypothesis(brms, "Days > 0", alpha=wrong)],
    }
    for name, verbs in calls.items():
        for verb in verbs:
            with pytest.raises(mw.DataError, match=f"{name} is "):
                verb()


@pytest.mark.parametrize("wrong", [0.9, (0.9,), (0.1, 0.95), (0.9, 0.1), (5, 95), "ab"])
def test_ends_that_are_no_interval_are_refused(brms, wrong):
    with pytest.raises(mw.DataError, match="both ends of an interval"):
        fixef(brms, probs=wrong)


def test_a_width_that_is_given_twice_is_refused(sleep):
    with pytest.raises(mw.DataError, match="given twice"):
        confint(sleep, level=0.9, conf_level=0.9)

"""Summaries of hypotheses: means where they are linear in the draws, else what lies within."""

import numpy as np
import pandas as pd
import pytest

from mixwell.interpret.estimates.estimates import judge
from mixwell.interpret.hypotheses.verdicts import Vocabulary

# normal on the log scale with sd 12: the mean of exp(b) is that of its few largest draws
B = np.random.default_rng(5).normal(20.0, 12.0, 400)
KNOWN = Vocabulary(["a", "b", "m"], {"a": 0.1 * B, "b": B, "m": np.exp(B)}.__getitem__, (2, 200))
OF_ONE = ["exp(b) > 1", "m / 2 * m > 1", "(m^2) = 1", "exp(b) / exp(a) < 1"]
SKEWED = ["exp(b) - exp(a) > 0", "1 < exp(b)", "exp(b) > 2", "m^2 / m < 7", "sqrt(m) > a"]
LINEAR = ["b > 0", "2 * b - a / 4 < 1", "-(a + b) * 3 = b", "m * exp(2) > log(3)"]


@pytest.mark.parametrize("text", [*OF_ONE, *SKEWED])
def test_an_estimate_lies_within_its_interval_however_skewed_the_hypothesis(text):
    made = judge(text, KNOWN, ci_prob=0.5)
    assert made["lower"][0] < made["estimate"][0] < made["upper"][0]
    assert "Posterior median and 50% equal-tailed interval" in str(made)


@pytest.mark.parametrize("text", ["exp(b) > 1", "1 * exp(b) = 1"])
def test_a_ratio_compared_with_1_is_summarized_as_its_logarithm(text):
    made = judge(text, KNOWN, ci_prob=0.9)
    ratio = np.exp(np.median(B))  # as fit.explain() has exp() of a coefficient
    assert made["estimate"][0] == pytest.approx(ratio - 1)
    assert made["sd"][0] == pytest.approx(np.std(B, ddof=1) * ratio)
    ends = np.exp(np.quantile(B, [0.05, 0.95])) - 1
    np.testing.assert_allclose(made.frame[["lower", "upper"]].to_numpy()[0], ends)
    assert "of the logarithm, taken back" in str(made)


@pytest.mark.parametrize("text", SKEWED)
def test_what_is_nonlinear_otherwise_has_the_median_of_its_draws(text):
    made = judge(text, KNOWN)
    assert made["estimate"][0] == pytest.approx(np.median(made.samples[0]))
    assert "logarithm" not in str(made)


@pytest.mark.parametrize("text", LINEAR)
def test_what_is_linear_in_the_draws_has_their_mean(text):
    made = judge(text, KNOWN)
    assert made["estimate"][0] == pytest.approx(made.samples[0].mean())
    assert "Posterior mean" in str(made)


def test_a_ratio_that_is_negative_in_some_draws_has_no_logarithm():
    made = judge("b / a - b > 1", Vocabulary(["a", "b"], KNOWN.draws, (2, 200)))
    assert "Posterior median" in str(made)
    made = judge("b * a * b > 1", Vocabulary(["a", "b"], KNOWN.draws, (2, 200)))
    assert "logarithm" not in str(made)


def test_means_compare_by_ratios_in_the_same_way(pretend):
    data = pd.DataFrame({"y": [1, 4, 0, 9, 2, 7], "f": list("uvuvuv")})
    fit = pretend("y ~ f", data, [0.5, 1.5], "poisson", vcov=np.diag([0.1, 4.0]), draws=100)
    made = fit.means("f").hypothesis("f[v] / f[u] > 1")
    ratio = np.median(fit.posterior["b"].sel(effect="f[v]"))
    assert made["estimate"][0] == pytest.approx(np.exp(ratio) - 1)
    assert made["lower"][0] < made["estimate"][0] < made["upper"][0]


def test_of_what_is_not_known_nothing_is_probable():
    known = {"a": B, "c": np.full(400, np.nan), "part": np.where(B > 20, np.nan, B)}
    vocabulary = Vocabulary(list(known), known.__getitem__, (2, 200))
    made = judge(["a < c", "a > c", "part > 0", "a > 0"], vocabulary)
    assert made["probability"].isna().tolist() == [True, True, True, False]
    assert made["evidence_ratio"].isna().tolist() == [True, True, True, False]
    assert "A single value" not in str(made)

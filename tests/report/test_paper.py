"""The report: sentences for a paper, each number from a table of the fit."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.posterior import parameter_tables as tables
from mixwell.posterior.posterior import Posterior
from mixwell.report.claims import subject
from mixwell.report.paper import report


def reported(formula, data, coefficients, **choices):
    """Return the report of a model whose draws are all equal to some coefficients."""
    spec = mw.Model(formula, data, **choices).spec
    b = np.broadcast_to(np.asarray(coefficients, dtype=float), (2, 4, len(coefficients)))
    coords = {"effect": list(spec.design.mean.fixed.names)}
    posterior = xr.Dataset({"b": (("chain", "draw", "effect"), b)}, coords=coords)
    drawn = Posterior(posterior, spec)
    return report(drawn, tables.all_parameters(drawn), "", "No verdict.")


@pytest.fixture(scope="module")
def made(sleepstudy_fit):
    return sleepstudy_fit.report()


def test_the_report_says_what_was_fitted_to_what(made):
    model = made.paragraphs[0]
    assert model.startswith(
        "A Bayesian linear mixed model (gaussian family, identity link) was fitted to 180 "
        "observations of Reaction from 18 Subjects: Reaction ~ Days + (Days | Subject)."
    )
    assert "The intercept and Days varied across Subjects, with their correlations" in model


def test_the_report_has_priors_draws_and_the_verdict(made, sleepstudy_fit):
    _, priors, draws, *_ = made.paragraphs
    assert "normal(0, 48.89) for Days" in priors
    assert "LKJ(1) for corr_Subject" in priors
    assert "4000 draws from the posterior in 4 chains" in draws
    assert sleepstudy_fit.diagnose().verdict in draws
    assert "posterior mean and 89% equal-tailed interval" in draws


@pytest.mark.parametrize("name", ["Days", "sd_Subject[Days]", "sigma"])
def test_each_number_is_that_of_the_summary(made, sleepstudy_fit, name):
    row = made.table.set_index("parameter").loc[name]
    own = sleepstudy_fit.summary().loc[name]
    for column in ("estimate", "sd", "lower", "upper", "rhat", "ess_bulk"):
        assert row[column] == own[column]
    assert f"was {own['estimate']:.1f} [{own['lower']:.1f}, {own['upper']:.1f}]." in made.text


def test_every_parameter_of_the_summary_has_a_row_and_a_sentence(made, sleepstudy_fit):
    assert set(made.table["parameter"]) == set(sleepstudy_fit.summary().index)
    said = " ".join(made.paragraphs[3:])
    assert said.count("[") == len(made.table)


def test_the_report_prints_and_renders(made):
    assert str(made) == repr(made)
    assert max(map(len, str(made).splitlines())) <= 100
    assert made._repr_html_().count("<tr") == len(made.table) + 1
    text = made.to_markdown()
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == len(made.table) + 1
    assert "(Days \\| Subject)" in text


def test_ratios_are_reported_as_ratios():
    data = mw.load_data("bangladesh").assign(use=lambda d: d["use"].astype(str))
    made = reported("use ~ urban + age", data, [-1.0, 0.5, 0.0], family="bernoulli")
    ratio = made.table["exp_estimate"].to_numpy()
    np.testing.assert_allclose(ratio, np.exp(made.table["estimate"]))
    assert "logistic regression model (bernoulli family, logit link)" in made.text
    assert "The odds ratio, " in made.text
    assert "was 1.649 [1.649, 1.649]." in made.text
    assert "it is exp() of the coefficient" in made.text


def test_a_prior_of_the_user_is_reported_apart_from_the_defaults():
    priors = {"Days": "Normal(0, 20)"}
    made = reported("Reaction ~ Days", mw.load_data("sleepstudy"), [250.0, 10.0], priors=priors)
    assert "Priors chosen for this model: normal(0, 20) for Days." in made.text
    assert "The others were weakly informative" in made.text
    assert isinstance(made.table, pd.DataFrame)


def test_many_coefficients_are_left_to_the_table():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"y": rng.normal(size=120), "g": [f"g{i % 40:02d}" for i in range(120)]})
    made = reported("y ~ g", data, np.zeros(40))
    assert "The table has 16 more." in made.text
    assert len(made.table) == 40


SUBJECTS = """
b2 minus b1
  the difference b2 minus b1 was
mean at block = b1
  the mean at block = b1 was
odds at block = b1, direction = left
  the odds at block = b1, direction = left, were
odds ratio, b2 against b1
  the odds ratio, b2 against b1, was
half of how much the slope of Days grows per unit of Days
  half of the amount by which the slope of Days grows per unit of Days was
how much more the difference grows from left to right at m than at f
  how much more the difference grows from left to right at m than at f was estimated at
2/3 of the difference between b1 and the mean of b2 and b3
  2/3 of the difference between b1 and the mean of b2 and b3 was
linear trend over o: 0.707 times the difference between high and low
  the linear trend over o (0.707 times the difference between high and low) was
sd across users of the mean
  the standard deviation across users of the mean was
(b1, left) + (b2, right), cells of block x direction
  the coefficient x ((b1, left) + (b2, right), cells of block x direction) was
"""


LINES = SUBJECTS.strip().split("\n")


@pytest.mark.parametrize(
    ("sentence", "words"), list(zip(LINES[::2], LINES[1::2], strict=True)), ids=LINES[::2]
)
def test_a_meaning_becomes_the_subject_of_a_sentence(sentence, words):
    assert " ".join(subject("x", sentence)) == words.strip()

"""The sentences: what a coefficient is called, read as a specification."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.design import build_design
from mixwell.formula import parse_formula
from mixwell.interpret.sentences.explain import explain_model


def rows():
    rng = np.random.default_rng(3)
    n = 240
    frame = pd.DataFrame(
        {
            "y": rng.normal(size=n),
            "k": rng.poisson(4, n),
            "won": rng.choice(["no", "yes"], n),
            "hours": rng.gamma(3, 2, n),
            "block": rng.choice(["b1", "b2", "b3"], n),
            "direction": rng.choice(["left", "right"], n),
            "group": rng.choice(["control", "treated"], n),
            "sex": rng.choice(["f", "m"], n),
            "period": rng.choice(["1", "2", "3"], n),
            "big": rng.choice([True, False], n),
            "Days": np.tile(np.arange(10.0), n // 10),
            "dose": rng.choice([0.5, 1.0, 2.0, 4.0], n),
            "year": rng.choice(np.arange(1990, 2011), n).astype(float),
            "user": rng.choice([f"u{k}" for k in range(12)], n),
        }
    )
    o = pd.Categorical(rng.choice(["low", "mid", "high"], n), ["low", "mid", "high"], ordered=True)
    four = ["s", "m", "l", "xl"]
    size = pd.Categorical(rng.choice(four, n), four, ordered=True)
    return frame.assign(o=o, size=size)


ROWS = rows()


def explain(formula, contrasts, family):
    contrasts = dict(pair.split("=") for pair in contrasts.split()) if contrasts else None
    if family == "identity":
        return explain_model(build_design([parse_formula(formula)], ROWS, contrasts=contrasts))
    name, _, link = family.partition(" ")
    model = mw.Model(formula, ROWS, name, link=link or None, contrasts=contrasts)
    return explain_model(model.spec)


# formula; contrasts; coefficient, and below it the sentence
LINEAR = """
y ~ 1; ; Intercept
  mean
y ~ block; ; Intercept
  mean at block = b1
y ~ block; ; block[b2]
  b2 minus b1
y ~ block + direction; ; block[b2]
  b2 minus b1
y ~ block + direction; ; Intercept
  mean at block = b1, direction = left
y ~ block * direction; ; Intercept
  mean at block = b1, direction = left
y ~ block * direction; ; block[b2]
  b2 minus b1, at direction = left
y ~ block * direction; ; direction[right]
  right minus left, at block = b1
y ~ block * direction; ; block[b2]:direction[right]
  how much the b2 - b1 difference grows from left to right
y ~ block * direction; block=SAS; block[b1]
  b1 minus b3, at direction = left
y ~ block * direction; direction=sum; block[b2]
  b2 minus b1, averaged over the levels of direction
y ~ block * direction; direction=sum; direction[S.left]
  half of the difference between left and right, at block = b1
y ~ block; block=sum; Intercept
  mean, averaged over the levels of block
y ~ block; block=sum; block[S.b1]
  2/3 of the difference between b1 and the mean of b2 and b3
y ~ block; block=deviation; block[D.b2]
  2/3 of the difference between b2 and the mean of b1 and b3
y ~ block; block=helmert; block[H.b2]
  half of the difference between b2 and b1
y ~ block; block=helmert; block[H.b3]
  1/3 of the difference between b3 and the mean of b1 and b2
y ~ block; block=sdif; block[b3-b2]
  b3 minus b2
y ~ block; block=simple; block[b3]
  b3 minus b1
y ~ block; block=simple; Intercept
  mean, averaged over the levels of block
y ~ block * direction; block=sum direction=sum; Intercept
  mean, averaged over the levels of block and direction
y ~ block * direction; block=sum direction=sum; block[S.b1]:direction[S.left]
  1/3 of how much the difference between b1 and the mean of b2 and b3 grows from right to left
y ~ block * direction * sex; ; block[b2]
  b2 minus b1, at direction = left, sex = f
y ~ block * direction * sex; ; block[b2]:sex[m]
  how much the b2 - b1 difference grows from sex = f to sex = m, at direction = left
y ~ block * direction * sex; ; block[b2]:direction[right]:sex[m]
  how much more the b2 - b1 difference grows from left to right at sex = m than at sex = f
y ~ block * direction + sex; ; sex[m]
  sex = m minus sex = f
y ~ (block + direction + sex)^2; sex=sum; block[b3]
  b3 minus b1, at direction = left, averaged over the levels of sex
y ~ 0 + block; ; block[b2]
  mean at block = b2
y ~ 0 + block + direction; ; block[b2]
  mean at block = b2, direction = left
y ~ 0 + block + direction; ; direction[right]
  right minus left
y ~ 0 + block:direction; ; block[b2]:direction[right]
  mean at block = b2, direction = right
y ~ 0 + block * direction; ; block[b3]:direction[right]
  how much the b3 - b1 difference grows from left to right
y ~ block / direction; ; block[b2]
  b2 minus b1, at direction = left
y ~ block / direction; ; block[b2]:direction[right]
  right minus left, at block = b2
y ~ block / direction; direction=sum; block[b2]:direction[S.left]
  half of the difference between left and right, at block = b2
y ~ block + block:direction; block=sum; block[b3]:direction[right]
  right minus left, at block = b3
y ~ block:direction; ; Intercept
  mean at block = b3, direction = right
y ~ block:direction; ; block[b1]:direction[left]
  (b1, left) minus (b3, right)
y ~ block:direction; ; block[b1]:direction[right]
  b1 minus b3, at direction = right
y ~ o; ; Intercept
  mean, averaged over the levels of o
y ~ o; ; o[.L]
  linear trend over o: 0.707 times the difference between high and low
y ~ o; ; o[.Q]
  quadratic trend over o: 0.816 times the difference between the mean of low and high, and mid
y ~ o * group; ; o[.L]
  linear trend over o: 0.707 times the difference between high and low, at group = control
y ~ o * group; ; o[.L]:group[treated]
  how much the linear trend over o grows from control to treated
y ~ size; ; size[.L]
  linear trend over size: 2.24 times the rise per level of the straight line through the 4 levels
y ~ size; ; size[.Q]
  quadratic trend over size: the mean of s and xl minus the mean of m and l
y ~ size; ; size[.C]
  cubic trend over size: -0.224 x s + 0.671 x m - 0.671 x l + 0.224 x xl
y ~ o; o=treatment; o[high]
  high minus low
y ~ period; ; period[2]
  period 2 minus period 1
y ~ big; ; big[True]
  big = True minus big = False
y ~ (Days > 4); ; Days > 4[True]
  Days > 4 minus Days <= 4
y ~ I(block == "b1"); ; I(block == "b1")[True]
  block == "b1" minus block != "b1"
y ~ factor(dose); ; factor(dose)[2]
  dose 2 minus dose 0.5
y ~ Days; ; Intercept
  mean at Days = 0
y ~ Days; ; Days
  slope of Days per unit
y ~ Days + group; ; Days
  slope of Days per unit
y ~ Days + group; ; group[treated]
  treated minus control
y ~ Days * group; ; Days
  slope of Days per unit, at group = control
y ~ Days * group; group=sum; Days
  slope of Days per unit, averaged over the levels of group
y ~ Days * group; ; group[treated]
  treated minus control, at Days = 0
y ~ Days * group; ; Days:group[treated]
  how much the slope of Days grows from control to treated
y ~ group * Days; ; group[treated]:Days
  how much the slope of Days grows from control to treated
y ~ group / Days; ; group[treated]:Days
  slope of Days per unit, at group = treated
y ~ 0 + group + group:Days; ; group[treated]
  mean at group = treated, Days = 0
y ~ Days:group; ; Intercept
  mean at Days = 0
y ~ 0 + Days; ; Days
  slope of Days per unit
y ~ Days * dose; ; Days
  slope of Days per unit, at dose = 0
y ~ Days * dose; ; Days:dose
  how much the slope of Days grows per unit of dose
y ~ center(Days); ; Intercept
  mean at Days = 4.5 (its mean)
y ~ center(Days) * group; ; group[treated]
  treated minus control, at Days = 4.5 (its mean)
y ~ scale(Days); ; scale(Days)
  slope of Days per standard deviation (2.878)
y ~ scale(Days) * group; ; scale(Days):group[treated]
  how much the slope of Days per standard deviation (2.878) grows from control to treated
y ~ I(Days / 10); ; I(Days/10)
  slope of Days per 10 units
y ~ I(year - 2000) * group; ; group[treated]
  treated minus control, at year = 2000
y ~ log(dose); ; Intercept
  mean at dose = 1
y ~ log(dose); ; log(dose)
  slope of log(dose) per unit, that is per 2.718-fold increase of dose
y ~ log2(dose) * group; ; log2(dose)
  slope of log2(dose) per unit, that is per doubling of dose, at group = control
y ~ sqrt(Days); ; sqrt(Days)
  slope of sqrt(Days) per unit
y ~ Days + I(Days^2); ; Days
  slope of Days per unit, at Days = 0
y ~ Days + I(Days^2); ; I(Days^2)
  half of how much the slope of Days grows per unit of Days
y ~ (Days + I(Days^2)) * group; ; Days
  slope of Days per unit, at group = control, Days = 0
y ~ poly(Days, 2); ; Intercept
  mean, averaged over the observed values of Days
y ~ poly(Days, 2); ; poly(Days, 2)[2]
  quadratic trend over Days (above 0: the curve bends upward)
y ~ poly(Days, 2) * group; ; poly(Days, 2)[1]:group[treated]
  how much the linear trend over Days grows from control to treated
y ~ bs(Days, df = 4); ; Intercept
  mean at Days = 0
y ~ bs(Days, df = 4); ; bs(Days, df = 4)[2]
  coefficient of basis function 2 of bs(Days, df = 4) (only the whole curve over Days can be read)
y ~ Days + log(dose); ; Days
  slope of Days per unit
"""

# family and link; formula; contrasts; coefficient, and below it the sentence
LINKS = """
bernoulli; won ~ block; ; Intercept
  odds at block = b1
bernoulli; won ~ block; ; block[b2]
  odds ratio, b2 against b1
bernoulli; won ~ block * direction; ; block[b2]
  odds ratio, b2 against b1, at direction = left
bernoulli; won ~ block * direction; ; block[b2]:direction[right]
  ratio of odds ratios, b2 against b1, right against left
bernoulli; won ~ block * direction * group; ; block[b2]:direction[right]:group[treated]
  ratio of ratios of odds ratios, b2 against b1, right against left, treated against control
bernoulli; won ~ Days * group; ; Days
  odds ratio per unit of Days, at group = control
bernoulli; won ~ Days * group; ; Days:group[treated]
  ratio of odds ratios per unit of Days, treated against control
bernoulli; won ~ block; block=sum; block[S.b1]
  odds ratio to the power 2/3, b1 against the geometric mean of b2 and b3
bernoulli; won ~ block * direction; direction=sum; block[b2]
  odds ratio, b2 against b1, averaged over the levels of direction on the log odds scale
bernoulli; won ~ o; ; o[.L]
  linear trend over o: 0.707 times the difference between high and low, on the log odds scale
bernoulli probit; won ~ block; ; block[b2]
  b2 minus b1, on the probit scale
bernoulli cloglog; won ~ block * direction; ; block[b2]
  b2 minus b1, at direction = left, on the cloglog scale
poisson; k ~ block; ; Intercept
  mean at block = b1
poisson; k ~ block; ; block[b2]
  ratio of means, b2 against b1
poisson; k ~ block * direction; ; block[b2]:direction[right]
  ratio of ratios of means, b2 against b1, right against left
poisson; k ~ log2(dose); ; log2(dose)
  ratio of means per doubling of dose
poisson; k ~ block + offset(log(hours)); ; Intercept
  rate at block = b1
poisson; k ~ block + offset(log(hours)); ; block[b3]
  rate ratio, b3 against b1
poisson identity; k ~ block; ; block[b2]
  b2 minus b1
negativebinomial; k ~ scale(Days); ; scale(Days)
  ratio of means per standard deviation of Days (2.878)
gaussian; y ~ Days; ; Days
  slope of Days per unit
"""


def table(text):
    """Cases of two lines: what is asked, its parts divided by semicolons, and the sentence."""
    lines = text.strip().split("\n")
    asked = [[part.strip() for part in line.split(";")] for line in lines[::2]]
    return [(*parts, line.strip()) for parts, line in zip(asked, lines[1::2], strict=True)]


@pytest.mark.parametrize(("formula", "contrasts", "name", "sentence"), table(LINEAR))
def test_a_coefficient_of_a_linear_model_says(formula, contrasts, name, sentence):
    assert explain(formula, contrasts, "identity")[name].sentence == sentence


@pytest.mark.parametrize(
    ("family", "formula", "contrasts", "name", "sentence"),
    table(LINKS),
)
def test_behind_a_link_a_coefficient_says(family, formula, contrasts, name, sentence):
    assert explain(formula, contrasts, family)[name].sentence == sentence


# block; parameter, and below it the sentence
RANDOM = """
(1 + direction | user); sd_user[Intercept]
  sd across users of the mean at direction = left
(1 + direction | user); sd_user[direction[right]]
  sd across users of the right - left difference
(1 + direction | user); corr_user[Intercept, direction[right]]
  correlation across users between the mean at direction = left and the right - left difference
(0 + direction | user); sd_user[direction[right]]
  sd across users of the mean at direction = right
(Days | user); sd_user[Days]
  sd across users of the slope of Days
(Days | user); corr_user[Intercept, Days]
  correlation across users between the mean at Days = 0 and the slope of Days
(scale(Days) || user); sd_user[scale(Days)]
  sd across users of the slope of Days per standard deviation (2.878)
(1 | user:block); sd_user:block[Intercept]
  sd across combinations of user and block of the mean
(1 + block * direction | user); sd_user[block[b2]:direction[right]]
  sd across users of the growth of the b2 - b1 difference from left to right
"""


@pytest.mark.parametrize(("block", "name", "sentence"), table(RANDOM))
def test_a_random_effect_says_of_what_it_is_the_spread(block, name, sentence):
    assert explain(f"y ~ block * direction + {block}", "", "identity")[name].sentence == sentence


def test_random_effects_behind_a_link_are_on_its_scale():
    explanation = explain("won ~ group + (1 + group | user)", "", "bernoulli")
    assert explanation["sd_user[Intercept]"].sentence == (
        "sd across users of the log odds at group = control"
    )
    assert explanation["sd_user[group[treated]]"].sentence == (
        "sd across users of the log odds ratio, treated against control"
    )


def test_the_coding_of_random_effects_is_named_too():
    explanation = explain("y ~ direction + (direction | user)", "direction=sum", "identity")
    assert explanation["sd_user[direction[S.left]]"].sentence == (
        "sd across users of half of the left - right difference"
    )


def test_parameters_with_a_formula_of_their_own_are_ratios():
    model = mw.Model(["y ~ block", "sigma ~ group + (1 | user)"], ROWS)
    explanation = explain_model(model.spec)
    assert explanation["sigma_Intercept"].sentence == "sigma at group = control"
    assert explanation["sigma_group[treated]"].sentence == (
        "ratio of sigma, treated against control"
    )
    assert explanation["sd_sigma_user[Intercept]"].sentence == "sd across users of the log sigma"


@pytest.mark.parametrize(
    ("family", "formula", "name", "words"),
    [
        ("gaussian", "y ~ block", "sigma", "residual sd"),
        ("student", "y ~ block", "nu", "degrees of freedom"),
        ("negativebinomial", "k ~ block", "alpha", "dispersion"),
    ],
)
def test_further_parameters_are_explained(family, formula, name, words):
    assert words in explain(formula, "", family)[name].sentence


@pytest.mark.parametrize(
    ("formula", "contrasts", "name", "scale", "measure"),
    [
        ("y ~ block", "", "block[b2]", 1, "difference"),
        ("y ~ block", "block=sum", "block[S.b1]", 2 / 3, "difference"),
        ("y ~ block", "block=helmert", "block[H.b3]", 1 / 3, "difference"),
        ("y ~ o", "", "o[.L]", 2**-0.5, "trend"),
        ("y ~ block * direction", "", "block[b2]:direction[right]", 1, "difference of differences"),
        ("y ~ Days", "", "Days", 1, "slope"),
        ("y ~ Days * group", "", "Days:group[treated]", 1, "difference of slopes"),
        ("y ~ Days", "", "Intercept", 1, "mean"),
    ],
)
def test_scale_and_kind_are_given_as_values(formula, contrasts, name, scale, measure):
    entry = explain(formula, contrasts, "identity")[name]
    assert entry.scale == pytest.approx(scale)
    assert entry.measure == measure

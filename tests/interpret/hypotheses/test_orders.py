"""Orders of several: how probable they are, and their Bayes factors."""

from itertools import permutations
from math import factorial

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.errors import FormulaError
from mixwell.interpret.estimates.estimates import estimates_of, judge
from mixwell.interpret.hypotheses.orders import PriorOfNames
from mixwell.interpret.hypotheses.verdicts import Vocabulary

NAMES = ["a", "b", "c", "d"]
DRAWS = np.random.default_rng(1).normal([[0.0], [0.4], [0.8], [1.0]], 1.0, (4, 4000))
VALUES = dict(zip(NAMES, DRAWS, strict=True))
KNOWN = Vocabulary(NAMES, VALUES.__getitem__, (4, 1000))


def before(n=60_000, seed=2, alike=False):
    """Return a prior of four independent standard normals."""
    rng = np.random.default_rng(seed)
    values = dict(zip(NAMES, rng.normal(size=(4, n)), strict=True))
    return lambda: PriorOfNames(values.__getitem__, lambda names: alike)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a < b < c", (DRAWS[0] < DRAWS[1]) & (DRAWS[1] < DRAWS[2])),
        ("c>b >a", (DRAWS[0] < DRAWS[1]) & (DRAWS[1] < DRAWS[2])),
        ("0 < a < b <= c", (DRAWS[0] > 0) & (DRAWS[0] < DRAWS[1]) & (DRAWS[1] < DRAWS[2])),
        (
            "2 * a + 1 >= b > c - d",
            (2 * DRAWS[0] + 1 > DRAWS[1]) & (DRAWS[1] > DRAWS[2] - DRAWS[3]),
        ),
        ("(a) < b < c < d", (np.diff(DRAWS, axis=0) > 0).all(axis=0)),
    ],
)
def test_an_order_holds_where_every_step_does(text, holds):
    made = judge(text, KNOWN)
    assert made["probability"][0] == holds.mean()
    side = made.samples[0] < 0 if "<" in text else made.samples[0] > 0
    np.testing.assert_array_equal(side, holds)
    assert "of an order that of the step nearest to failing" in " ".join(str(made).split())


def test_the_estimate_is_of_the_step_nearest_to_failing():
    made = judge("a < b < c", KNOWN)
    expected = np.maximum(DRAWS[0] - DRAWS[1], DRAWS[1] - DRAWS[2])
    np.testing.assert_allclose(made.samples[0], expected)
    assert made["estimate"][0] == pytest.approx(np.median(expected))


def test_the_orders_of_several_have_probability_one_together():
    made = judge([" < ".join(each) for each in permutations("abcd")], KNOWN)
    assert made["probability"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a < b > c", "An order goes one way."),
        ("a > b > c < d", "An order goes one way."),
        ("a = b = c", "Only < and > can be chained."),
        ("a < b = c", "Only < and > can be chained."),
        ("a = b < c", "Only < and > can be chained."),
        ("a != b < c", "Only < and > can be chained."),
        ("a < b <", "missing"),
        ("a < < b", "missing"),
    ],
)
def test_other_chains_are_refused_at_their_place(text, said):
    with pytest.raises(FormulaError, match=said) as refused:
        judge(text, KNOWN)
    assert "^" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "chance"),
    [("a < b < c", 1 / 6), ("0 < a < b", 1 / 8), ("a < b < c < d", 1 / 24), ("b < 0 < a", 1 / 4)],
)
def test_the_prior_probability_is_that_of_independent_normals(text, chance):
    # closed form: orders of exchangeable numbers, half of which are above 0
    made = judge(text, KNOWN, prior=before())
    n = 60_000
    assert made["prior_probability"][0] == pytest.approx(
        chance, abs=4 * np.sqrt(chance * (1 - chance) / n)
    )
    factor = made["probability"][0] / made["prior_probability"][0]
    assert made["bayes_factor"][0] == pytest.approx(factor)


@pytest.mark.parametrize("k", [3, 4])
def test_exchangeable_names_have_one_over_k_factorial_exactly(k):
    text = " < ".join(NAMES[:k])
    made = judge(text, KNOWN, prior=before(alike=True))
    assert made["prior_probability"][0] == 1 / factorial(k)
    # the error is that of the posterior's share alone, of nearly independent draws
    p = made["probability"][0]
    assert made["bf_error"][0] == pytest.approx(
        factorial(k) * np.sqrt(p * (1 - p) / 4000), rel=0.15
    )
    # numbers on a side and names that come twice are not exchangeable
    again = judge([text, "0 < a < b"], KNOWN, prior=before(alike=True))
    assert again["prior_probability"][1] == pytest.approx(1 / 8, abs=0.006)


def test_the_error_is_how_far_bayes_factors_of_new_draws_lie_apart():
    found, errors = [], []
    for seed in range(150):
        draws = np.random.default_rng(seed).normal([[0.0], [0.4], [0.8], [1.0]], 1.0, (4, 400))
        values = dict(zip(NAMES, draws, strict=True))
        known = Vocabulary(NAMES, values.__getitem__, (4, 100))
        made = judge("a < b < c", known, prior=before(2000, seed + 1000))
        found.append(made["bayes_factor"][0])
        errors.append(made["bf_error"][0])
    assert np.std(found) == pytest.approx(np.mean(errors), rel=0.2)


def test_an_order_that_never_holds_has_the_error_of_one_draw():
    made = judge("d + 20 < c < b", KNOWN, prior=before())
    assert made["bayes_factor"][0] == 0 or np.isnan(made["bayes_factor"][0])
    made = judge("c + 9 < b < a", KNOWN, prior=lambda: PriorOfNames(VALUES.__getitem__))
    assert np.isnan(made["bayes_factor"][0])
    assert "no draw of the prior is so" in " ".join(str(made).split())


def test_hypotheses_without_an_order_have_no_bayes_factor():
    assert "bayes_factor" not in judge(["a < b", "c > 0"], KNOWN, prior=before()).frame
    both = judge(["a < b < c", "c > 0", "a = b"], KNOWN, prior=before())
    assert both["bayes_factor"].notna().tolist() == [True, True, False]


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"block": ["b1", "b2", "b3"] * 40, "g": np.repeat(list("uvwxyz"), 20)})
    data["y"] = rng.normal(size=120) + 0.4 * data["block"].str[1].astype(int)
    priors = {"b": "Normal(0, 2)"}
    model = mw.Model("y ~ block + (1 | g)", data, priors=priors)
    return model.fit(engine="exact", draws=500, chains=4, seed=1)


def test_orders_of_coefficients_have_their_own_priors(fit):
    made = fit.hypothesis(["block[b2] < block[b3] < 9", "0 < block[b2] < block[b3]"])
    assert made["prior_probability"][1] == pytest.approx(1 / 8, abs=0.006)
    three = fit.hypothesis("block[b2] < block[b3] < sd_g[Intercept]")
    assert 0 < three["prior_probability"][0] < 1


def test_orders_of_means_have_the_prior_of_the_means(fit):
    # closed form: the first is the reference, so that the order is that of 0 < b2 < b3
    made = fit.means("block").hypothesis("b1 < b2 < b3")
    assert made["prior_probability"][0] == pytest.approx(1 / 8, abs=0.006)
    own = fit.hypothesis("0 < block[b2] < block[b3]")
    assert made["bayes_factor"][0] == pytest.approx(own["bayes_factor"][0], rel=0.06)


def test_orders_of_contrasts_have_the_prior_of_the_contrasts(fit):
    # closed form: b2 > 0 and b3 - b2 > b2, an angle of a plane: atan2(1, 0) - atan2(2, 1)
    made = fit.means("block").contrasts("sequential").hypothesis("0 < `b2 - b1` < `b3 - b2`")
    chance = (np.pi / 2 - np.arctan2(2, 1)) / (2 * np.pi)
    assert made["prior_probability"][0] == pytest.approx(chance, abs=0.005)


def test_where_the_prior_is_not_known_it_is_said(fit):
    made = fit.hypothesis("r_g[u, Intercept] < r_g[v, Intercept] < r_g[w, Intercept]")
    assert np.isnan(made["bayes_factor"][0])
    assert "no prior of r_g[u, Intercept]" in " ".join(str(made).split())
    groups = fit.means("block", groups="existing").hypothesis("b1 < b2 < b3")
    assert "There is no Bayes factor." in str(groups)
    bare = estimates_of(DRAWS, (4, 1000), pd.DataFrame({"f": NAMES})).hypothesis("a < b < c")
    assert "bayes_factor" not in bare.frame

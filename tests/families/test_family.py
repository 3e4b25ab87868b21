"""Families: names, links, the responses that they take and refuse, their variances."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mixwell as mw
from mixwell.design import build_design
from mixwell.errors import DataError
from mixwell.families import FAMILIES, LINKS, get_family, resolve_family
from mixwell.formula import parse_formula


def response(formula: str, **columns):
    return build_design([parse_formula(formula)], pd.DataFrame(columns)).response


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gaussian", "gaussian"),
        ("Normal", "gaussian"),
        ("t", "student"),
        ("student_t", "student"),
        ("nbinom", "negativebinomial"),
        ("negative binomial", "negativebinomial"),
        ("Poisson", "poisson"),
        ("beta_family", "beta"),  # glmmTMB's
        ("neg_binomial_2", "negativebinomial"),  # rstanarm's
        ("binomial()", "binomial"),  # as R calls it
    ],
)
def test_a_family_is_found_by_its_usual_names(name, found):
    assert get_family(name).name == found


def test_an_unknown_family_is_refused_with_the_nearest_and_all_choices():
    with pytest.raises(DataError, match="gaussian, student, ") as caught:
        get_family("poison")
    assert '"poisson"' in str(caught.value)


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ('binomial(link="probit")', 'family="binomial"'),
        ("student(nu=4)", 'family="student"'),
        ("sm.families.Poisson()", '"poisson"'),
        (stats.poisson, "Choices: gaussian"),
        (type("Poisson", (), {})(), '"poisson"'),
        (type("Gamma", (), {}), '"gamma"'),
        (None, "Choices: gaussian"),
    ],
)
def test_a_family_given_as_a_call_or_an_object_is_refused_with_its_name(given, hint):
    with pytest.raises(DataError) as caught:
        get_family(given)
    assert hint in str(caught.value)


def test_an_unknown_link_is_refused_with_the_choices():
    with pytest.raises(DataError, match="logit, probit, cloglog"):
        get_family("binomial", "squared")


@pytest.mark.parametrize("family", FAMILIES.values(), ids=str)
def test_every_link_is_undone_by_its_inverse(family):
    mean = np.array([0.1, 0.4, 0.9])
    for link in family.links:
        chosen = get_family(family, link)
        np.testing.assert_allclose(chosen.inverse_link(chosen.link(mean)), mean)


@pytest.mark.parametrize(
    ("link", "names"),
    [
        ("identity", ("gaussian", "student")),
        ("logit", ("bernoulli", "binomial", "beta")),
        ("log", ("poisson", "negativebinomial", "gamma")),
    ],
)
def test_the_first_link_is_the_default(link, names):
    for name in names:
        assert get_family(name).link_name == get_family(name).links[0] == link


@pytest.mark.parametrize(
    ("family", "values", "complaint"),
    [
        ("poisson", [0.0, 1.0, -2.0], "is below 0"),
        ("poisson", [0.0, 1.5, 2.0], "not a whole number"),
        ("negativebinomial", [-1.0, 1.0, 2.0], "is below 0"),
        ("bernoulli", [0.0, 1.0, 2.0], "neither 0 nor 1"),
        ("gamma", [0.0, 1.0, 2.0], "not above 0"),
        ("beta", [0.5, 1.0, 0.2], "not between 0 and 1"),
        ("binomial", [0.5, 1.0, 0.2], "needs the number of trials"),
    ],
)
def test_a_response_of_the_wrong_kind_is_refused(family, values, complaint):
    with pytest.raises(DataError, match=complaint):
        resolve_family(family, None, response("y ~ x", y=values, x=[1.0, 2.0, 4.0]))


def test_three_levels_are_refused_for_bernoulli_and_named():
    three = response("y ~ x", y=["a", "b", "c", "a"], x=[1.0, 2.0, 4.0, 3.0])
    with pytest.raises(DataError, match="levels a, b, c"):
        resolve_family("bernoulli", None, three)


def test_two_outcomes_without_trials_make_binomial_bernoulli():
    two = response("y ~ x", y=["no", "yes", "no"], x=[1.0, 2.0, 4.0])
    assert resolve_family("binomial", "probit", two).name == "bernoulli"
    assert resolve_family("binomial", "probit", two).link_name == "probit"


def test_a_factor_is_refused_for_a_numeric_family():
    two = response("y ~ x", y=["no", "yes", "no"], x=[1.0, 2.0, 4.0])
    with pytest.raises(DataError, match="takes a numeric response"):
        resolve_family("gaussian", None, two)


def test_an_addition_that_a_family_cannot_use_is_named_with_families_that_can():
    known = response("y | se(s) ~ x", y=[1.0, 2.0, 3.0], s=[1.0, 1.0, 2.0], x=[1.0, 2.0, 4.0])
    with pytest.raises(DataError, match="gaussian, student"):
        resolve_family("poisson", None, known)


@pytest.mark.parametrize(
    ("name", "parameters", "law"),
    [
        ("gaussian", {"sigma": 2.0}, stats.norm(0.4, 2.0)),
        ("student", {"sigma": 2.0, "nu": 5.0}, stats.t(5.0, 0.4, 2.0)),
        ("bernoulli", {}, stats.bernoulli(0.4)),
        ("poisson", {}, stats.poisson(0.4)),
        ("negativebinomial", {"alpha": 3.0}, stats.nbinom(3.0, 3.0 / 3.4)),
        ("gamma", {"alpha": 3.0}, stats.gamma(3.0, scale=0.4 / 3.0)),
        ("beta", {"kappa": 3.0}, stats.beta(1.2, 1.8)),
    ],
)
def test_the_variance_is_the_distributions_own(name, parameters, law):
    np.testing.assert_allclose(get_family(name).variance(0.4, **parameters), law.var())


@pytest.mark.parametrize(
    "name", ["identity", "log", "inverse", "sqrt", "logit", "probit", "cloglog"]
)
def test_the_curvature_of_a_link_is_its_second_derivative(name):
    from mixwell.families.links import LINKS

    link, step = LINKS[name], 1e-3
    eta = np.array([0.4, 0.9, 1.7])
    around = link.inverse(eta + step) - 2 * link.inverse(eta) + link.inverse(eta - step)
    np.testing.assert_allclose(link.curvature(eta), around / step**2, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", LINKS)
def test_a_copy_of_a_link_is_the_link(name):
    link = LINKS[name]
    assert pickle.loads(pickle.dumps(link)) is link
    assert copy.deepcopy(link) is link


@pytest.mark.parametrize("name", FAMILIES)
def test_a_misspelled_link_is_refused_with_the_nearest(name):
    link = FAMILIES[name].links[0]
    with pytest.raises(DataError, match=f'Did you mean "{link}"'):
        FAMILIES[name].with_link(link.upper())


@pytest.mark.parametrize(
    ("formula", "family", "said"),
    [
        ("y | weights(w) ~ x", "gaussian", "A weight of 0, as in 1 of 4 rows"),
        ("k | trials(n) ~ x", "binomial", "trials that are not whole: 4.5"),
    ],
)
def test_what_a_row_of_a_fit_cannot_carry_is_refused(formula: str, family: str, said: str) -> None:
    columns = {"x": [1, 2, 3, 5], "w": [0, 1, 1, 1], "k": [1, 2, 3, 1], "n": [3, 4.5, 5, 6]}
    data = pd.DataFrame({"y": [1.0, 2.0, 3.0, 5.0], **columns})
    with pytest.raises(DataError, match=said):
        mw.Model(formula, data, family)


def test_likelihoods_of_counts_take_rows_of_weight_zero() -> None:
    data = pd.DataFrame({"k": [1, 2, 3, 1], "x": [1, 2, 3, 5], "w": [0, 1, 1, 1]})
    assert mw.Model("k ~ x", data, "poisson", weights="w").design.n == 4


@pytest.mark.parametrize("link", [name for name, each in LINKS.items() if name != "identity"])
def test_links_at_the_ends_of_their_domain_are_limits_and_nothing_is_printed(link):
    made = LINKS[link]
    low, high = made.domain
    ends = np.array([0.0 if low == -np.inf else low, high])
    found = made(ends)  # a warning would fail the test
    assert not np.isnan(found).any()
    np.testing.assert_allclose(made.inverse(found), ends)
    least = 0.0 if link == "inverse_squared" else -800.0  # below 0 it has no mean
    assert not np.isnan(made.inverse([least, 0.0, 800.0])).any()


@pytest.mark.parametrize("alias", ["bernouilli", "studentt", "nbinom"])
def test_a_family_is_offered_by_its_name_and_not_by_another_spelling(alias):
    with pytest.raises(DataError, match="There is no family") as raised:
        get_family(f"{alias[:-1]}x")
    assert f'"{get_family(alias).name}"' in str(raised.value)
    assert f'"{alias}"' not in str(raised.value)

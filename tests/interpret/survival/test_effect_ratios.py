"""Time ratios and hazard ratios, held against closed forms at survreg's estimates."""

import numpy as np
import pytest
import xarray as xr

import mixwell as mw
from mixwell.errors import DataError
from mixwell.interpret.sentences.explain import explain_model
from mixwell.interpret.survival.effect_ratios import hazard_ratios, time_ratios
from mixwell.interpret.survival.survival_curves import survival, time_quantiles
from mixwell.posterior.posterior import Posterior

KIDNEY = mw.load_data("kidney")
FORMULA = "time | cens(censored) ~ age * sex"
B = {"Intercept": 4.0, "age": 0.01, "sex[female]": 1.2, "age:sex[female]": -0.02}
FURTHER = {"weibull": {"alpha": 1.3}, "exponential": {}, "gamma": {"alpha": 1.3}}


def posterior(family, formula=FORMULA, link=None, **further):
    """A posterior that is one point, eight times."""
    spec = mw.Model(formula, KIDNEY, family, link=link).spec
    values = np.array([B.get(name, 3.0) for name in spec.design.mean.fixed.names])
    draws = {"b": (("chain", "draw", "effect"), np.tile(values, (2, 4, 1)))}
    further = further or FURTHER.get(family, {"sigma": 0.6})
    draws |= {name: (("chain", "draw"), np.full((2, 4), v)) for name, v in further.items()}
    return Posterior(xr.Dataset(draws, {"effect": list(spec.design.mean.fixed.names)}), spec)


@pytest.mark.parametrize("family", ["weibull", "exponential", "gamma", "lognormal", "loglogistic"])
def test_a_time_ratio_is_that_of_every_quantile(family):
    drawn = posterior(family)
    found = time_ratios(drawn, "revpairwise", of="sex", at={"age": 30})
    assert found["contrast"].tolist() == ["female / male"]
    times = time_quantiles(drawn, [0.1, 0.5, 0.9], "sex", {"age": 30})
    ratios = times.contrasts("revpairwise", compare="ratio")["estimate"]
    np.testing.assert_allclose(ratios, found["estimate"][0], rtol=1e-7)
    assert found["estimate"][0] == pytest.approx(np.exp(1.2 - 0.02 * 30))


@pytest.mark.parametrize("of", [False, True])
def test_ratios_are_contrasted_by_their_ratios(of):
    drawn = posterior("weibull", "time | cens(censored) ~ sex + disease")
    found = time_ratios(drawn, "reference", of="disease") if of else time_ratios(drawn)
    b = drawn.coefficients()[2 if of else 1 :, 0]
    expected = np.exp([one - other for k, one in enumerate(b) for other in b[k + 1 :]])
    made = found.contrasts("pairwise")
    assert made.scale == "ratio"
    np.testing.assert_allclose(made["estimate"], expected, rtol=1e-9)


@pytest.mark.parametrize("family", ["weibull", "exponential"])
def test_a_hazard_ratio_is_that_of_hazards_at_all_times(family):
    drawn = posterior(family)
    found = hazard_ratios(drawn, "revpairwise", of="sex", at={"age": 30})["estimate"][0]
    hazards = survival(drawn, "sex", [1, 50, 400], {"age": 30}, kind="hazard")
    ratios = hazards.contrasts("revpairwise", compare="ratio")["estimate"]
    np.testing.assert_allclose(ratios, found, rtol=1e-9)


def test_without_a_factor_there_is_one_ratio_a_coefficient_that_compares_something():
    found = hazard_ratios(posterior("weibull"))
    names = ["age", "sex[female]", "age:sex[female]"]
    assert found["effect"].tolist() == names
    np.testing.assert_allclose(found["estimate"], [np.exp(-1.3 * B[name]) for name in names])
    assert (found.scale, found.null) == ("ratio", 1.0)
    # survreg's Weibull has the same coefficients, and alpha is 1 over its scale
    levels = posterior("weibull", "time | cens(censored) ~ 0 + sex + age")
    assert time_ratios(levels)["effect"].tolist() == ["age"]


def test_ratios_of_ratios_are_contrasts_of_them():
    drawn = posterior("weibull")
    found = hazard_ratios(drawn, "revpairwise", of="sex", by="age", at={"age": [30, 40]})
    assert found["age"].tolist() == [30, 40]
    np.testing.assert_allclose(
        found["estimate"], np.exp(-1.3 * (1.2 - 0.02 * np.array([30, 40]))), rtol=1e-9
    )
    assert found.with_rope((0.8, 1.25))["p_rope"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: hazard_ratios(posterior("lognormal")), "lognormal are not in proportion"),
        (lambda: hazard_ratios(posterior("loglogistic")), r"fit\.time_ratios\(\)"),
        (lambda: time_ratios(posterior("inverse_gaussian", alpha=9.0)), "do not multiply times"),
        (lambda: time_ratios(posterior("weibull", link="identity")), 'with the link "identity"'),
        (
            lambda: time_ratios(posterior("gaussian", "age ~ sex", sigma=1.0)),
            "family gaussian are others",
        ),
        (
            lambda: hazard_ratios(posterior("weibull", [FORMULA, "alpha ~ sex"])),
            "alpha has a formula of its own",
        ),
        (lambda: hazard_ratios(posterior("weibull", "time ~ 1")), "compares anything"),
        (lambda: hazard_ratios(posterior("weibull"), at={"age": 30}), "no further choices"),
        (lambda: time_ratios(posterior("weibull"), scale="response"), "no option scale="),
    ],
)
def test_ratios_that_there_are_not_are_refused_with_what_serves(call, said):
    with pytest.raises(DataError, match=said):
        call()


@pytest.mark.parametrize(
    ("family", "said"),
    [
        ("weibull", "a hazard ratio is the time ratio to the power -alpha"),
        ("exponential", "to the power -1"),
        ("lognormal", "hazard ratios change with time"),
        ("loglogistic", "hazard ratios change with time"),
    ],
)
def test_explanations_of_times_say_what_effects_do_to_hazards(family, said):
    assert said in " ".join(explain_model(mw.Model(FORMULA, KIDNEY, family).spec).notes)


def test_nothing_is_said_of_hazards_where_nothing_speaks_of_times():
    notes = explain_model(mw.Model("age ~ sex", KIDNEY, "lognormal").spec).notes
    assert "hazard" not in " ".join(notes)

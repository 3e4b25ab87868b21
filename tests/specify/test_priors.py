"""Priors: their text, what users may give, and the defaults."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mixwell.design import build_design
from mixwell.errors import PriorError
from mixwell.formula import parse_formula
from mixwell.specify.distributions import DISTRIBUTIONS, SPELLINGS
from mixwell.specify.prior_text import parse_prior, read_prior
from mixwell.specify.spec import build_spec

RNG = np.random.default_rng(3)
N = 60
DATA = pd.DataFrame(
    {
        "x": RNG.normal(5.0, 3.0, N),
        "a": np.tile(["a1", "a2", "a3"], N // 3),
        "g": np.repeat([f"g{i}" for i in range(10)], N // 10),
        "n": RNG.poisson(3.0, N),
        "s": RNG.uniform(1.0, 2.0, N),
    }
)
DATA["y"] = 100.0 + 2.0 * DATA["x"] + RNG.normal(0.0, 4.0, N)


def spec(*formulas, data=DATA, family="gaussian", link=None, priors=None):
    first, *rest = [parse_formula(f) for f in formulas]
    design = build_design([first, *(f.for_parameter() for f in rest)], data)
    return build_spec(design, family, link, priors)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Normal(0, 1)", "Normal(0, 1)"),
        (" Normal( mu = 0, sigma=1 ) ", "Normal(0, 1)"),
        ("Normal(sigma=1, mu=-2)", "Normal(-2, 1)"),
        ("normal(0, 1e1)", "Normal(0, 10)"),
        ("student_t(3, 0, 2.5)", "StudentT(3, 0, 2.5)"),
        ("HalfStudentT(3, 0, 2.5)", "HalfStudentT(3, 2.5)"),
        ("exponential(1)", "Exponential(1)"),
        ("inv_gamma(0.4, 0.3)", "InverseGamma(0.4, 0.3)"),
        ("lkj(2)", "LKJ(2)"),
        ("LKJCholeskyCov(2)", "LKJ(2)"),
        ("flat", "flat"),
        ("Flat()", "flat"),
        ("pm.Normal(0, 1/2)", "Normal(0, 0.5)"),
        ("Gamma(mu=2, sigma=1)", "Gamma(mu=2, sigma=1)"),
    ],
)
def test_a_prior_is_read_in_pymcs_and_in_brmss_spelling(text, meaning):
    assert str(parse_prior(text)) == meaning
    assert parse_prior(meaning) == parse_prior(text)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("normal(0, 2)", "HalfNormal(2)"),
        ("student_t(3, 0, 2)", "HalfStudentT(3, 2)"),
        ("cauchy(0, 2)", "HalfCauchy(2)"),
    ],
)
def test_brmss_prior_for_a_positive_parameter_is_its_upper_half(text, meaning):
    assert str(parse_prior(text, positive=True)) == meaning


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Norml(0, 1)", '"Normal"'),
        ("Normal(0)", "needs mu, sigma"),
        ("Normal(0, 1, 2)", "takes 2 arguments"),
        ("Normal(0, sd=1)", 'no argument "sd"'),
        ("Normal(0, mu=1)", "twice"),
        ("Normal(0, -1)", "above 0"),
        ("Normal(0, x)", "no number"),
        ("Uniform(2, 1)", "lower below upper"),
        ("constant(1)", "fixes a parameter"),
        ("0", "no distribution"),
        ("Normal(0, 1", "cannot be read"),
        ("__import__('os').system('x')", "no distribution"),
        ("Normal(0, __import__('os'))", "no number"),
        ("(" * 200 + ")" * 200, "too long"),
        ("", "cannot be read"),
    ],
)
def test_text_that_is_no_prior_is_refused_with_a_sentence(text, complaint):
    with pytest.raises(PriorError, match=complaint):
        parse_prior(text)


def test_a_bambi_prior_is_read_by_its_attributes():
    given = SimpleNamespace(name="Normal", args={"mu": np.array(0), "sigma": 2})
    assert str(read_prior(given, key="x")) == "Normal(0, 2)"


def test_a_bambi_prior_with_a_prior_inside_is_refused():
    inner = SimpleNamespace(name="HalfNormal", args={"sigma": 1})
    given = SimpleNamespace(name="Normal", args={"mu": 0, "sigma": inner})
    with pytest.raises(PriorError, match="own key"):
        read_prior(given, key="x")


@pytest.mark.parametrize("value", [3, 2.5, None, [1, 2]])
def test_a_number_is_no_prior(value):
    with pytest.raises(PriorError, match='The prior for "x" is'):
        spec("y ~ x", priors={"x": value})


def test_defaults_are_scaled_to_the_response_and_the_columns():
    table = spec("y ~ x + (x | g)").priors
    s, d = DATA["y"].std(), DATA["x"].std()
    assert table["Intercept_centered"].args == {
        "nu": 3.0,
        "mu": pytest.approx(DATA["y"].mean()),
        "sigma": pytest.approx(2.5 * s),
    }
    assert table["x"].args["sigma"] == pytest.approx(2.5 * s / d)
    assert table["sd_g[Intercept]"].args["sigma"] == pytest.approx(2.5 * s)
    assert table["sd_g[x]"].args["sigma"] == pytest.approx(2.5 * s / d)
    assert table["sigma"].args["sigma"] == pytest.approx(2.5 * s)
    assert str(table["corr_g"]) == "LKJ(1)"
    assert all(entry.prior.reason for entry in table)


@pytest.mark.parametrize("shift", [0.0, 1000.0])
@pytest.mark.parametrize("unit", [1.0, 0.001])
def test_defaults_follow_units_and_do_not_depend_on_a_predictors_zero(shift, unit):
    moved = DATA.assign(x=DATA["x"] + shift, y=DATA["y"] * unit)
    first, second = spec("y ~ x").priors, spec("y ~ x", data=moved).priors
    for key in ("Intercept_centered", "x", "sigma"):
        assert second[key].args["sigma"] == pytest.approx(unit * first[key].args["sigma"])


def test_a_log_link_centers_the_intercept_on_the_rate_of_the_offset():
    table = spec("n ~ x + offset(log(s))", family="poisson").priors
    expected = np.log(DATA["n"].mean() / DATA["s"].mean())
    assert table["Intercept_centered"].location == pytest.approx(expected)
    assert table["x"].args["sigma"] == pytest.approx(2.5 / DATA["x"].std())


def test_dummies_without_an_intercept_are_expected_at_the_mean_not_at_zero():
    table = spec("y ~ 0 + a").priors
    assert [p.prior.location for p in table.select("slope")] == pytest.approx(
        [DATA["y"].mean()] * 3
    )


def test_a_line_through_the_origin_is_scaled_by_root_mean_squares():
    prior = spec("y ~ 0 + x").priors["x"]
    size = np.sqrt((DATA["y"] ** 2).mean() / (DATA["x"] ** 2).mean())
    assert prior.args == {"mu": 0.0, "sigma": pytest.approx(2.5 * size)}
    assert "origin" in prior.reason


@pytest.mark.parametrize("value", [5.0, 0.0])
def test_a_constant_response_gives_no_zero_scale(value):
    table = spec("y | se(x) ~ 1", data=DATA.assign(y=value, x=1.0)).priors
    assert all(entry.prior.args["sigma"] > 0 for entry in table)


def test_a_distributional_parameter_has_priors_on_the_log_scale():
    table = spec("y ~ x", "sigma ~ x + (1 | g)").priors
    assert "sigma" not in table
    assert table["sigma_Intercept_centered"].location == pytest.approx(np.log(DATA["y"].std()))
    assert table["sigma_x"].args["sigma"] == pytest.approx(2.5 / DATA["x"].std())
    assert str(table["sd_sigma_g[Intercept]"]) == "HalfStudentT(3, 2.5)"


def test_the_nearest_key_wins_over_wider_ones():
    table = spec(
        "y ~ x + a + (x | g)",
        priors={
            "a[a2]": "Normal(1, 1)",
            "b": "Normal(0, 9)",
            "sd_g": "HalfNormal(9)",
            "sd_g[ x ]": "Exponential(1)",
        },
    ).priors
    assert [str(table[k]) for k in ("x", "a[a2]", "sd_g[Intercept]", "sd_g[x]")] == [
        "Normal(0, 9)", "Normal(1, 1)", "HalfNormal(9)", "Exponential(1)",
    ]  # fmt: skip
    assert table["a[a2]"].origin == "user"


def test_a_prior_may_be_given_to_all_coefficients_of_a_term():
    table = spec("y ~ x * a", priors={"a": "Normal(0, 2)", "a : x": "Normal(0, 3)"}).priors
    assert [str(table[k]) for k in ("a[a2]", "a[a3]")] == ["Normal(0, 2)"] * 2
    assert [str(table[k]) for k in ("x:a[a2]", "x:a[a3]")] == ["Normal(0, 3)"] * 2
    assert table["x"].origin == "default"


def test_of_keys_for_a_class_a_term_and_a_coefficient_the_narrowest_counts():
    priors = {"a[a3]": "Normal(0, 1)", "a": "Normal(0, 2)", "b": "Normal(0, 3)"}
    for given in (priors, dict(reversed(priors.items()))):
        table = spec("y ~ a", priors=given).priors
        assert [str(table[k]) for k in ("a[a2]", "a[a3]")] == ["Normal(0, 2)", "Normal(0, 1)"]


def test_a_prior_may_be_given_to_all_sds_and_to_all_correlations():
    data = DATA.assign(h=np.tile([f"h{i}" for i in range(6)], N // 6))
    priors = {"sd": "HalfNormal(2)", "sd_h": "HalfNormal(3)", "corr": "LKJ(2)"}
    table = spec("y ~ x + (x | g) + (x | h)", "sigma ~ (1 | g)", data=data, priors=priors).priors
    assert {str(table[f"sd_g[{k}]"]) for k in ("Intercept", "x")} == {"HalfNormal(2)"}
    assert {str(table[f"sd_h[{k}]"]) for k in ("Intercept", "x")} == {"HalfNormal(3)"}
    assert {str(table["corr_g"]), str(table["corr_h"])} == {"LKJ(2)"}
    assert table["sd_sigma_g[Intercept]"].origin == "default"  # a class of its own: sd_sigma


def test_a_factor_with_the_name_of_a_class_leaves_the_class_its_key():
    data = DATA.assign(b=DATA["a"], sd=DATA["a"])
    table = spec("y ~ x + b", data=data, priors={"b": "Normal(0, 1)"}).priors
    assert {str(table[k]) for k in ("x", "b[b[a2]]", "b[b[a3]]") if k in table} == {"Normal(0, 1)"}
    table = spec("y ~ sd + (1 | g)", data=data, priors={"sd": "HalfNormal(1)"}).priors
    assert str(table["sd_g[Intercept]"]) == "HalfNormal(1)"
    table = spec("y ~ sd + (1 | g)", data=data, priors={"b[sd]": "Normal(0, 1)"}).priors
    assert str(table["sd[a2]"]) == "Normal(0, 1)"


def test_two_keys_for_one_term_are_refused():
    with pytest.raises(PriorError, match="same parameter"):
        spec("y ~ x * a", priors={"x:a": "Normal(0, 1)", "a:x": "Normal(0, 2)"})


@pytest.mark.parametrize("key", ["1|g", "x|g", "1|g_sigma"])
def test_bambis_keys_of_random_effects_are_refused_with_the_standard_deviation(key):
    with pytest.raises(PriorError, match='"sd_g"'):
        spec("y ~ x + (x | g)", priors={key: "HalfNormal(1)"})


def test_keys_are_blank_and_power_insensitive():
    table = spec("y ~ x + I(x^2)", priors={"I( x ** 2 )": "Normal(0, 1)"}).priors
    assert str(table["I(x^2)"]) == "Normal(0, 1)"


def test_the_intercept_can_be_given_at_zero_or_at_the_means_but_not_both():
    assert "Intercept" in spec("y ~ x", priors={"Intercept": "Normal(0, 1)"}).priors
    with pytest.raises(PriorError, match="same parameter"):
        spec("y ~ x", priors={"Intercept": "flat", "Intercept_centered": "flat"})


@pytest.mark.parametrize(
    ("priors", "complaint"),
    [
        ({"xx": "Normal(0, 1)"}, '"x"'),
        ({"sd_gg": "HalfNormal(1)"}, '"sd_g"'),
        ({"sd_g": "Normal(0, 1)"}, r'"HalfNormal\(1\)"'),
        ({"sigma": "StudentT(3, 0, 2)"}, r'"HalfStudentT\(3, 2\)"'),
        ({"corr_g": "Normal(0, 1)"}, r"LKJ\(eta\)"),
        ({"x": "LKJ(2)"}, "no correlation matrix"),
        ({"sd_g": "Uniform(-1, 1)"}, r"cannot be negative, (?s:.*)\"Uniform\(0, 1\)\""),
        ({"sd_g": "Normal(2, 0.1)"}, r"\"TruncatedNormal\(2, 0.1, 0, inf\)\""),
    ],
)
def test_a_prior_for_the_wrong_parameter_is_refused(priors, complaint):
    with pytest.raises(PriorError, match=complaint):
        spec("y ~ x + (x | g)", priors=priors)


def test_a_flat_prior_is_possible_for_coefficients_and_standard_deviations():
    table = spec("y ~ x + (1 | g)", priors={"b": "flat", "sd_g": "flat"}).priors
    assert table["x"].distribution == "Flat"
    assert table["sd_g[Intercept]"].distribution == "HalfFlat"


def test_a_column_with_the_name_of_a_parameter_keeps_a_key_of_its_own():
    data = DATA.assign(sigma=DATA["x"])
    table = spec("y ~ sigma", data=data, priors={"b[sigma]": "Normal(0, 1)"}).priors
    assert str(table["b[sigma]"]) == "Normal(0, 1)"
    assert table["sigma"].distribution == "HalfStudentT"


def test_the_table_is_a_frame_with_reasons():
    frame = spec("y ~ x").priors.frame
    assert list(frame.columns) == ["parameter", "prior", "class", "origin", "reason"]
    assert frame["parameter"].tolist() == ["Intercept_centered", "x", "sigma"]


def test_every_distribution_is_also_known_by_its_name_in_lower_case() -> None:
    assert {SPELLINGS[name.lower()] for name in DISTRIBUTIONS} == set(DISTRIBUTIONS)


@pytest.mark.parametrize(
    ("key", "own"),
    [
        ("phi_x", "kappa_x"),
        ("phi_Intercept", "kappa_Intercept"),
        ("phi_Intercept_centered", "kappa_Intercept_centered"),
        ("sd_phi_g", "sd_kappa_g[Intercept]"),
        ("sd_phi_g[Intercept]", "sd_kappa_g[Intercept]"),
        ("b_phi[x]", "kappa_x"),
        ("phi_phi", "kappa_phi"),
        ("b[phi]", "b[phi]"),
    ],
)
def test_keys_of_a_parameter_may_have_brms_s_name_of_it(key, own):
    shares = DATA.assign(y=np.linspace(0.1, 0.9, N), phi=DATA["s"])
    formulas = ("y ~ phi", "kappa ~ x + phi + (1 | g)")
    table = spec(
        *formulas,
        data=shares,
        family="beta",
        priors={key: "Exponential(3)" if "sd" in key else "Normal(0, 3)"},
    ).priors
    assert [e.key for e in table if e.prior.origin == "user"] == [own]


def test_a_word_of_brms_for_a_parameter_without_a_formula_is_its_key():
    shares = DATA.assign(y=np.linspace(0.1, 0.9, N))
    table = spec("y ~ x", data=shares, family="beta", priors={"phi": "Gamma(2, 0.1)"}).priors
    assert str(table["kappa"]) == "Gamma(2, 0.1)"
    with pytest.raises(PriorError, match='no parameter "shape"'):
        spec("y ~ x", data=shares, family="beta", priors={"shape": "Gamma(2, 0.1)"})

"""Averages by cell: what each is made of gives it back, and what its size is measured in."""

import numpy as np
import pandas as pd
import pytest

from mixwell.interpret.means import predicted_rows
from mixwell.interpret.reasons.why import why
from mixwell.posterior.likelihood import random_response

RNG = np.random.default_rng(4)
N = 24
DATA = pd.DataFrame(
    {
        "f": np.tile(["a", "b", "c"], 8),
        "g": np.repeat(["g0", "g1", "g2", "g3"], 6),
        "x": RNG.normal(1.0, 1.0, N).round(2),
        "y": RNG.normal(size=N),
        "k": RNG.integers(0, 2, N),
        "p": RNG.uniform(1, 9, N),
        "angle": RNG.uniform(-3, 3, N),
    }
)
GROUPS = {
    "sd_g": (("g_effect",), [0.7]),
    "r_g": (("g", "g_effect"), RNG.normal(size=(2, 4, 4, 1))),
}
B, VCOV = np.array([0.3, -0.4, 0.5, 0.2]), np.eye(4) / 9


def made_again(table):
    """Return the draws of the rows, and what they are made of now."""
    return np.array([reason.draws for reason in why(table)])


@pytest.fixture(scope="module")
def logit(pretend):
    return pretend("k ~ f + x + (1 | g)", DATA, B, "bernoulli", vcov=VCOV, **GROUPS)


@pytest.mark.parametrize("average", ["link", "response"])
def test_combinations_of_groups_that_the_data_lack_have_no_weight(pretend, average) -> None:
    frame = DATA.assign(h=np.where(DATA["g"] == "g0", "u", np.tile(["u", "v"], 12)))
    names = sorted({f"{g}:{h}" for g, h in zip(frame["g"], frame["h"], strict=True)})
    deviations = RNG.normal(size=(2, 4, len(names), 1))
    groups = {"sd_g:h": (("g:h_effect",), [0.7]), "r_g:h": (("g:h", "g:h_effect"), deviations)}
    fit = pretend("k ~ f + x + (1 | g:h)", frame, B, "bernoulli", vcov=VCOV, **groups)
    table = fit.means("f", groups="existing", average=average)
    np.testing.assert_allclose(made_again(table), table.samples, rtol=1e-9)
    weights = why(table, 0).weights
    assert {f"{g}:{h}" for g, h in zip(weights["g"], weights["h"], strict=True)} == {*names}
    assert weights["weight"].to_numpy() == pytest.approx(1 / 7)


def test_the_columns_of_rows_are_those_that_they_depend_on(logit) -> None:
    assert {*why(logit.means("f"), 0).weights} == {"f", "x", "weight"}
    own = why(logit.means("f", groups="existing", over="data"), 0).weights
    assert {*own} == {"f", "x", "g", "weight"}


@pytest.mark.parametrize("asked", ["link", "response", "slopes"])
@pytest.mark.parametrize("link", ["tan_half", "identity"])
def test_only_angles_are_added_up_as_directions(pretend, link, asked) -> None:
    """Linear predictors and slopes are numbers, however large."""
    b, more = np.array([4.0, 3.0, -2.0, 9.0]), {"kappa": ((), 4.0)}
    fit = pretend("angle ~ f + x", DATA, b, "von_mises", {"link": link}, vcov=VCOV, **more)
    if asked == "slopes":
        table = fit.slopes("x", "f", scale="response", over="data")
    else:
        table = fit.means("f", scale=asked, over="data", average=asked)
    np.testing.assert_allclose(made_again(table), table.samples, rtol=1e-9, atol=1e-9)


def test_each_point_of_a_quantity_is_made_of_its_own_cell(pretend) -> None:
    fit = pretend("p ~ f + x", DATA, B, "weibull", vcov=VCOV, alpha=((), 1.4))
    for table in (fit.time_quantiles([0.2, 0.5, 0.9], "f"), fit.survival("f", times=[2, 7])):
        np.testing.assert_allclose(made_again(table), table.samples, rtol=1e-9)


def test_means_that_are_corrected_for_curvature_are_made_of_linear_predictors(logit) -> None:
    table = logit.means("f", bias_adjust=0.7)
    np.testing.assert_allclose(made_again(table), table.samples, rtol=1e-9)


def test_differences_are_standardized_where_they_are_of_a_response(pretend) -> None:
    formulas, b = ["y ~ f + x", "sigma ~ f"], (("sigma_effect",), [0.1, 0.3, -0.2])
    fit = pretend(formulas, DATA, B, vcov=VCOV, b_sigma=b)
    assert fit.means("f").units is not None
    assert fit.means("f", parameter="sigma").units is None


def test_only_sums_of_coefficients_have_coefficients(pretend, logit) -> None:
    rows = DATA.head(2)
    wanted = [
        dict(zip(["Intercept", "f[b]", "f[c]", "x"], r, strict=True))
        for r in (
            [1.0, 0.0, 0.0, rows["x"][0]],
            [1.0, 1.0, 0.0, rows["x"][1]],
        )
    ]
    for row, own in zip(why(logit.predictions(rows, "linear")), wanted, strict=True):
        assert row.coefficients.to_dict() == pytest.approx({n: v for n, v in own.items() if v})
    plain = pretend("y ~ f + x", DATA, B, vcov=VCOV, sigma=((), 1.0))
    taken = pretend("log(p) ~ f + x", DATA, B, vcov=VCOV, sigma=((), 1.0))
    assert why(plain.predictions(rows), 1).coefficients["x"] == pytest.approx(rows["x"][1])
    for fit in (logit, taken):
        with pytest.raises(Exception, match="no weighed sum of coefficients"):
            _ = why(fit.predictions(rows), 0).coefficients


def test_rows_without_effects_stand_as_they_are_in_means_over_groups(pretend) -> None:
    """Where x is 0 the slopes of groups do nothing; elsewhere they bend the mean."""
    groups = {"sd_g": (("g_effect",), [1.5]), "r_g": (("g", "g_effect"), np.zeros((4, 1)))}
    fit = pretend("k ~ x + (0 + x | g)", DATA, [0.3, 0.8], "bernoulli", **groups)
    asked = {"over": "data", "average": "response"}
    census = pd.DataFrame({"x": [0.0, 2.0]})
    each = [
        fit.means(None, population=census.iloc[[k]], groups="integrated", **asked)["estimate"][0]
        for k in (0, 1)
    ]
    np.testing.assert_allclose(each[0], 1 / (1 + np.exp(-0.3)))
    assert each[1] < 1 / (1 + np.exp(-1.9)) - 0.05
    both = fit.means(None, population=census, groups="integrated", **asked)
    np.testing.assert_allclose(both["estimate"], [np.mean(each)])


@pytest.mark.parametrize(
    "options", [{"over": "data", "average": "response"}, {"bias_adjust": 0.7}, {}]
)
def test_ratios_are_those_of_the_means_that_are_shown(pretend, options) -> None:
    fit = pretend("k ~ f + x", DATA, B, "poisson", vcov=VCOV)
    table = fit.means("f", **options)
    ratios = table.contrasts("revpairwise").samples
    wanted = table.samples[[1, 2, 2]] / table.samples[[0, 0, 1]]
    np.testing.assert_allclose(ratios, wanted, rtol=1e-9)


def test_new_responses_of_few_rows_are_drawn_with_the_random_numbers_of_the_seed(
    logit, monkeypatch
) -> None:
    used = []

    def noted(*given):
        used.append(given[4].bit_generator.seed_seq.spawn_key)
        return random_response(*given)

    monkeypatch.setattr(predicted_rows, "random_response", noted)
    drawn = logit.predictions(DATA.head(3), "response", seed=1).samples
    assert {*used} == {()}
    assert set(np.unique(drawn)) <= {0.0, 1.0}

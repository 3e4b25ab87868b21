"""Differences in standard deviations: R's emmeans and effectsize, and closed forms."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.errors import DataError


@pytest.fixture(scope="module")
def warp(pretend, sizes):
    own = sizes["differences"]
    data = mw.load_data("warpbreaks")
    return pretend("breaks ~ wool * tension", data, own["b"], sigma=((), own["sigma"]))


def test_differences_by_sigma_are_those_of_eff_size(warp, sizes):
    own = sizes["differences"]
    found = warp.contrasts("pairwise", of="tension", by="wool", standardized="sigma")
    assert found["contrast"].tolist() == own["contrast"]
    assert found["wool"].tolist() == own["wool"]
    np.testing.assert_allclose(found["estimate"], own["d"], rtol=1e-9)
    assert found.scale == "standardized"
    assert found.title.endswith("within wool (in standard deviations)")
    assert "the standard deviation of residuals, in every draw" in str(found)
    again = warp.means("tension", "wool").contrasts().standardized()
    np.testing.assert_allclose(again["estimate"], own["d"], rtol=1e-9)


def test_a_number_divides_as_it_is(warp, sizes):
    own = sizes["differences"]
    found = warp.contrasts("pairwise", of="tension", by="wool", standardized=own["sigma"])
    np.testing.assert_allclose(found["estimate"], own["d"], rtol=1e-9)


def test_slopes_by_the_standard_deviation_of_x_and_y_are_those_of_refit_data(pretend, table, sizes):
    own, data = sizes["slopes"], table("mtcars")
    fit = pretend("mpg ~ wt + cyl", data, own["b"], sigma=((), own["sigma"]))
    for k, name in enumerate(("wt", "cyl")):
        by_x = fit.slopes(name, per="sd")
        assert by_x["estimate"].iloc[0] == pytest.approx(own["x"][k], rel=1e-9)
        both = fit.slopes(name, per="sd", standardized="response")
        assert both["estimate"].iloc[0] == pytest.approx(own["both"][k], rel=1e-9)
        assert f"per sd of {name}" in both.title


def test_an_odds_ratio_of_three_is_a_d_of_six_tenths_and_back(pretend, sizes):
    data = pd.DataFrame({"f": list("ab") * 20, "y": [0, 1, 1, 0] * 10})
    for odds, d in zip(sizes["odds"]["odds"], sizes["odds"]["d"], strict=True):
        fit = pretend("y ~ f", data, [-0.4, np.log(odds)], "bernoulli")
        ratios = fit.contrasts("revpairwise", of="f")
        assert ratios["estimate"].iloc[0] == pytest.approx(odds)
        found = ratios.standardized()
        assert found["estimate"].iloc[0] == pytest.approx(d, abs=1e-12)
        asked = fit.contrasts("revpairwise", of="f", standardized="sigma")
        assert asked["estimate"].iloc[0] == pytest.approx(d, abs=1e-12)
        back = found.odds_ratios()
        assert back["estimate"].iloc[0] == pytest.approx(odds)
        assert back.scale == "odds ratio"


@pytest.fixture(scope="module")
def grouped(pretend):
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"arm": np.tile(["control", "treated"], 60), "x": rng.normal(size=120)})
    data = data.assign(g=np.repeat(list("abcdefghij"), 12), y=rng.normal(size=120))
    sd = np.array([1.5, 0.8])
    corr = np.array([[1.0, 0.3], [0.3, 1.0]])
    return (
        pretend(
            ["y ~ arm + x + (x | g)", "sigma ~ arm"],
            data,
            [1.0, 2.0, 0.5],
            sd_g=(("g_effect",), sd),
            corr_g=(("g_effect", "g_effect_"), corr),
            b_sigma=(("sigma_effect",), [0.2, 0.6]),
        ),
        data,
        np.outer(sd, sd) * corr,
    )


def test_the_total_counts_residuals_and_groups_over_all_rows(grouped):
    fit, data, cov = grouped
    z = np.column_stack([np.ones(120), data["x"]])
    sigma = np.exp(0.2 + 0.6 * (data["arm"] == "treated").to_numpy())
    total = np.sqrt((sigma**2).mean() + np.einsum("ij,jk,ik->i", z, cov, z).mean())
    found = fit.contrasts("revpairwise", of="arm", standardized="total")
    assert found["estimate"].iloc[0] == pytest.approx(2 / total, rel=1e-9)
    assert "residuals and g together" in str(found)


def test_a_baseline_has_the_standard_deviation_of_the_responses_in_its_rows(grouped):
    """That of 20,000 responses in each row of the arm, drawn by the model."""
    fit, data, cov = grouped
    own = data[data["arm"] == "control"]
    rng = np.random.default_rng(1)
    u = rng.multivariate_normal([0, 0], cov, (20_000, len(own)))
    x = own["x"].to_numpy()
    y = 1 + 0.5 * x + u[..., 0] + u[..., 1] * x + np.exp(0.2) * rng.normal(size=u.shape[:2])
    found = fit.contrasts("revpairwise", of="arm", standardized={"arm": "control"})
    assert found["estimate"].iloc[0] == pytest.approx(2 / y.std(), rel=5e-3)
    assert "where arm = control" in str(found)
    slope = fit.slopes("x", standardized={"arm": "control"})["estimate"].iloc[0]
    assert slope == pytest.approx(found["estimate"].iloc[0] / 4, rel=1e-9)


def test_draws_are_divided_draw_by_draw(pretend):
    data = mw.load_data("warpbreaks")
    b, vcov = [10.0, 5.0], np.diag([1.0, 2.0])
    sigma = np.random.default_rng(1).uniform(5, 20, (2, 400))
    fit = pretend("breaks ~ wool", data, b, vcov=vcov, draws=400, sigma=((), sigma))
    plain = fit.contrasts("pairwise", of="wool")
    found = fit.contrasts("pairwise", of="wool", standardized="sigma")
    np.testing.assert_allclose(found.samples, plain.samples / sigma.ravel())


def test_logarithms_are_divided_by_the_residual_sd_of_logarithms(pretend):
    data = mw.load_data("warpbreaks")
    fit = pretend("log10(breaks) ~ wool", data, [1.5, -0.3], sigma=((), 0.2))
    found = fit.contrasts("pairwise", of="wool", standardized="sigma")
    assert found["estimate"].iloc[0] == pytest.approx(1.5)
    with pytest.raises(DataError, match='scale="link"'):
        fit.contrasts("pairwise", of="wool").standardized()


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ({"wool": "C"}, "No row of the data has wool = C.*There are A, B"),
        ({"wol": "A"}, "no column 'wol'.*wool"),
        ({}, "names no rows"),
        ("baseline", "names no rows.*wool"),
        ("sd", "standardized"),
        ("total", "no groups whose variance.*sigma"),
        (0, "above 0"),
        (-2.0, "above 0"),
        (True, "standardized"),
        (float("nan"), "standardized"),
    ],
)
def test_what_is_no_standard_deviation_is_refused(warp, by, said):
    with pytest.raises(DataError, match=f"(?s){said}"):
        warp.contrasts("pairwise", of="wool", standardized=by)


def test_families_without_a_residual_sd_are_refused(pretend):
    data = mw.load_data("warpbreaks")
    fit = pretend("breaks ~ wool", data, [3.0, 0.1], "poisson")
    with pytest.raises(DataError, match='"poisson" with link log has no residual standard'):
        fit.contrasts("pairwise", of="wool", standardized="sigma")
    found = fit.contrasts("pairwise", of="wool", standardized=0.5)
    assert found["estimate"].iloc[0] == pytest.approx(-0.2)


def test_means_and_differences_of_probabilities_are_not_standardized(pretend, warp):
    with pytest.raises(DataError, match="Differences are standardized"):
        warp.means("wool").standardized()
    data = pd.DataFrame({"f": list("ab") * 20, "y": [0, 1, 1, 0] * 10})
    fit = pretend("y ~ f", data, [-0.4, 0.7], "bernoulli")
    with pytest.raises(DataError, match='scale="link"'):
        fit.contrasts("pairwise", of="f", compare="difference").standardized()
    with pytest.raises(DataError, match='scale="link"'):
        fit.comparisons("f", scale="response", standardized="sigma")
    with pytest.raises(DataError, match="standardized differences"):
        warp.contrasts("pairwise", of="wool").odds_ratios()


def test_comparisons_are_standardized_too(warp, sizes):
    own = sizes["differences"]
    found = warp.comparisons("tension", by="wool", step="pairwise", standardized="sigma")
    assert found["estimate"].abs().max() == pytest.approx(max(map(abs, own["d"])))


def test_slopes_per_sd_need_numbers(warp, pretend, table):
    fit = pretend("mpg ~ wt", table("mtcars"), [37.0, -5.0], sigma=((), 3.0))
    with pytest.raises(DataError, match="per"):
        fit.slopes("wt", per="SD")


def test_several_responses_are_not_divided_by_one_standard_deviation():
    data = pd.DataFrame({"f": list("ab") * 20, "y": np.arange(40.0), "z": np.arange(40.0) % 7})
    fit = mw.Model("mvbind(y, z) ~ f", data).fit(seed=1, draws=50, chains=2)
    with pytest.raises(DataError, match="several responses"):
        fit.contrasts("pairwise", of="f", standardized="sigma")


def test_what_standardized_numbers_are_made_of_gives_their_draws(warp, grouped):
    fit, _, _ = grouped
    d = warp.contrasts("pairwise", of="tension", by="wool", standardized="sigma")
    made = [
        d,
        d.odds_ratios(),
        fit.slopes("x", per="sd", standardized="total"),
        fit.slopes("x", by="arm", per="sd"),
        fit.comparisons("x", step=2, standardized={"arm": "control"}),
    ]
    for one in made:
        again = [one.origin.number(row).draws() for row in range(len(one))]
        np.testing.assert_allclose(again, one.samples, rtol=1e-9)

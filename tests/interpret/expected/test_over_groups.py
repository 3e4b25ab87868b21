"""Means over the population of groups: closed forms, many groups, integrals by SciPy."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import expit, gamma, ndtr
from scipy.stats import norm

from mixwell.errors import DataError
from mixwell.interpret.expected.over_groups import Scatter, over_groups

SD, CORR = np.array([0.9, 0.6]), 0.4
COVARIANCE = np.diag(SD) @ np.array([[1, CORR], [CORR, 1]]) @ np.diag(SD)
B = [-0.4, 0.8, 0.5]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"f": np.tile(["a", "b"], 30), "x": rng.normal(size=60)})
    frame["g"] = np.repeat([f"g{i}" for i in range(12)], 5)
    return frame.assign(y=np.tile([0, 1, 1], 20), n=rng.poisson(2, 60), r=rng.normal(size=60))


def slopes_of(**more):
    return {
        "sd_g": (("g_effect",), SD),
        "corr_g": (("g_effect", "g_effect_bis"), [[1, CORR], [CORR, 1]]),
        **more,
    }


@pytest.fixture
def fits(pretend, data):
    def make(family, response="y", link=None, **more):
        chosen = {} if link is None else {"link": link}
        formula = f"{response} ~ f + x + (1 + x | g)"
        return pretend(formula, data, B, family, chosen, **slopes_of(**more))

    return make


def at(x):
    z = np.array([1.0, x])
    return np.array([B[0] + B[2] * x, B[0] + B[1] + B[2] * x]), float(z @ COVARIANCE @ z)


@pytest.mark.parametrize("x", [-2.0, 0.0, 1.5])
def test_probit_and_log_links_have_their_closed_forms(fits, x):
    eta, v = at(x)
    probit = fits("bernoulli", link="probit").means("f", at={"x": x}, groups="integrated")
    np.testing.assert_allclose(probit["estimate"], ndtr(eta / np.sqrt(1 + v)), rtol=1e-9)
    counts = fits("poisson", "n").means("f", at={"x": x}, groups="integrated")
    np.testing.assert_allclose(counts["estimate"], np.exp(eta + v / 2), rtol=1e-9)


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0, 8.0])
@pytest.mark.parametrize("x", [-2.0, 1.5])
def test_logit_means_are_those_of_adaptive_integration(pretend, data, scale, x):
    more = slopes_of(sd_g=(("g_effect",), scale * SD))
    fit = pretend("y ~ f + x + (1 + x | g)", data, B, "bernoulli", **more)
    eta, v = at(x)
    sd = scale * np.sqrt(v)
    expected = [
        quad(lambda z, e=e: expit(e + sd * z) * norm.pdf(z), -12, 12, limit=400, epsabs=1e-12)[0]
        for e in eta
    ]
    found = fit.means("f", at={"x": x}, groups="integrated")
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-9)


def test_they_are_means_of_many_persons_with_zeros_that_groups_share(pretend, data):
    """Mean and zeros of a zero-inflated model have correlated deviations of one group."""
    both = np.array([0.7, 0.9])
    fit = pretend(
        ["n ~ f + (1 | i | g)", "zi ~ 1 + (1 | i | g)"],
        data,
        [0.5, 0.4],
        "zero_inflated_poisson",
        b_zi=(("effect_zi",), [-0.8]),
        sd_g=(("g_effect",), both[:1]),
        sd_zi_g=(("zi_g_effect",), both[1:]),
        corr_g=(("g_joint", "g_joint_bis"), [[1, -0.6], [-0.6, 1]]),
    )
    found = fit.means("f", groups="integrated")["estimate"].to_numpy()
    rng = np.random.default_rng(3)
    z = rng.normal(size=(2, 1_000_000))
    one, other = both[0] * z[0], both[1] * (-0.6 * z[0] + 0.8 * z[1])
    for eta, mean in zip([0.5, 0.9], found, strict=True):
        values = (1 - expit(-0.8 + other)) * np.exp(eta + one)
        assert abs(mean - values.mean()) < 4.5 * values.std() / 1000


@pytest.mark.parametrize("family", ["bernoulli", "poisson"])
def test_slopes_take_along_how_the_scatter_changes(fits, family):
    fit = fits(family, "n" if family == "poisson" else "y")
    step, x = 1e-4, 0.7
    ends = fit.means("f", by="x", at={"x": [x - step, x + step]}, groups="integrated")
    low, high = ends.frame.pivot(index="f", columns="x", values="estimate").to_numpy().T
    found = fit.slopes("x", by="f", at={"x": x}, scale="response", groups="integrated")
    np.testing.assert_allclose(found["estimate"], (high - low) / (2 * step), rtol=1e-6)


def test_rows_of_the_data_and_predictions_are_each_integrated(fits, data):
    fit = fits("bernoulli", link="probit")
    z = np.column_stack([np.ones(60), data["x"]])
    v = np.einsum("re,ef,rf->r", z, COVARIANCE, z)
    eta = B[0] + B[1] * (data["f"] == "b") + B[2] * data["x"]
    expected = ndtr(eta / np.sqrt(1 + v))
    made = fit.predictions(groups="integrated")
    np.testing.assert_allclose(made["estimate"], expected, rtol=1e-9)
    assert "g" not in made.frame
    set_to = [ndtr((B[0] + b + B[2] * data["x"]) / np.sqrt(1 + v)).mean() for b in (0, B[1])]
    found = fit.means("f", over="data", average="response", groups="integrated")
    np.testing.assert_allclose(found["estimate"], set_to, rtol=1e-9)
    difference = fit.comparisons("f", over="data", groups="integrated")
    np.testing.assert_allclose(difference["estimate"], set_to[1] - set_to[0], rtol=1e-8)


def test_odds_ratios_are_of_the_averages(fits):
    fit = fits("bernoulli")
    means = fit.means("f", groups="integrated")
    p = means["estimate"].to_numpy()
    odds = p / (1 - p)
    np.testing.assert_allclose(means.contrasts()["estimate"], odds[0] / odds[1], rtol=1e-9)
    assert means.contrasts().scale == "odds ratio"


def test_one_factor_is_integrated_and_another_left_out(pretend, data):
    rows = data.assign(h=np.tile(["h1", "h2", "h3"], 20))
    more = {"sd_g": (("g_effect",), [0.8]), "sd_h": (("h_effect",), [1.5])}
    fit = pretend("y ~ f + (1 | g) + (1 | h)", rows, B[:2], "bernoulli", {"link": "probit"}, **more)
    found = fit.means("f", groups={"g": "integrated"})
    eta = np.array([B[0], B[0] + B[1]])
    np.testing.assert_allclose(found["estimate"], ndtr(eta / np.sqrt(1 + 0.64)), rtol=1e-9)
    assert "g: averaged over the population of levels" in " ".join(found.notes)
    every = fit.means("f", groups="integrated")
    np.testing.assert_allclose(every["estimate"], ndtr(eta / np.sqrt(1 + 0.64 + 2.25)), rtol=1e-9)


def test_a_log_response_adds_residual_and_group_variance(pretend, data):
    rows = data.assign(t=np.exp(data["r"]))
    more = {"sd_g": (("g_effect",), [0.5]), "sigma": ((), 0.3)}
    fit = pretend("log(t) ~ f + (1 | g)", rows, [1.0, 0.4], **more)
    found = fit.means("f", groups="integrated", center="mean")
    expected = np.exp(np.array([1.0, 1.4]) + (0.25 + 0.09) / 2)
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-9)


def test_where_the_mean_is_linear_groups_average_out(pretend, data):
    fit = pretend("r ~ f + (1 | g)", data, [1.0, 0.4], sd_g=(("g_effect",), [0.5]))
    np.testing.assert_allclose(fit.means("f", groups="integrated")["estimate"], [1.0, 1.4])


def test_what_has_no_population_is_refused(pretend, fits, data):
    with pytest.raises(DataError, match="no groups whose deviations"):
        pretend("y ~ f", data, B[:2], "bernoulli").means("f", groups="integrated")
    with pytest.raises(DataError, match="New responses are of some group"):
        fits("bernoulli").predictions(kind="response", groups="integrated")


def weibull(pretend, data):
    rows = data.assign(t=np.exp(data["r"]))
    more = {"sd_g": (("g_effect",), [0.8]), "alpha": ((), 1.4)}
    return pretend("t ~ f + (1 | g)", rows, [1.0, 0.4], "weibull", **more)


def test_survival_and_restricted_means_are_those_of_the_population(pretend, data):
    fit = weibull(pretend, data)
    times = np.array([1.0, 4.0, 9.0])

    def curve(t, eta):
        scale = np.exp(eta) / gamma(1 + 1 / 1.4)
        inside = lambda z: np.exp(-((t / (scale * np.exp(0.8 * z))) ** 1.4)) * norm.pdf(z)  # noqa: E731
        return quad(inside, -12, 12, limit=400, epsabs=1e-12)[0]

    found = fit.survival("f", times, groups="integrated")
    expected = [curve(t, eta) for eta in (1.0, 1.4) for t in times]
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-8)
    differences = found.contrasts()["estimate"]
    np.testing.assert_allclose(differences, np.subtract(*np.reshape(expected, (2, 3))), rtol=1e-8)
    area = fit.restricted_means(4.0, "f", groups="integrated")["estimate"]
    whole = [quad(curve, 0, 4, args=(eta,), epsabs=1e-9)[0] for eta in (1.0, 1.4)]
    np.testing.assert_allclose(area, whole, rtol=1e-7)
    rows = fit.survival("f", times, over="data", groups="integrated")
    np.testing.assert_allclose(rows["estimate"], expected, rtol=1e-8)


def test_what_is_no_mean_is_not_averaged_over_groups(pretend, data):
    fit = weibull(pretend, data)
    asked = [
        lambda: fit.survival("f", 2.0, groups="integrated", kind="hazard"),
        lambda: fit.survival("f", 2.0, groups="integrated", kind="cumulative hazard"),
        lambda: fit.survival("f", 2.0, groups="integrated", after=1.0),
        lambda: fit.time_quantiles(0.5, "f", groups={"g": "integrated"}),
    ]
    rows = data.assign(t=np.exp(data["r"]))
    logs = pretend("log(t) ~ f + (1 | g)", rows, [1.0, 0.4], sd_g=(("g_effect",), [0.5]))
    asked += [
        lambda: logs.means("f", groups="integrated"),
        lambda: logs.comparisons("f", groups="integrated"),
        lambda: logs.predictions(groups="integrated"),
    ]
    for each in asked:
        with pytest.raises(DataError, match="not the mean of its groups' own"):
            each()
    kept = logs.means("f", groups="integrated", center="transformed")
    np.testing.assert_allclose(kept["estimate"], [1.0, 1.4])


def test_angles_are_averaged_as_directions(pretend, data):
    rows = data.assign(a=np.angle(np.exp(1j * (2.5 + data["r"]))))
    more = {"sd_g": (("g_effect",), [2.5]), "kappa": ((), 3.0)}
    fit = pretend("a ~ f + (1 | g)", rows, [0.6, 1.0], "von_mises", **more)
    expected = []
    for eta in (0.6, 1.6):
        angle = lambda z, e=eta: 2 * np.arctan(e + 2.5 * z)  # noqa: E731
        parts = (
            quad(lambda z, of=of, at=angle: of(at(z)) * norm.pdf(z), -12, 12, limit=400)[0]
            for of in (np.cos, np.sin)
        )
        expected.append(np.angle(complex(*parts)))
    found = fit.means("f", groups="integrated")
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-7)
    assert abs(expected[0] - 2 * np.arctan(0.6)) > 0.1
    each = fit.predictions(groups="integrated")["estimate"]
    np.testing.assert_allclose(each, np.where(data["f"] == "b", *expected[::-1]), rtol=1e-7)


@pytest.mark.parametrize("link", [expit, ndtr, np.exp, np.square])
@pytest.mark.parametrize("width", [0.3, 2.0, 9.0])
def test_many_rows_of_one_scatter_have_the_means_that_each_has_alone(link, width):
    """By the polynomial where one is near enough, and by the rule where none is."""
    rng = np.random.default_rng(3)
    eta = rng.normal(0, width, (500, 30))
    variance = np.repeat(rng.gamma(8, 0.05, (1, 30)), 500, axis=0)
    scatter = Scatter(("mean",), {("mean", "mean"): variance})
    at = lambda rows: over_groups(  # noqa: E731
        scatter.of(rows), {"mean": eta[rows]}, lambda own: link(own["mean"]), any_rows=True
    )
    alone = np.concatenate([at(np.array([row])) for row in range(500)])
    np.testing.assert_allclose(at(np.arange(500)), alone, rtol=3e-9)


@pytest.mark.parametrize("link", [expit, ndtr, np.exp, lambda eta: eta, np.square])
@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("width", [0.5, 2.0])
def test_many_numbers_of_one_function_have_the_means_that_each_has_alone(link, alike, width):
    """By one surface where means are positive, and by the rule where they are not."""
    rng = np.random.default_rng(5)
    eta = rng.normal(-1, width, (300, 20))
    variance = rng.gamma(4, 0.2, (1 if alike else 300, 20)) + np.zeros((300, 20))
    scatter = Scatter(("mean",), {("mean", "mean"): variance})
    ask = (scatter, {"mean": eta}, lambda own: link(own["mean"]))
    found = over_groups(*ask, any_rows=True, any_draws=True)
    np.testing.assert_allclose(found, over_groups(*ask), rtol=1e-11, atol=1e-13)


def test_one_function_of_many_draws_asks_for_few_integrals():
    asked = []

    def response(own):
        asked.append(own["mean"].size)
        return expit(own["mean"])

    rng = np.random.default_rng(6)
    variance = rng.gamma(4, 0.2, (100, 400))
    scatter = Scatter(("mean",), {("mean", "mean"): variance})
    eta = {"mean": rng.normal(0, 1, (100, 400))}
    over_groups(scatter, eta, response, any_rows=True, any_draws=True)
    assert sum(asked) < 10 * eta["mean"].size

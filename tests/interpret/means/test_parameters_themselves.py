"""Answers about a parameter of the family itself: its own draws, averaged and compared.

The right values are computed here from the posterior's draws of `b_sigma`, `b_zi` and the groups'
standard deviations: links, their derivatives, and the mean of a lognormal variable.
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit

import mixwell as mw

FEW = {"draws": 30, "tune": 50, "chains": 2, "seed": 1, "progressbar": False, "engine": "direct"}
RNG = np.random.default_rng(5)
N = 120
DATA = pd.DataFrame(
    {
        "f": np.tile(["a", "b", "c"], N // 3),
        "x": np.round(RNG.normal(size=N), 2),
        "g": np.repeat([f"g{k:02}" for k in range(12)], N // 12),
        "z": np.tile(["u", "v"], N // 2),
    }
)
SD = np.exp(0.2 + 0.5 * (DATA["f"] == "b") + 0.3 * DATA["x"])
DATA["y"] = 1 + DATA["x"] + SD * RNG.normal(size=N)
DATA["n"] = RNG.poisson(2, N) * (RNG.uniform(size=N) > 0.3)
DATA["choice"] = RNG.choice(["bus", "car", "train"], N)
MEAN_X = DATA["x"].mean()


@pytest.fixture(scope="module")
def spread():
    """A location-scale model: sigma has a factor, a number, and groups of its own."""
    return mw.Model(["y ~ x + z", "sigma ~ f + x + (1 | g)"], DATA).fit(**FEW)


@pytest.fixture(scope="module")
def zeros():
    return mw.Model(["n ~ f", "zi ~ f + x"], DATA, "zero_inflated_poisson").fit(**FEW)


@pytest.fixture(scope="module")
def choices():
    return mw.Model("choice ~ f + x", DATA, "categorical").fit(**FEW)


@pytest.fixture(scope="module")
def plain():
    """Sigma without a formula."""
    return mw.Model("y ~ f + x", DATA).fit(draws=30, seed=1)


def named(fit, parameter):
    """The draws of a linear predictor's coefficients by name, each `(sample,)`."""
    names = fit.spec.predictors[parameter].fixed.names
    return dict(zip(names, fit.drawn.coefficients(parameter), strict=True))


def linear(fit, parameter, x=MEAN_X):
    """The linear predictor at the levels of f, from the coefficients' draws, `(level, sample)`."""
    b = named(fit, parameter)
    base = b["Intercept"] + b["x"] * np.asarray(x)
    return np.array([base, base + b["f[b]"], base + b["f[c]"]])


@pytest.mark.parametrize(("scale", "of"), [("response", np.exp), ("link", np.asarray)])
def test_means_of_a_parameter_are_its_linear_predictor_taken_back(spread, scale, of) -> None:
    made = spread.means("f", parameter="sigma", scale=scale)
    assert_allclose(made.samples, of(linear(spread, "sigma")), rtol=1e-10)


def test_means_of_a_parameter_say_what_it_is_and_on_which_scale(spread, zeros, choices) -> None:
    own = spread.means("f", parameter="sigma")
    assert own.title == "Means of sigma by f (own scale)"
    assert "sigma: residual sd" in str(own)
    assert "Held at x" in str(own)
    assert "z" not in " ".join(own.notes)  # read by the mean alone
    assert spread.means("f", parameter="sigma", scale="link").title.endswith("f (log scale)")
    assert zeros.means("f", parameter="zi").title == "Means of zi by f (probabilities)"
    assert zeros.means("f", parameter="zi", scale="link").title.endswith(
        "(log odds of an extra zero)"
    )
    one = choices.means("f", parameter="car")
    assert one.title == "Means of the probability of choice = car by f (probabilities)"
    odds = choices.means("f", parameter="mucar")
    assert odds.title == "Means of mucar by f (log odds of car against bus)"
    assert own.chart.label == "mean of sigma"
    slope = spread.slopes("x", parameter="sigma")
    assert slope.title == "Slopes of sigma per unit of x (log scale)"
    ratio = spread.comparisons("f", parameter="sigma", kind="ratio")
    assert ratio.title == "Ratios of sigma as f changes (ratios on the own scale)"


def test_contrasts_are_ratios_of_log_links_and_odds_ratios_of_logits(spread, zeros) -> None:
    log, logit = linear(spread, "sigma"), linear(zeros, "zi")
    made = spread.contrasts("revpairwise", of="f", parameter="sigma")
    assert made.scale == "ratio"
    assert made["contrast"].tolist()[0] == "b / a"
    assert_allclose(made.samples[0], np.exp(log[1] - log[0]), rtol=1e-10)
    odds = zeros.contrasts("revpairwise", of="f", parameter="zi")
    assert odds.scale == "odds ratio"
    assert_allclose(odds.samples[0], np.exp(logit[1] - logit[0]), rtol=1e-10)
    plainly = zeros.contrasts("revpairwise", of="f", parameter="zi", compare="difference")
    assert_allclose(plainly.samples[0], expit(logit[1]) - expit(logit[0]), rtol=1e-9)
    on_link = spread.contrasts("revpairwise", of="f", parameter="sigma", scale="link")
    assert_allclose(on_link.samples[0], log[1] - log[0], rtol=1e-9)


def test_a_population_of_groups_has_a_lognormal_variables_mean(spread) -> None:
    sd = spread.posterior["sd_sigma_g"].to_numpy().ravel()
    expected = np.exp(linear(spread, "sigma") + sd**2 / 2)
    made = spread.means("f", parameter="sigma", groups="integrated")
    assert_allclose(made.samples, expected, rtol=1e-8)
    rows = DATA.head(3)
    each = spread.predictions(rows, parameter="sigma", groups="integrated").samples
    for k in range(3):  # of levels a, b, c
        own = np.exp(linear(spread, "sigma", rows["x"].iloc[k])[k] + sd**2 / 2)
        assert_allclose(each[k], own, rtol=1e-8)
    slope = spread.slopes("x", parameter="sigma", groups="integrated", scale="response", by="f")
    assert_allclose(slope.samples, named(spread, "sigma")["x"] * expected, rtol=1e-6)


def test_existing_groups_have_their_own_deviations(spread) -> None:
    deviation = spread.posterior["r_sigma_g"].to_numpy()  # one effect of each group
    deviation = deviation.reshape(60, 12).T
    made = spread.means("g", parameter="sigma", groups="existing", average="link")
    expected = np.exp(linear(spread, "sigma").mean(axis=0) + deviation)
    assert_allclose(made.samples, expected, rtol=1e-8)
    averaged = spread.means("f", parameter="sigma", groups="existing", average="response")
    each = np.exp(linear(spread, "sigma")[:, None] + deviation)
    assert_allclose(averaged.samples, each.mean(axis=1), rtol=1e-8)


def test_over_the_datas_rows_the_rows_own_are_averaged(spread, zeros) -> None:
    made = spread.means("f", parameter="sigma", over="data", average="response")
    each = [linear(spread, "sigma", x) for x in DATA["x"]]
    assert_allclose(made.samples, np.exp(each).mean(axis=0), rtol=1e-9)
    step = zeros.comparisons("f", parameter="zi", over="data")
    chance = expit([linear(zeros, "zi", x) for x in DATA["x"]]).mean(axis=0)
    assert_allclose(step.samples, chance[1:] - chance[:1], rtol=1e-8)


def test_slopes_are_derivatives_on_either_scale(zeros) -> None:
    b = named(zeros, "zi")
    chance = expit(linear(zeros, "zi"))
    on_link = zeros.slopes("x", "f", parameter="zi")
    assert_allclose(on_link.samples, np.tile(b["x"], (3, 1)), rtol=1e-9)
    own = zeros.slopes("x", "f", parameter="zi", scale="response")
    assert_allclose(own.samples, b["x"] * chance * (1 - chance), rtol=1e-9)


def test_the_first_parameter_is_the_mean_without_the_zeros(zeros) -> None:
    b = named(zeros, "mean")
    made = zeros.means("f", parameter="mu")
    assert_allclose(made.samples[1], np.exp(b["Intercept"] + b["f[b]"]), rtol=1e-10)
    chance = zeros.means("f", parameter="zi").samples
    assert_allclose(zeros.means("f").samples, made.samples * (1 - chance), rtol=1e-10)


@pytest.mark.parametrize("verb", ["means", "contrasts", "slopes", "comparisons", "predictions"])
def test_one_categorys_answers_are_those_among_all(choices, verb) -> None:
    calls = {
        "means": lambda **o: choices.means("f", **o),
        "contrasts": lambda **o: choices.contrasts(of="f", **o),
        "slopes": lambda **o: choices.slopes("x", by="f", scale="response", **o),
        "comparisons": lambda **o: choices.comparisons("f", over="data", **o),
        "predictions": lambda **o: choices.predictions(DATA.head(2), **o),
    }
    every, alone = calls[verb](), calls[verb](parameter="car")
    kept = (every.frame["category"] == "car").to_numpy()
    assert "category" not in alone.frame
    assert_allclose(alone.samples, every.samples[kept], rtol=1e-12)


def test_answers_about_a_parameter_can_be_hypotheses_on(spread) -> None:
    log = linear(spread, "sigma")
    made = spread.means("f", parameter="sigma").hypothesis("b > a")
    assert made["probability"].iloc[0] == pytest.approx((log[1] > log[0]).mean())


def test_a_parameter_without_a_formula_has_one_value(plain) -> None:
    sigma = plain.posterior["sigma"].to_numpy().ravel()
    made = plain.means(None, parameter="sigma")
    assert_allclose(made.samples, [sigma])
    assert "no formula: sigma is the same in all rows" in str(made)
    assert_allclose(plain.means(None, parameter="sigma", scale="link").samples, [np.log(sigma)])
    assert_allclose(plain.means(None, parameter="sigma", over="data").samples, [sigma])


@pytest.mark.parametrize(
    "ask",
    [
        lambda fit: fit.means("f", parameter="sigma"),
        lambda fit: fit.means(None, parameter="sigma", at={"f": "a"}),
        lambda fit: fit.contrasts(of="f", parameter="sigma"),
        lambda fit: fit.slopes("f", parameter="sigma"),
        lambda fit: fit.comparisons("f", parameter="sigma"),
    ],
)
def test_what_moves_no_parameter_without_a_formula_is_refused_with_its_value(plain, ask) -> None:
    with pytest.raises(mw.DataError, match="has no formula") as refused:
        ask(plain)
    assert 'fit.means(None, parameter="sigma") has it.' in str(refused.value)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda s, z, c: s.means("f", parameter="sgima"), 'Did you mean "sigma"'),
        (lambda s, z, c: s.means("f", parameter=3), "Choices: mean, mu, sigma"),
        (lambda s, z, c: s.means("z", parameter="sigma"), "stands in the formula for the mean"),
        (lambda s, z, c: s.slopes("f", parameter="mu"), "stands in the formula for sigma"),
        (lambda s, z, c: s.comparisons("z", parameter="sigma"), "Choices: f, x"),
        (lambda s, z, c: s.means("f", parameter="sigma", scale="score"), "Scores are expected"),
        (lambda s, z, c: s.means("f", parameter="sigma", bias_adjust=True), "not for sigma"),
        (lambda s, z, c: s.means("f", parameter="sigma", center="mean"), "Leave center= out"),
        (
            lambda s, z, c: s.comparisons("f", parameter="sigma", kind="ratio", scale="link"),
            "differences, no ratios",
        ),
        (lambda s, z, c: s.means("f", parameter="mu", groups="integrated"), "no groups whose"),
        (lambda s, z, c: s.means("f", parameter="mu", groups={"g": "integrated"}), "no groups"),
        (lambda s, z, c: z.means("f", parameter="sigma"), "Choices: mean, mu, zi"),
        (lambda s, z, c: c.slopes("x", parameter="car"), 'scale="response"'),
        (lambda s, z, c: c.means("f", parameter="mu"), "mucar"),
    ],
)
def test_what_a_parameter_has_not_is_refused_with_the_nearest(
    spread, zeros, choices, ask, said
) -> None:
    with pytest.raises(mw.DataError) as refused:
        ask(spread, zeros, choices)
    assert said in str(refused.value)


def test_an_offset_belongs_to_the_response_that_has_it() -> None:
    exposed = DATA.assign(e=np.tile([1.0, 2.0, 4.0], N // 3))
    model = mw.Model(["n ~ f + offset(log(e))", "y ~ f"], exposed, ["poisson", "gaussian"])
    fit = model.fit(**FEW)
    own = fit.drawn.coefficients("y")
    expected = own[0] + (own[1] + own[2]) / 3
    for average in ("link", "response"):
        alone = fit.means(None, parameter="y", average=average)
        assert_allclose(alone.samples[0], expected, rtol=1e-9)
        every = fit.means(None, average=average)
        place = every["response"].tolist().index("y")
        assert_allclose(every.samples[place], expected, rtol=1e-9)


def test_groups_of_one_response_are_those_of_its_own_means() -> None:
    model = mw.Model(["y ~ f", "n ~ f + (1 | g)"], DATA, ["gaussian", "poisson"])
    fit = model.fit(**FEW)
    every, alone = (fit.means("g", groups="existing", **o) for o in ({}, {"parameter": "n"}))
    kept = (every["response"] == "n").to_numpy()
    assert_allclose(every.samples[kept], alone.samples, rtol=1e-12)
    deviation = fit.posterior["r_n_g"].to_numpy().reshape(60, 12).T
    own = fit.drawn.coefficients("n")
    average = own[0] + (own[1] + own[2]) / 3
    on_link = fit.means("g", groups="existing", parameter="n", scale="link")
    assert_allclose(on_link.samples, average + deviation, rtol=1e-9)


def test_nested_factors_of_the_mean_are_not_those_of_another_parameter() -> None:
    nested = DATA.assign(site=DATA["z"], plot=DATA["z"] + DATA["f"])
    model = mw.Model(["y ~ site / plot", "sigma ~ plot"], nested)
    fit = model.fit(**FEW)
    made = fit.means("plot", parameter="sigma")
    assert made.factors == ("plot",)
    assert len(made) == 6


def test_simple_effects_are_of_the_factors_that_the_parameter_reads() -> None:
    model = mw.Model(["y ~ x", "sigma ~ f * z"], DATA)
    fit = model.fit(**FEW)
    effects = fit.simple_effects(parameter="sigma")
    within = fit.contrasts(of="z", by="f", parameter="sigma")
    assert_allclose(effects["z"].samples, within.samples, rtol=1e-10)
    with pytest.raises(mw.DataError, match="mu depends on no factor"):
        fit.simple_effects(parameter="mu")


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ("log(e)", "mu: what the main formula is for, of log(e)."),
        ("y | trunc(lb=-20)", "mu: what the main formula is for, before truncation."),
    ],
)
def test_the_first_parameter_is_that_of_the_response_as_it_is_modeled(response, said) -> None:
    data = DATA.assign(e=np.exp(DATA["y"]))
    fit = mw.Model(f"{response} ~ f", data).fit(draws=20, seed=1, progressbar=False)
    made = fit.means("f", parameter="mu")
    assert said in made.notes
    b = named(fit, "mean")
    assert_allclose(made.samples[1], b["Intercept"] + b["f[b]"], rtol=1e-10)


def test_letters_of_categories_are_given_within_each(choices) -> None:
    said = " ".join(str(choices.means("f").letters()).split())
    assert "letters: within each category, rows without a common one differ" in said
    for ask in (choices.means().letters, choices.means().contrasts):
        with pytest.raises(mw.DataError, match="there is one row for each category"):
            ask()

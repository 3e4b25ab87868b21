"""Means, trends and contrasts under emmeans's names and layouts."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.r import (
    brm,
    cld,
    confint,
    contrast,
    eff_size,
    emmeans,
    emtrends,
    fitted,
    glmer,
    glmmTMB,
    lm,
    lmer,
    logLik,
    pairs,
    predict,
    regrid,
    summary,
)


def test_emmeans_are_within_a_posterior_sd_of_emmeans(baked, slopes, printed):
    for grid, name in (
        (emmeans(baked, "~ recipe | temperature"), "means"),
        (emtrends(slopes, "~ recipe", var="temp"), "slopes"),
    ):
        theirs = np.array(printed["emm"][name])
        frame = grid.frame
        assert (np.abs(frame.iloc[:, frame.columns.get_loc("SE") - 1] - theirs) < frame["SE"]).all()


@pytest.mark.parametrize(
    ("specs", "by", "factors", "within"),
    [
        ("block", None, ("block",), ()),
        ("~ block", None, ("block",), ()),
        ("~ block | direction", None, ("block", "direction"), ("direction",)),
        (["block"], "direction", ("block", "direction"), ("direction",)),
        ("~ block * direction", None, ("block", "direction"), ()),
        ("~ block + direction", None, ("block", "direction"), ()),
        ("~ 1", None, (), ()),
    ],
)
def test_specs_say_what_is_averaged_within_what(tasks, specs, by, factors, within):
    made = emmeans(tasks, specs, by=by).estimates
    assert (made.factors, made.by) == (factors, within)


def test_contrasts_stay_within_by_or_leave_it(tasks):
    grid = emmeans(tasks, "~ block | direction")
    assert len(pairs(grid).frame) == 6
    assert len(pairs(grid, by=()).frame) == 15
    assert len(pairs(grid, simple="direction").frame) == 3
    crossed = contrast(grid, interaction=["consec", "pairwise"], by=())
    assert len(crossed.frame) == 2
    own = tasks.fit.contrasts("pairwise", of="block", by="direction")
    assert pairs(grid).frame["estimate"].to_numpy() == pytest.approx(own["estimate"].to_numpy())


def test_contrasts_of_the_link_scale_are_ratios_where_the_response_is_asked_for(herds):
    link = emmeans(herds, "~ period")
    own = herds.fit.contrasts("pairwise", of="period")
    made = pairs(link, type="response")
    assert made.frame["odds.ratio"].to_numpy() == pytest.approx(own["estimate"].to_numpy())
    assert "link (not the response) scale" in repr(pairs(link))
    assert "link (not the response) scale" not in repr(made)


@pytest.mark.parametrize("ref", [4, "4"])
def test_a_reference_level_is_a_name_or_a_place(herds, ref):
    made = contrast(emmeans(herds, "~ period"), "trt.vs.ctrl", ref=ref)
    assert [name[-7:] for name in made.frame["contrast"]] == ["period4"] * 3


def test_a_reference_level_may_be_given_by_its_place_where_levels_have_names(tasks):
    made = contrast(emmeans(tasks, "~ block"), "trt.vs.ctrl", ref=2)
    assert list(made.frame["contrast"]) == ["b1 - b2", "b3 - b2"]


def test_trends_can_be_compared_within_a_factor(slopes):
    made = emtrends(slopes, "pairwise ~ recipe", var="temp")
    assert list(made) == ["emtrends", "contrasts"]
    assert list(made["contrasts"].frame["contrast"]) == ["A - B", "A - C", "B - C"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m: emmeans(m, "~ blok"), "block"),
        (lambda m: emmeans(m, "~ block |"), "|"),
        (lambda m: emmeans(m, "~ block | direction", by="direction"), "twice"),
        (lambda m: emmeans(m, "~ block", type="odds"), "unknown"),
        (lambda m: contrast(m), "not means"),
        (lambda m: emtrends(m, "~ block", var="direction"), "no slope"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tasks, call, said):
    with pytest.raises(mw.MixwellError, match=said):
        call(tasks)


def test_an_adjustment_of_p_values_is_taken_with_a_warning(tasks):
    grid = emmeans(tasks, "~ block")
    with pytest.warns(mw.MixwellWarning, match="no p values"):
        assert pairs(grid, adjust="tukey").frame.equals(pairs(grid).frame)


def test_mvt_has_intervals_that_hold_at_once(tasks):
    grid = emmeans(tasks, "~ block")
    expected = tasks.fit.means("block").contrasts(simultaneous=True)
    for made in (
        pairs(grid, adjust="mvt"),
        contrast(grid, "pairwise", adjust="mvt"),
        confint(pairs(grid), adjust="mvt"),
    ):
        np.testing.assert_array_equal(made.estimates["lower"], expected["lower"])
        assert "simultaneous intervals" in " ".join(str(made).split())
    assert pairs(pairs(grid, adjust="mvt"), adjust="none").estimates.settings.pointwise is None
    with pytest.raises(mw.DataError, match="of tables of means and contrasts"):
        confint(tasks, adjust="mvt")


def test_groups_are_the_letters_in_the_order_of_the_means(tasks):
    grid = emmeans(tasks, "~ block | direction")
    own = grid.estimates.letters(simultaneous=True)
    made = cld(grid)
    frame = made.frame
    for _, block in frame.groupby("direction", observed=True):
        assert block["emmean"].is_monotonic_increasing
    key = ["block", "direction"]
    both = own.frame.merge(frame, on=key)
    digits = both["letters"].map(lambda text: text.translate(str.maketrans("abc", "123")))
    assert both[".group"].str.replace(" ", "").tolist() == digits.tolist()
    np.testing.assert_array_equal(
        cld(grid, sort=False, adjust="none").frame["emmean"], grid.frame["emmean"]
    )
    assert ".group" in str(made)
    said = " ".join(str(made).split())
    assert "letters: within each direction, rows without a common one differ" in said


def test_groups_have_the_symbols_width_and_blocks_asked_for(tasks):
    grid = emmeans(tasks, "~ block * direction")
    made = cld(grid, by="direction", Letters="xyz", alpha=0.2, reversed=True, adjust="none")
    expected = grid.estimates.letters(by="direction", ci_prob=0.8)
    assert made.estimates.by == ("direction",)
    for direction, block in made.frame.groupby("direction", observed=True):
        assert block["emmean"].is_monotonic_decreasing
        assert block[".group"].iloc[0].strip().startswith("x")
        count = expected.frame.loc[expected["direction"] == direction, "letters"].str.cat()
        assert len({*"".join(block[".group"])} - {" "}) == len({*count})
    with pytest.raises(mw.DataError, match="by= names 'nonsense'"):
        cld(grid, by="nonsense")
    with pytest.raises(mw.DataError, match="Letters has 0 symbols"):
        cld(grid, Letters="")


@pytest.fixture(scope="module")
def logged():
    data = mw.load_data("warpbreaks").assign(g=[f"g{i % 9}" for i in range(54)])
    return lmer("log(breaks) ~ wool + (1 | g)", data, seed=1, draws=50)


def test_responses_of_a_transformed_response_are_taken_back(logged):
    linear = logged.fit.means("wool", scale="link").samples
    means = [
        emmeans(logged, "~ wool", type="response").estimates,
        emmeans(logged, "pairwise ~ wool", type="response")["emmeans"].estimates,
    ]
    for made in means:
        np.testing.assert_allclose(made.samples, np.exp(linear), rtol=1e-12)
    shown = summary(emmeans(logged, "~ wool"), type="response")
    np.testing.assert_allclose(shown["response"], np.exp(linear).mean(axis=1), rtol=1e-9)
    ratio = np.exp(linear[0] - linear[1])
    compared = [
        emmeans(logged, "pairwise ~ wool", type="response")["contrasts"],
        pairs(emmeans(logged, "~ wool"), type="response"),
        contrast(emmeans(logged, "~ wool"), "pairwise", type="response"),
    ]
    for grid in compared:
        np.testing.assert_allclose(grid.estimates.samples[0], ratio, rtol=1e-12)
        assert grid.column == "ratio"
    assert "ratio" in summary(pairs(emmeans(logged, "~ wool")), type="response")
    difference = np.exp(linear[0]) - np.exp(linear[1])
    made = pairs(regrid(emmeans(logged, "~ wool"))).estimates
    np.testing.assert_allclose(made.samples[0], difference, rtol=1e-10)


@pytest.mark.parametrize("response", ["sqrt(breaks)", "log1p(breaks)", "scale(breaks)"])
def test_contrasts_without_ratios_stay_on_the_scale_of_the_model(response):
    data = mw.load_data("warpbreaks")
    m = lm(f"{response} ~ wool", data, seed=1, draws=50)
    linear = m.fit.means("wool", scale="link").samples
    back = m.fit.spec.transformation.back
    grid = emmeans(m, "~ wool")
    shown = summary(grid, type="response")["response"]
    np.testing.assert_allclose(shown, back(linear).mean(axis=1), rtol=1e-9)
    for made in (
        pairs(grid, type="response"),
        pairs(emmeans(m, "~ wool", type="response")),
        emmeans(m, "pairwise ~ wool", type="response")["contrasts"],
    ):
        np.testing.assert_allclose(made.estimates.samples[0], linear[0] - linear[1], rtol=1e-9)
        assert f"Contrasts are still on the {response[:-8]} scale." in repr(made)


def test_what_emmeans_does_not_take_back_stays_and_says_so():
    m = lm("1/breaks ~ wool", mw.load_data("warpbreaks"), seed=1, draws=50)
    grid = emmeans(m, "~ wool", type="response")
    linear = m.fit.means("wool", scale="link").samples
    np.testing.assert_allclose(grid.estimates.samples, linear, rtol=1e-12)
    assert "emmeans does not take 1/breaks back" in repr(grid)


def test_predictions_of_a_transformed_response_stay_transformed_as_in_r(logged):
    linear = logged.fit.predictions(kind="linear", groups="existing")["estimate"]
    for made in (predict(logged), fitted(logged), predict(logged, type="response")):
        np.testing.assert_allclose(made, linear, rtol=1e-9)


def test_means_of_a_transformed_response_say_their_scale(logged):
    grid = emmeans(logged, "~ wool")
    for made in (grid, pairs(grid)):
        assert "given on the log(breaks) (not the response) scale." in repr(made)


def test_responses_are_corrected_as_emmeans_corrects_them(herds):
    own = herds.fit.means("period", bias_adjust=True)
    made = emmeans(herds, "~ period", type="response", bias_adjust=True)
    np.testing.assert_array_equal(made.estimates.samples, own.samples)
    given = emmeans(herds, "~ period", type="response", bias_adjust=True, sigma=0.6)
    other = herds.fit.means("period", bias_adjust=0.6)
    np.testing.assert_array_equal(given.estimates.samples, other.samples)
    link = emmeans(herds, "~ period", bias_adjust=True)
    plain = herds.fit.means("period", scale="link")
    np.testing.assert_array_equal(link.estimates.samples, plain.samples)
    with pytest.warns(mw.MixwellWarning, match="used with bias_adjust=True"):
        emmeans(herds, "~ period", sigma=0.6)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda m: emmeans(m, "~ period", bias_adjust=0.6), "Give True or False"),
        (lambda m: emmeans(m, "~ period", bias_adjust="FALSE"), "Give True or False"),
        (lambda m: emmeans(m, "~ period", bias_adjust=True, sigma=True), "sigma=True is no number"),
        (lambda m: contrast(emmeans(m, "~ period"), "trt.vs.ctrl", ref=True), "is no level"),
        (lambda m: pairs(emmeans(m, "~ period"), reverse="no"), "Give True or False"),
        (lambda m: predict(m, allow_new_levels="no"), "Give True or False"),
        (lambda m: logLik(m, REML="no"), "Give True or False"),
    ],
)
def test_truth_values_are_no_numbers_and_texts_no_truth_values(herds, ask, said):
    with pytest.raises(mw.MixwellError, match=said):
        ask(herds)


def test_an_interaction_that_is_false_is_none(tasks):
    grid = emmeans(tasks, "~ block")
    made = contrast(grid, "pairwise", interaction=False)
    assert made.frame.equals(pairs(grid).frame)


@pytest.mark.parametrize(
    ("fit", "said"),
    [
        (lambda d: lmer("y ~ 1 + (1 | g)", d, REML="FALSE"), "REML is 'FALSE'"),
        (lambda d: glmmTMB("y ~ 1 + (1 | g)", d, REML=1), "REML is 1"),
        (lambda d: glmer("y ~ 1 + (1 | g)", d, nAGQ=True), "nAGQ is True"),
    ],
)
def test_models_take_truth_values_where_r_does(fit, said):
    with pytest.raises(mw.MixwellError, match=said):
        fit({"y": [1.0, 2.0, 4.0, 3.0], "g": ["a", "a", "b", "b"]})


@pytest.fixture(scope="module")
def doses():
    rng = np.random.default_rng(1)
    dose = np.tile([2.0, 3.0, 10.0, 3.0 + 2**-51], 10)
    data = pd.DataFrame({"dose": dose, "y": 10 * np.tile(range(4), 10) + rng.uniform(size=40)})
    return mw.Model("y ~ factor(dose)", data).fit(engine="exact", draws=100, seed=1)


def test_a_whole_number_as_ref_is_a_place_as_in_emmeans(doses):
    made = contrast(emmeans(doses, "dose"), "trt.vs.ctrl", ref=2).frame
    assert all(label.endswith("- dose3") for label in made["contrast"])
    named = contrast(emmeans(doses, "dose"), "trt.vs.ctrl", ref="10").frame
    assert all(label.endswith("- dose10") for label in named["contrast"])


def test_levels_of_nearly_one_number_have_lines_and_blocks_of_their_own(doses):
    lines = str(emmeans(doses, "dose")).splitlines()[1:5]
    assert [line.split()[0] for line in lines] == ["2", "3", "3.0000000000000004", "10"]
    blocks = str(emmeans(doses, "~ 1 | dose"))
    assert blocks.count("dose = ") == 4


def test_a_summary_takes_means_and_their_contrasts_to_the_response_scale(herds):
    grid = emmeans(herds, "~ period")
    responses = emmeans(herds, "~ period", type="response")
    for made in (summary(grid, type="response"), summary(responses, type="response")):
        assert made.equals(responses.frame)
    odds = pairs(grid, type="response", reverse=True).frame
    assert summary(pairs(grid, reverse=True), type="response").equals(odds)
    assert summary(pairs(grid)).equals(pairs(grid).frame)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    counts = rng.poisson(3, 120) * rng.integers(0, 2, 120)
    ratings = pd.Categorical(rng.choice(list("xyz"), 120), ordered=True)
    return pd.DataFrame(
        {"a": ["p", "q"] * 60, "n": counts, "w": np.exp(rng.normal(size=120)), "rating": ratings}
    )


def test_means_that_r_takes_back_by_the_link_alone_are_those_of_that_part(rows):
    made = brm("n ~ a", rows, family="zero_inflated_poisson", seed=1, draws=50)
    grid = emmeans(made, "a")
    linear = made.fit.means("a", scale="link").samples
    for shown in (emmeans(made, "a", type="response"), regrid(grid)):
        np.testing.assert_allclose(shown.estimates.samples, np.exp(linear), rtol=1e-10)
        assert "Means are those of the poisson part alone, as in R" in repr(shown)
    ratio = pairs(grid, type="response")
    np.testing.assert_allclose(ratio.estimates.samples[0], np.exp(linear[0] - linear[1]))


@pytest.fixture(scope="module")
def zeros(rows):
    options = {"family": "poisson", "ziformula": "~ a + w", "seed": 1, "draws": 50, "tune": 50}
    return glmmTMB("n ~ a", rows, **options, chains=2, progressbar=False)


def test_emmeans_of_a_component_are_those_of_its_parameter(zeros):
    grid = emmeans(zeros, "~ a", component="zi")
    own = zeros.fit.means("a", parameter="zi", scale="link")
    np.testing.assert_array_equal(grid.estimates.samples, own.samples)
    assert "link (not the response) scale" in repr(grid)
    chance = zeros.fit.means("a", parameter="zi").samples
    responses = emmeans(zeros, "~ a", component="zi", type="response")
    for shown in (responses, regrid(grid)):
        np.testing.assert_allclose(shown.estimates.samples, chance, rtol=1e-10)
    assert responses.column == "response"
    odds = zeros.fit.contrasts(of="a", parameter="zi")
    for made in (pairs(grid, type="response"), pairs(responses)):
        np.testing.assert_allclose(made.estimates.samples, odds.samples, rtol=1e-10)
        assert made.column == "odds.ratio"
    slope = emtrends(zeros, "~ 1", var="w", component="zi")
    trend = zeros.fit.slopes("w", parameter="zi")
    np.testing.assert_array_equal(slope.estimates.samples, trend.samples)
    plain = emmeans(zeros, "~ a", component="cond").estimates.samples
    np.testing.assert_array_equal(plain, emmeans(zeros, "~ a").estimates.samples)


def test_brms_names_a_parameter_by_dpar_and_averages_responses_with_epred(zeros):
    named = emmeans(zeros, "~ a", dpar="zi").estimates.samples
    np.testing.assert_array_equal(named, emmeans(zeros, "~ a", component="zi").estimates.samples)
    expected = emmeans(zeros, "~ a", epred=True)
    own = zeros.fit.means("a", average="response").samples
    np.testing.assert_array_equal(expected.estimates.samples, own)
    np.testing.assert_allclose(pairs(expected).estimates.samples[0], own[0] - own[1])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"component": "disp"}, "the family zero_inflated_poisson has no such parameter"),
        ({"component": "zero"}, "zi"),
        ({"dpar": "sigma"}, "parameter= takes mu, zi"),
        ({"component": "zi", "dpar": "zi"}, "given twice"),
        ({"component": 3}, "component"),
        ({"parameter": "z"}, 'Did you mean "zi"'),
        ({"epred": "yes"}, "Give True or False"),
    ],
)
def test_a_parameter_that_r_does_not_have_is_refused(zeros, given, said):
    with pytest.raises(mw.DataError, match=said):
        emmeans(zeros, "~ a", **given)


def test_the_dispersion_of_gaussian_models_is_not_given_for_glmmtmbs(rows):
    made = lm("w ~ a", rows, seed=1, draws=50)
    with pytest.raises(mw.DataError, match="twice that of sigma"):
        emmeans(made, "~ a", component="disp")
    own = emmeans(made, "~ 1", parameter="sigma", type="response").estimates.samples
    np.testing.assert_allclose(own[0], made.fit.posterior["sigma"].to_numpy().ravel())


@pytest.mark.parametrize(("response", "family"), [("w", "lognormal"), ("rating", "cumulative")])
def test_where_emmeans_knows_no_other_scale_means_stay_on_the_links(rows, response, family):
    made = brm(f"{response} ~ a", rows, family=family, seed=1, draws=50)
    grid = emmeans(made, "a", type="response")
    assert grid.frame.equals(emmeans(made, "a").frame)
    shown = made.fit.means("a", scale="link").frame["estimate"]
    np.testing.assert_allclose(grid.estimates.frame["estimate"], shown)


def test_predicted_and_fitted_categories_are_probabilities_as_in_brms(rows):
    made = brm("rating ~ a", rows, family="cumulative", seed=1, draws=50)
    for found in (predict(made), fitted(made)):
        assert list(found) == ["P(Y = x)", "P(Y = y)", "P(Y = z)"]
        np.testing.assert_allclose(found.sum(axis=1), 1)


def test_effect_sizes_are_contrasts_in_residual_standard_deviations(baked):
    means = emmeans(baked, "~ recipe")
    found, plain = eff_size(means).estimates, pairs(means).estimates
    sigma = baked.fit.drawn.flat("sigma")
    np.testing.assert_allclose(found.samples, plain.samples / sigma)
    assert "effect.size" in eff_size(means).frame
    np.testing.assert_allclose(eff_size(pairs(means)).estimates.samples, found.samples)
    half = eff_size(means, sigma=2.0, method="revpairwise").estimates
    np.testing.assert_allclose(half.samples, -plain.samples / 2)
    with pytest.warns(mw.MixwellWarning, match="how well the divisor is known"):
        eff_size(means, edf=10)
    with pytest.raises(mw.DataError, match="above 0"):
        eff_size(means, sigma=-1)

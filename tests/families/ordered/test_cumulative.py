"""The cumulative family: a vector of thresholds and a probability for each category, in all rooms.

Answers of R's ordinal and emmeans stand in `reference/`, next to the script that made them.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

import mixwell as mw
from mixwell.families import get_family
from mixwell.interpret.means.estimands import means
from mixwell.interpret.means.predictions import predictions
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import log_likelihood

REFERENCE = json.loads((Path(__file__).parent / "reference" / "cumulative.json").read_text())
LEVELS = ["bad", "poor", "ok", "good"]
DATA = pd.DataFrame(REFERENCE["data"]).assign(
    rating=lambda d: pd.Categorical(d["rating"], LEVELS, ordered=True)
)
FAMILY = get_family("cumulative")
ETA = np.array([0.3, -1.2, 2.0, 0.9])
THRESHOLD = np.array([-1.0, 0.2, 1.7])
Y = np.array([0.0, 1.0, 2.0, 3.0])


@pytest.fixture(scope="module")
def fit():
    model = mw.Model("rating ~ x + a + (1 | g)", DATA, "cumulative")
    return model.fit(draws=400, tune=400, chains=2, seed=3, progressbar=False)


def at_estimates(formula="rating ~ x + a"):
    """A posterior of which every draw is R's maximum-likelihood estimate."""
    known = REFERENCE["clm"]
    spec = mw.Model(formula, DATA, "cumulative").spec
    labels = {"effect": list(spec.design.mean.fixed.names), "threshold_dim": list(known["alpha"])}
    values = {"b": ("effect", known["beta"]), "threshold": ("threshold_dim", known["alpha"])}
    variables = {
        name: (("chain", "draw", dim), np.tile(list(found.values()), (1, 4, 1)))
        for name, (dim, found) in values.items()
    }
    made = xr.Dataset(variables, coords=labels)
    return Posterior(made, spec)


def test_the_density_is_the_probability_between_two_thresholds():
    ends = np.concatenate([[-np.inf], THRESHOLD, [np.inf]])
    below = stats.logistic.cdf(ends[:, None] - ETA)
    found = FAMILY.arguments(y=Y, eta=ETA, threshold=THRESHOLD).call(FAMILY.density.log)
    np.testing.assert_allclose(np.exp(found), np.diff(below, axis=0)[Y.astype(int), range(4)])


def test_far_from_its_category_a_row_keeps_its_digits():
    far = FAMILY.arguments(y=np.array([1.0]), eta=np.array([800.0]), threshold=THRESHOLD)
    found = float(far.call(FAMILY.density.log)[0])
    assert found == pytest.approx(0.2 - 800 + np.log(-np.expm1(-1.2)), rel=1e-14)


def test_random_ratings_come_with_their_probabilities():
    shape = (200_000, 4)
    draw = np.random.default_rng(1).random(size=shape)
    rows = FAMILY.arguments(eta=ETA, threshold=THRESHOLD, draw=draw)
    drawn = rows.call(FAMILY.sampler.response)
    for k in range(4):
        density = FAMILY.arguments(y=np.full(4, float(k)), eta=ETA, threshold=THRESHOLD)
        chance = np.exp(density.call(FAMILY.density.log))
        error = np.sqrt(chance * (1 - chance) / shape[0])
        assert (np.abs((drawn == k).mean(axis=0) - chance) < 5 * error).all()


def test_the_log_likelihood_at_rs_estimates_is_rs():
    each = log_likelihood(at_estimates()).to_numpy()[0, 0]
    assert each.sum() == pytest.approx(REFERENCE["clm"]["logLik"], abs=1e-8)
    np.testing.assert_allclose(np.exp(each), REFERENCE["clm"]["fitted"], rtol=1e-8)


def test_means_at_rs_estimates_are_emmeans_probabilities_and_latent_means():
    made, known = means(at_estimates(), "a").frame, REFERENCE["clm"]
    assert made["category"].tolist() == [row["rating"] for row in known["prob"]]
    assert made["a"].tolist() == [row["a"] for row in known["prob"]]
    np.testing.assert_allclose(made["estimate"], [row["prob"] for row in known["prob"]], rtol=1e-8)
    latent = means(at_estimates(), "a", scale="link").frame["estimate"]
    np.testing.assert_allclose(latent, [row["emmean"] for row in known["latent"]], rtol=1e-7)


def test_figures_say_that_they_show_probabilities():
    made = means(at_estimates(), "a")
    assert made.plot().axes[0].get_ylabel() == "mean of the probability of rating"
    axes = made.contrasts("pairwise").plot().axes[0]
    assert "difference in the probability of rating" in (axes.get_xlabel(), axes.get_ylabel())


def test_contrasts_are_taken_within_categories_and_add_up_to_nothing():
    made = means(at_estimates(), "a").contrasts("pairwise").frame
    assert made["contrast"].tolist() == ["a1 - a2"] * 4
    assert made["category"].tolist() == LEVELS
    assert made["estimate"].sum() == pytest.approx(0.0, abs=1e-12)


def test_the_posterior_is_around_rs_estimates(fit):
    known = REFERENCE["clmm"]
    table = fit.summary()
    ours = {"x": "x", "aa2": "a[a2]"} | {name: f"threshold[{name}]" for name in known["alpha"]}
    for theirs, name in ours.items():
        estimate = {**known["beta"], **known["alpha"]}[theirs]
        assert abs(table.loc[name, "estimate"] - estimate) < 0.25 * known["se"][theirs]
        assert 0.8 < table.loc[name, "sd"] / known["se"][theirs] < 1.25
    assert 0.7 < table.loc["sd_g[Intercept]", "estimate"] / known["sd"] < 2.0


def test_a_fit_is_saved_and_says_what_its_thresholds_are(fit, tmp_path):
    fit.save(tmp_path / "ratings.nc")
    again = mw.load(tmp_path / "ratings.nc")
    pd.testing.assert_frame_equal(again.means("a").frame, fit.means("a").frame)
    assert fit.idata.posterior["threshold_dim"].values.tolist() == [
        "bad|poor",
        "poor|ok",
        "ok|good",
    ]
    text = str(fit.explain())
    assert "odds ratio of a higher rating, a2 against a1" in text
    assert "log odds of poor or lower where every predictor is 0" in " ".join(text.split())
    assert fit.hypothesis("threshold[bad|poor] < threshold[poor|ok]").frame["probability"][0] == 1


def test_replicated_ratings_have_the_frequencies_of_those_observed(fit):
    replicated = fit.ppc(seed=1).posterior_predictive["rating"].to_numpy()
    shares = [(replicated == k).mean(axis=-1) for k in range(4)]
    for k, share in enumerate(shares):
        observed = (DATA["rating"].cat.codes == k).mean()
        assert abs(share.mean() - observed) < 2 * share.std()


def test_predictions_are_a_row_for_each_category(fit):
    rows = pd.DataFrame({"x": [4.0, 6.0], "a": ["a1", "a2"], "g": ["g01", "g02"]})
    made = fit.predictions(rows, groups="existing")
    assert made.frame["category"].tolist() == LEVELS * 2
    np.testing.assert_allclose(made.samples.reshape(2, 4, -1).sum(axis=1), 1.0, rtol=1e-12)
    new = predictions(fit.drawn, rows, "response", groups="existing", seed=1)
    shares = [(new.samples == k).mean(axis=1) for k in range(4)]
    found = made.frame["estimate"].to_numpy().reshape(2, 4)
    np.testing.assert_allclose(np.transpose(shares), found, atol=0.06)


def test_slopes_of_probabilities_are_their_derivatives():
    posterior = at_estimates()
    from mixwell.interpret.changes.slopes import slopes as slopes_of

    made = slopes_of(posterior, "x", at={"x": 5.0, "a": "a1"}, scale="response").frame
    step = 1e-5
    near = [
        predictions(posterior, pd.DataFrame({"x": [5.0 + s], "a": ["a1"]})).frame["estimate"]
        for s in (step, -step)
    ]
    np.testing.assert_allclose(made["estimate"], (near[0] - near[1]) / (2 * step), rtol=1e-6)


def test_whole_numbers_are_ratings_in_their_order():
    numbered = DATA.assign(rating=DATA["rating"].cat.codes * 2 + 1)
    one, other = (mw.Model("rating ~ x", d, "cumulative").spec for d in (numbered, DATA))
    assert one.response.levels == ("1", "3", "5", "7")
    np.testing.assert_array_equal(one.response.values, other.response.values)


def test_thresholds_do_not_depend_on_where_a_predictor_has_its_zero():
    far = DATA.assign(x=DATA["x"] + 1000.0)
    points = []
    for data in (DATA, far):
        model = mw.Model("rating ~ x + a", data, "cumulative").pymc
        point = {name: value + 0.1 for name, value in model.initial_point().items()}
        points.append(float(model.compile_logp(mode="FAST_COMPILE")(point)))
    assert points[0] == pytest.approx(points[1], rel=1e-12)


def test_columns_called_like_thresholds_are_in_nobodys_way():
    data = DATA.assign(threshold=DATA["g"], threshold_dim=DATA["x"], category=DATA["a"])
    model = mw.Model("rating ~ threshold_dim + category + (1 | threshold)", data, "cumulative")
    assert {"threshold", "threshold_centered"} <= set(model.pymc.named_vars)
    assert "threshold_level" in model.pymc.coords


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (
            "a ~ x",
            r"ordered categories.*\n.*\nOrder it.*: ordered\(a, levels = c\('a1'",
        ),
        ("x ~ a", "takes ratings; .* has other numbers"),
        ("rating ~ 0 + a", "thresholds are the intercepts"),
        (["rating ~ x", "threshold ~ a"], "the same for all rows"),
        ("rating | trunc(lb = 0) ~ x", "cannot use trunc"),
    ],
)
def test_what_ratings_cannot_be_is_refused_before_anything_is_compiled(formula, message):
    with pytest.raises(mw.MixwellError, match=f"(?s){message}"):
        mw.Model(formula, DATA, "cumulative")


def test_what_needs_a_mean_or_a_number_is_refused_in_a_sentence(fit):
    model = mw.Model("rating ~ x + (1 | g)", DATA, "cumulative")
    with pytest.raises(mw.DataError, match="categories, which have no variance"):
        fit.r2()
    with pytest.raises(mw.DataError, match="not handed over"):
        model.to_bambi()
    with pytest.raises(mw.DataError, match="categories"):
        fit.means("a", bias_adjust=1.0)
    with pytest.raises(mw.DataError, match='"cumulative" for ratings'):
        mw.Model("rating ~ x", DATA)


def test_brms_names_it_too():
    text = mw.r.translate(
        "fit <- brm(rating ~ x + (1 | g), data = d, family = cumulative())"
    ).python
    assert 'family="cumulative"' in text

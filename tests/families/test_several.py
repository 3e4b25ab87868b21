"""Several responses in one model: their densities side by side, group effects across them.

Answers of R's glmmTMB stand in `reference/`, next to the script that made them.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.families.test_density import slopes

import mixwell as mw
from mixwell.families import FAMILIES, get_family
from mixwell.families.several import several
from mixwell.infer.direct.row_loops import row_loop
from mixwell.infer.direct.rows import build_rows
from mixwell.infer.sampling_units import coefficient_steps
from mixwell.posterior.predictive import log_likelihood, posterior_predictive

REFERENCE = json.loads((Path(__file__).parent / "reference" / "several.json").read_text())
DATA = pd.DataFrame(REFERENCE["data"])
DATA["k"] = np.random.default_rng(1).poisson(np.exp(0.3 + 0.4 * DATA["x"]))
JOINT = several(["y", "k"], [FAMILIES["gaussian"], FAMILIES["negativebinomial"]])
POINT = {
    "column_0": np.array([0.4, -1.0, 3.0]),
    "eta": np.array([0.3, -1.2, 2.0]),
    "sigma_y": np.array([0.7, 1.3, 2.0]),
    "column_1": np.array([0.0, 3.0, 11.0]),
    "k": np.array([-0.4, 0.7, 1.1]),
    "alpha_k": np.array([0.4, 2.0, 9.0]),
}


@pytest.fixture(scope="module")
def model():
    formulas = ["y1 ~ x + (1 | i | id)", "k ~ x + (1 | i | id)"]
    return mw.Model(formulas, DATA, ["gaussian", "poisson"])


@pytest.fixture(scope="module")
def fit(model):
    return model.fit(draws=150, tune=200, chains=2, seed=3, progressbar=False)


def test_the_density_is_the_sum_of_the_responses():
    found = JOINT.arguments(**POINT).call(JOINT.density.log)
    mu, alpha = np.exp(POINT["k"]), POINT["alpha_k"]
    expected = stats.norm(POINT["eta"], POINT["sigma_y"]).logpdf(POINT["column_0"])
    expected += stats.nbinom(alpha, alpha / (alpha + mu)).logpmf(POINT["column_1"])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_derivatives_are_those_of_the_density():
    def value(part):
        return lambda **at: JOINT.arguments(**at).call(part)

    names = ["eta", "k", "sigma_y", "alpha_k"]
    assert [p.name for p in JOINT.parameters] == ["y", *names[1:]]
    found, density = JOINT.arguments(**POINT), JOINT.density
    hessian = iter(found.call(density.hessian))
    for row, one in enumerate(names):
        expected = slopes(value(density.log), POINT, one)
        np.testing.assert_allclose(found.call(density.gradient)[row], expected, rtol=1e-7)
        for other in names[: row + 1]:
            expected = slopes(lambda r=row, **at: value(density.gradient)(**at)[r], POINT, other)
            np.testing.assert_allclose(next(hessian), expected, rtol=1e-6, atol=1e-9)


def test_a_compiled_loop_has_the_same_scores(model):
    rows = build_rows(model.spec)
    eta = np.random.default_rng(2).normal(size=(3, rows.n))
    np.testing.assert_allclose(row_loop(rows).score(eta, {})[1], rows.score(eta, {})[1], atol=1e-10)


def test_without_shared_effects_the_modes_are_those_of_each_alone():
    first = mw.Model("y1 ~ x", DATA).mode(flat=True, reml=False)
    second = mw.Model("k ~ 1", DATA, "poisson").mode(flat=True)
    found = mw.Model(["y1 ~ x", "k ~ 1"], DATA, ["gaussian", "poisson"]).mode(flat=True)
    expected = [*first.fixef()["estimate"], *second.fixef()["estimate"]]
    np.testing.assert_allclose(found.fixef()["estimate"], expected, rtol=1e-6)
    assert found.log_likelihood == pytest.approx(
        first.log_likelihood + second.log_likelihood, abs=1e-6
    )


@pytest.mark.parametrize(
    "formula",
    [["y1 ~ x + (1 | i | id)", "y2 ~ x + (1 | i | id)"], "mvbind(y1, y2) ~ x + (1 | i | id)"],
)
def test_effects_that_correlate_across_responses_are_glmmtmbs(formula):
    found = mw.Model(formula, DATA).mode(flat=True)
    order = [0, 2, 1, 3]
    np.testing.assert_allclose(
        found.fixef()["estimate"], np.array(REFERENCE["b"])[order], rtol=1e-4
    )
    np.testing.assert_allclose(found.fixef()["se"], np.array(REFERENCE["se"])[order], rtol=1e-3)
    sds = [found.sd["y1_id"][0], found.sd["y2_id"][0]]
    np.testing.assert_allclose(sds, REFERENCE["sd"], rtol=1e-3)
    assert found.corr["y1_id"][0, 1] == pytest.approx(REFERENCE["corr"], abs=1e-3)
    sigmas = [found.parameters["sigma_y1"], found.parameters["sigma_y2"]]
    np.testing.assert_allclose(sigmas, REFERENCE["sigma"], rtol=1e-3)
    assert found.log_likelihood == pytest.approx(REFERENCE["logLik"], abs=1e-5)


def test_pymc_observes_every_response_under_its_name():
    model = mw.Model(["y1 ~ x", "k ~ x"], DATA, ["gaussian", "poisson"])
    mine = model.pymc
    assert [v.name for v in mine.observed_RVs] == ["y1", "k"]
    point = mine.initial_point()
    logp = mine.compile_logp(vars=mine.observed_RVs, mode="FAST_COMPILE")
    step = coefficient_steps(model.spec, "mean")[0]
    eta = step * float(point["y1_Intercept_centered_in_units__"])
    log_mu = float(point["k_Intercept_centered"])
    sigma = np.exp(float(point["sigma_y1_log__"]))
    expected = stats.norm(eta, sigma).logpdf(DATA["y1"]).sum()
    expected += stats.poisson(np.exp(log_mu)).logpmf(DATA["k"]).sum()
    assert float(logp(point)) == pytest.approx(expected, rel=1e-6)


def test_the_posterior_has_a_variable_for_every_response(fit):
    assert fit.spec.variables[:2] == ("b_y1", "b_k")
    posterior = fit.idata.posterior
    assert posterior["b_k"].dims == ("chain", "draw", "k_effect")
    assert posterior["corr_id"].shape[2:] == (2, 2)
    assert list(fit.fixef().index) == ["y1_Intercept", "y1_x", "k_Intercept", "k_x"]
    assert fit.explain("k_x").sentence == "ratio of means of k per unit of x"


def test_answers_come_for_every_response(fit, tmp_path):
    b = fit.fixef()["estimate"]
    table = fit.means("x", at={"x": [0.0]}, scale="link")
    assert table["response"].tolist() == ["y1", "k"]
    np.testing.assert_allclose(table["estimate"], b[["y1_Intercept", "k_Intercept"]])
    draws = fit.idata.posterior["b_k"].values[..., 0]
    assert fit.means("x", at={"x": [0.0]})["estimate"][1] == pytest.approx(np.exp(draws).mean())
    rows = fit.predictions(DATA.head(3))
    shown = rows["estimate"][rows["response"] == "k"]
    eta = fit.idata.posterior["b_k"].values @ np.vstack([np.ones(3), DATA["x"][:3]])
    np.testing.assert_allclose(shown, np.exp(eta).mean((0, 1)))
    shift = fit.comparisons("x")
    assert shift["estimate"][0] == pytest.approx(b["y1_x"])
    left = fit.residuals()
    assert left["response"].tolist()[:2] == ["y1", "k"]
    for kind in ("pearson", "quantile"):
        assert 0.7 < fit.residuals(kind, seed=1)["estimate"].std() < 1.3
    assert fit.r2()["r2"].tolist() == [
        "conditional y1", "marginal y1", "conditional k", "marginal k"
    ]  # fmt: skip
    assert log_likelihood(fit.drawn).shape[2:] == (len(DATA),)
    new = posterior_predictive(fit.drawn, seed=1)
    assert new.dims == ("chain", "draw", "obs", "response")
    assert (new.sel(response="k") % 1 == 0).all()
    np.testing.assert_allclose(new.sel(response="y1").mean(), DATA["y1"].mean(), atol=0.2)
    fit.save(tmp_path / "fit.nc")
    again = mw.load(tmp_path / "fit.nc")
    np.testing.assert_array_equal(again.fixef()["estimate"], fit.fixef()["estimate"])


def test_every_response_may_have_formulas_for_its_own_parameters():
    spec = mw.Model(["y1 ~ x", "y2 ~ 1", "sigma_y2 ~ x"], DATA).spec
    assert spec.variables == ("b_y1", "b_y2", "b_sigma_y2", "sigma_y1")
    widths = {e.key: e.prior.args["sigma"] for e in spec.priors if e.role == "intercept"}
    np.testing.assert_allclose(widths["y2_Intercept_centered"], 2.5 * DATA["y2"].std(ddof=0), 0.01)


@pytest.mark.parametrize(
    ("formulas", "family", "said"),
    [
        (["y1 ~ x", "y2 ~ 1"], ["gaussian"] * 3, "There are 3 families for 2 responses"),
        ("y1 ~ x", ["gaussian"] * 2, "There are 2 families for one response"),
        (["y1 ~ x", "k ~ 1"], "poisson", 'response "y1" is below 0'),
        (["y1 ~ x", "y2 ~ 1"], "cumulative", 'family "cumulative" is for one response alone'),
        (["y1 ~ x", "y2 | weights(k) ~ 1"], "gaussian", r"weights\(\) belongs to one response"),
        (["y1 | subset(k > 1) ~ x", "y2 ~ 1"], "gaussian", r"subset\(\) belongs to one response"),
        (["y1 ~ x", "y2 ~ 1"], ["gaussian"], "There is 1 family for 2 responses"),
        (["y1 ~ x", "sort ~ 1"], "gaussian", "sort has levels, and each of several responses is"),
        ("cbind(y1, y2) ~ x", "gaussian", r"Several responses are mvbind\(y1, y2\)"),
        (["y1 ~ x", "y2 ~ 1", "sigma ~ x"], "gaussian", "sigma_y1, sigma_y2"),
        (["y1 ~ x", "y1 ~ 1"], "gaussian", "Two responses have the same name"),
        (
            f"mvbind({', '.join(f'y{i}' for i in range(60))}) ~ x",
            "gaussian",
            "60 responses are more",
        ),
    ],
)
def test_what_several_responses_cannot_have_is_refused(formulas, family, said):
    with pytest.raises(mw.MixwellError, match=said):
        mw.Model(formulas, DATA.assign(sort=np.where(DATA["k"] > 1, "a", "b")), family)


def test_weights_of_several_responses_are_refused():
    with pytest.raises(mw.DataError, match="Several responses have no weights"):
        mw.Model("mvbind(y1, y2) ~ x", DATA, weights="k")


def test_a_row_that_lacks_one_response_is_dropped_whatever_its_place():
    gaps = DATA.assign(y1=DATA["y1"].where(DATA.index != 3), y2=DATA["y2"].where(DATA.index > 1))
    spec = mw.Model("mvbind(y1, y2) ~ x", gaps).spec
    assert spec.design.n == len(DATA) - 3
    assert spec.notes == ("3 rows were dropped for missing values (y1: 1, y2: 2).",)


def test_a_saved_fit_keeps_the_link_of_every_response(tmp_path):
    families = [get_family("bernoulli", "probit"), "poisson"]
    data = DATA.assign(some=(DATA["y1"] > 1).astype(int))
    model = mw.Model(["some ~ x", "k ~ x"], data, families)
    fit = model.fit(draws=50, tune=50, chains=1, seed=1, progressbar=False)
    again = mw.load(fit.save(tmp_path / "fit.nc"))
    links = [again.spec.family.shown_link(name).name for name in ("mean", "k")]
    assert links == ["probit", "log"]


RESCOR = mw.Model("mvbind(y1, y2) ~ x", DATA, rescor=True)


PAIRS = {
    "rescor_y1_y2": np.array([0.5, -0.6, 0.1]),
    "rescor_y1_y3": np.array([-0.2, 0.3, 0.05]),
    "rescor_y2_y3": np.array([0.3, 0.4, -0.7]),
}
THREE = {
    "column_0": np.array([0.4, -1.0, 3.0]),
    "column_1": np.array([1.4, 0.3, -2.0]),
    "column_2": np.array([0.1, 2.0, -0.5]),
    "eta": np.array([0.3, -1.2, 2.0]),
    "y2": np.array([1.0, 0.7, -1.1]),
    "y3": np.array([0.5, 0.7, -0.4]),
    "sigma_y1": np.array([0.7, 1.3, 2.0]),
    "sigma_y2": np.array([1.7, 0.3, 1.0]),
    "sigma_y3": np.array([1.1, 0.6, 0.4]),
    **PAIRS,
}
TWO = {name: values for name, values in THREE.items() if not name.endswith(("y3", "_2"))}
TWO["rescor"] = TWO.pop("rescor_y1_y2")
TOGETHER = mw.Model(
    "mvbind(y1, y2, y3) ~ x",
    DATA.assign(y3=np.random.default_rng(5).normal(DATA["y2"] - DATA["y1"])),
    rescor=True,
)


def covariance(at, size):
    """Return the covariance matrix of one row."""
    sds = np.array([at[f"sigma_y{k}"] for k in range(1, size + 1)])
    found = np.diag(sds**2)
    for i in range(size):
        for j in range(i):
            own = at["rescor"] if size == 2 else at[f"rescor_y{j + 1}_y{i + 1}"]
            found[i, j] = found[j, i] = own * sds[i] * sds[j]
    return found


@pytest.mark.parametrize(("model", "given"), [(RESCOR, TWO), (TOGETHER, THREE)], ids=["2", "3"])
def test_residuals_that_correlate_have_the_multivariate_normal_density(model, given):
    family = model.spec.family
    size = len(family.parts)
    found = family.arguments(**given)
    names = ["eta", *(p.name for p in family.further)]
    for row in range(3):
        at = {name: float(values[row]) for name, values in given.items()}
        law = stats.multivariate_normal([at[name] for name in names[:size]], covariance(at, size))
        expected = law.logpdf([at[f"column_{k}"] for k in range(size)])
        assert found.call(family.density.log)[row] == pytest.approx(expected, rel=1e-12)
    for place, name in enumerate(names):
        slope = slopes(lambda **at: family.arguments(**at).call(family.density.log), given, name)
        np.testing.assert_allclose(found.call(family.density.gradient)[place], slope, rtol=1e-7)
    drawn = np.random.default_rng(3).standard_normal((200_000, 3, size))
    rows = found.given(draw=drawn).call(family.sampler.response)
    new = {f"column_{k}": rows[..., k] for k in range(size)}
    terms = family.arguments(**{**given, **new}).call(family.density.hessian)
    curvature, mixed = (
        found.call(part) for part in (family.density.curvature, family.density.pairs)
    )
    entries, below = iter(terms), iter(mixed)
    for i in range(len(names)):
        for j in range(i + 1):
            known = curvature[i] if i == j else next(below)
            entry = np.broadcast_to(next(entries), drawn.shape[:2])
            error = entry.std(axis=0) / np.sqrt(len(drawn))
            apart = np.abs(entry.mean(axis=0) + (0.0 if known is None else known))
            assert (apart < 5 * error + 1e-9).all(), (i, j)


def test_correlations_that_no_matrix_has_together_have_no_density():
    family = TOGETHER.spec.family
    impossible = {"rescor_y1_y2": 0.9, "rescor_y1_y3": 0.9, "rescor_y2_y3": -0.9}
    found = family.arguments(**{**THREE, **{n: np.full(3, r) for n, r in impossible.items()}})
    assert (found.call(family.density.log) == -np.inf).all()


def test_residual_correlations_of_three_responses_at_the_mode_are_those_of_least_squares():
    found, data = TOGETHER.mode(flat=True), TOGETHER.spec.design.data
    x = np.column_stack([np.ones(len(data)), data["x"]])
    y = data[["y1", "y2", "y3"]].to_numpy()
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    known = np.corrcoef(left.T)
    shown = [found.parameters[name] for name in PAIRS]
    np.testing.assert_allclose(shown, known[[0, 0, 1], [1, 2, 2]], atol=1e-5)
    law = stats.multivariate_normal(np.zeros(3), left.T @ left / len(data))
    assert found.log_likelihood == pytest.approx(law.logpdf(left).sum(), abs=1e-6)


def test_the_posterior_of_three_residual_correlations_is_that_of_brms():
    """brms has LKJ(1) for their matrix, which is uniform over matrices (`reference/`)."""
    stored = json.loads(
        (Path(__file__).parent / "reference" / "residual_correlations.json").read_text()
    )
    wide = "StudentT(3, 0, 2.5)"
    priors = {f"y{k}_Intercept_centered": wide for k in (1, 2, 3)}
    priors |= {f"y{k}_x": "Normal(0, 2)" for k in (1, 2, 3)}
    priors |= {f"sigma_y{k}": f"Half{wide.replace('0, ', '')}" for k in (1, 2, 3)}
    data = pd.DataFrame(stored["data"])
    fit = mw.Model("mvbind(y1, y2, y3) ~ x", data, rescor=True, priors=priors).fit(
        seed=7, progressbar=False
    )
    summary = fit.summary()
    for name, answer in stored["answers"].items():
        row = summary.loc[name.removeprefix("b_").replace("__", "_")]
        error = np.hypot(row["mcse"], answer["mcse_mean"])
        assert abs(row["estimate"] - answer["mean"]) < 4.5 * error, name
        assert row["sd"] == pytest.approx(answer["sd"], rel=0.1), name


def test_the_residual_correlation_at_the_mode_is_that_of_least_squares():
    """With the same predictors the maximum is that of each alone, with their residuals."""
    found, known = RESCOR.mode(flat=True), REFERENCE["rescor"]
    assert found.parameters["rescor"] == pytest.approx(known["corr"], abs=1e-5)
    sigmas = [found.parameters["sigma_y1"], found.parameters["sigma_y2"]]
    np.testing.assert_allclose(sigmas, known["sigma"], rtol=1e-5)
    assert found.log_likelihood == pytest.approx(known["logLik"], abs=1e-6)


def test_pymc_observes_responses_whose_residuals_correlate_together():
    mine = RESCOR.pymc
    logp = mine.compile_logp(vars=mine.observed_RVs, mode="FAST_COMPILE")
    point = mine.initial_point()
    steps = [coefficient_steps(RESCOR.spec, name)[0] for name in ("mean", "y2")]
    values = [float(point[f"{n}_Intercept_centered_in_units__"]) for n in ("y1", "y2")]
    means = [step * value for step, value in zip(steps, values, strict=True)]
    sigma = np.exp([float(point[f"sigma_{n}_log__"]) for n in ("y1", "y2")])
    law = stats.multivariate_normal(means, np.diag(sigma**2))  # rescor begins at 0
    expected = law.logpdf(DATA[["y1", "y2"]].to_numpy()).sum()
    assert float(logp(point)) == pytest.approx(expected, rel=1e-6)


def test_new_responses_have_the_residual_correlation(tmp_path):
    fit = RESCOR.fit(draws=150, tune=200, chains=2, seed=3, progressbar=False)
    assert fit.summary().loc["rescor", "estimate"] == pytest.approx(0.277, abs=0.1)
    new = posterior_predictive(fit.drawn, seed=1)
    means = fit.predictions()["estimate"].to_numpy().reshape(-1, 2)
    left = (new.values - means).reshape(-1, 2)
    assert np.corrcoef(left.T)[0, 1] == pytest.approx(0.27, abs=0.08)
    again = mw.load(fit.save(tmp_path / "fit.nc"))
    assert "rescor" in again.spec.auxiliary


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("y1 ~ x", "gaussian"),
        ("mvbind(y1, k) ~ x", ["gaussian", "poisson"]),
        ("mvbind(y1, y2) ~ x", "student"),
    ],
)
def test_residuals_correlate_between_gaussian_responses_alone(formula, family):
    with pytest.raises(mw.DataError, match="Residuals correlate between"):
        mw.Model(formula, DATA, family, rescor=True)


@pytest.mark.parametrize("name", ["mean", "eta", "sigma_y", "column_1", "self"])
def test_a_response_called_as_something_else_is_refused(name):
    """With a column `mean` the predictor of the first response was that of the other."""
    data = pd.DataFrame({"y": DATA["y1"], name: DATA["y2"], "x": DATA["x"]})
    with pytest.raises(mw.DataError, match=f'cannot be called "{name}"'):
        mw.Model(["y ~ x", f"{name} ~ x"], data)


def test_brms_s_word_for_a_parameter_is_taken_where_one_response_has_it():
    count, real = FAMILIES["negativebinomial"], FAMILIES["gaussian"]
    assert several(["y", "k"], [real, count]).own_name("sigma") == "sigma_y"
    assert several(["y", "k"], [real, count]).own_name("shape") == "alpha_k"
    assert several(["y", "z"], [real, real]).own_name("sigma") == "sigma"
    assert several(["k", "n"], [count, count]).own_name("shape") == "shape"

"""Effects that each threshold has of its own: densities, estimates, and what is made of a fit."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.families import FAMILIES, Family, get_family
from mixwell.families.ordered.thresholds import shift_names
from mixwell.numeric.arrays import FloatArray

REFERENCE = json.loads((Path(__file__).parent / "reference" / "ordinal.json").read_text())
WINE = pd.DataFrame(REFERENCE["wine"]).assign(
    rating=lambda d: pd.Categorical(d["rating"], ["1", "2", "3", "4", "5"], ordered=True)
)
LEVELS = ("a", "b", "c", "d")
SHIFTS = shift_names(3)
Y = np.array([0.0, 1.0, 2.0, 3.0, 1.0])
THRESHOLD = np.array([-1.0, 1.7, 0.2])  # they need not increase
ROWS = {
    "eta": np.array([0.3, -1.2, 2.0, 0.9, 0.1]),
    "disc": np.array([1.0, 0.7, 1.3, 1.1, 2.0]),
    "cs1": np.array([0.4, -0.3, 0.0, 1.1, -0.6]),
    "cs2": np.array([-0.2, 0.8, 0.5, -1.0, 0.3]),
    "cs3": np.array([1.3, 0.1, -0.7, 0.2, 0.9]),
}
CASES = [(n, link) for n, f in FAMILIES.items() if f.of_thresholds for link in f.links]
SPECIFIC = dict.fromkeys(name for name, _ in CASES)


@pytest.fixture(params=CASES, ids=[" ".join(case) for case in CASES])
def family(request: pytest.FixtureRequest) -> Family:
    name, link = request.param
    return get_family(name, link).with_specific_effects().of(LEVELS)


def at(family: Family, given: dict[str, FloatArray], **more: Any) -> Any:
    thresholds = np.stack([given.get(f"t{k}", np.full(len(Y), t)) for k, t in enumerate(THRESHOLD)])
    known = {name: values for name, values in given.items() if name in ROWS}
    return family.arguments(**{"y": Y, **known, "threshold": thresholds.T, **more})


def plain(family: Family, **more: Any) -> Any:
    """The family without effects of its own, at the thresholds less those of every row."""
    thresholds = THRESHOLD - np.stack([ROWS[name] for name in SHIFTS], axis=1)
    whole = FAMILIES[family.name].with_link(family.link_name)
    given = {"y": Y, "eta": ROWS["eta"], "disc": ROWS["disc"], "threshold": thresholds}
    return whole.arguments(**{**given, **more})


def rows_of(found: Any) -> FloatArray:
    return np.array([np.broadcast_to(one, Y.shape) for one in found])


def test_the_log_density_is_that_of_the_thresholds_less_the_effects(family: Family) -> None:
    expected = plain(family).call(FAMILIES[family.name].density.log)
    np.testing.assert_allclose(at(family, ROWS).call(family.density.log), expected, rtol=1e-12)


def differences(
    of: Callable[[dict[str, FloatArray]], FloatArray], names: tuple[str, ...]
) -> list[FloatArray]:
    known = ROWS | {f"t{k}": np.full(len(Y), t) for k, t in enumerate(THRESHOLD)}
    moved = [[{**known, name: known[name] + s} for s in (1e-5, -1e-5)] for name in names]
    return [(of(up) - of(down)) / 2e-5 for up, down in moved]


def test_derivatives_are_those_of_the_log_density(family: Family) -> None:
    names = ("eta", "t0", "t1", "t2", "disc", *SHIFTS)

    def log_density(given: dict[str, FloatArray]) -> FloatArray:
        return rows_of([at(family, given).call(family.density.log)])

    def gradient(given: dict[str, FloatArray]) -> FloatArray:
        return rows_of(at(family, given).call(family.density.gradient))

    slopes = [one[0] for one in differences(log_density, names)]
    np.testing.assert_allclose(gradient(ROWS), slopes, rtol=1e-6, atol=1e-8)
    bends = differences(gradient, names)
    lower = [bends[j][i] for i in range(len(names)) for j in range(i + 1)]
    found = rows_of(at(family, ROWS).call(family.density.hessian))
    np.testing.assert_allclose(found, lower, rtol=1e-6, atol=1e-7)


def test_the_curvature_has_no_negative_direction(family: Family) -> None:
    diagonal = rows_of(at(family, ROWS).call(family.density.curvature))
    entries = iter(at(family, ROWS).call(family.density.pairs))
    whole = np.zeros((len(Y), len(diagonal), len(diagonal)))
    for i, own in enumerate(diagonal):
        whole[:, i, i] = own
        for j in range(i):
            found = next(entries)
            whole[:, i, j] = whole[:, j, i] = 0.0 if found is None else found
    assert next(entries, None) is None
    assert np.linalg.eigvalsh(whole).min() > -1e-14


def test_random_ratings_are_those_of_the_same_thresholds(family: Family) -> None:
    draw = np.random.default_rng(1).random((200, len(Y)))
    expected = plain(family, draw=draw).call(FAMILIES[family.name].sampler.response)
    found = at(family, ROWS, draw=draw).call(family.sampler.response)
    np.testing.assert_array_equal(found, expected)


def test_a_family_with_effects_of_its_own_is_pickled_as_it_is(family: Family) -> None:
    again = pickle.loads(pickle.dumps(family))
    assert again.density == family.density
    assert [p.name for p in again.specific] == list(SHIFTS)


def test_stopping_ratios_are_outcomes_with_a_slope_at_each_step() -> None:
    found = mw.Model("rating ~ temp + cs(contact)", WINE, "sratio").mode(flat=True)
    known = REFERENCE["sratio_cs"]
    assert found.log_likelihood == pytest.approx(known["logLik"], abs=1e-7)
    values, steps = found.fixef()["estimate"], known["coef"]
    assert values["temp[warm]"] == pytest.approx(-steps["tempwarm"], abs=1e-3)
    for k, name in enumerate(("1|2", "2|3", "3|4", "4|5"), 1):
        assert values[f"threshold[{name}]"] == pytest.approx(steps[f"step{k}"], abs=1e-3)
        expected = -steps[f"step{k}:contactyes"]
        assert values[f"contact[yes][{name}]"] == pytest.approx(expected, abs=1e-3)


def test_adjacent_categories_with_every_effect_of_its_own_are_the_multinomial_model() -> None:
    found = mw.Model("rating ~ cs(contact)", WINE, "acat").mode(flat=True)
    known = REFERENCE["acat_cs"]
    assert found.log_likelihood == pytest.approx(known["logLik"], abs=1e-6)
    intercepts, slopes = np.diff(np.vstack([[0.0, 0.0], known["coef"]]), axis=0).T
    np.testing.assert_allclose(found.fixef()["estimate"], [*slopes, *-intercepts], atol=2e-3)


def simulated(name: str, n: int = 1500) -> pd.DataFrame:
    """Ratings of 50 groups; x has effects of 1.2, 0.2 and -0.6 at the thresholds, z one of 0.5."""
    rng = np.random.default_rng(5)
    g, x, z = np.repeat(np.arange(50), n // 50), rng.normal(3.0, 1.0, n), rng.normal(size=n)
    eta = 0.5 * z + rng.normal(0.0, 0.5, 50)[g]
    own = {name: b * (x - 3.0) for name, b in zip(SHIFTS, (1.2, 0.2, -0.6), strict=True)}
    whole = get_family(name).with_specific_effects().of(LEVELS)
    rows = whole.arguments(
        eta=eta, threshold=np.array([-1.0, 0.0, 0.8]), draw=rng.random(n), disc=1.0, **own
    )
    y = rows.call(whole.sampler.response).astype(int)
    return pd.DataFrame({"y": y + 1, "x": x, "z": z, "g": g, "f": np.where(z > 0, "u", "v")})


@pytest.mark.parametrize("name", SPECIFIC)
def test_effects_at_each_threshold_are_recovered(name: str) -> None:
    """At x = 0 thresholds are those where it is 3, plus three times the effects there."""
    found = mw.Model("y ~ z + cs(x) + (1 | g)", simulated(name), name).mode()
    table = found.fixef()
    true = {"z": 0.5, "x[1|2]": 1.2, "x[2|3]": 0.2, "x[3|4]": -0.6}
    true |= {"threshold[1|2]": 2.6, "threshold[2|3]": 0.6, "threshold[3|4]": -1.0}
    assert sorted(true) == sorted(table.index)
    for label, value in true.items():
        row = table.loc[label]
        assert abs(row["estimate"] - value) < 3.5 * row["se"], label
    assert found.sd["g"][0] == pytest.approx(0.5, abs=0.15)


def test_where_a_predictor_has_its_zero_changes_its_thresholds_alone() -> None:
    """Defaults are those at the predictors' means, so that the mode with priors moves along."""
    data = simulated("sratio", 600)
    near = mw.Model("y ~ z + cs(x)", data, "sratio").mode().fixef()["estimate"]
    away = data.assign(x=data["x"] + 40.0)
    far = mw.Model("y ~ z + cs(x)", away, "sratio").mode().fixef()["estimate"]
    for k in ("1|2", "2|3", "3|4"):
        slope = near[f"x[{k}]"]
        assert far[f"x[{k}]"] == pytest.approx(slope, abs=1e-4)
        expected = near[f"threshold[{k}]"] + 40.0 * slope
        assert far[f"threshold[{k}]"] == pytest.approx(expected, abs=5e-3)


def test_interactions_and_factors_have_a_coefficient_at_each_threshold() -> None:
    model = mw.Model("y ~ cs(f * x) + cs(log(z + 9))", simulated("acat", 300), "acat")
    columns = ["f[v]", "x", "log(z + 9)", "f[v]:x"]
    shared = model.spec.predictors
    assert shared["cs1"] is shared["cs3"]
    assert sorted(shared["cs1"].fixed.names) == sorted(columns)
    names = {f"{c}[{k}]" for c in columns for k in ("1|2", "2|3", "3|4")}
    assert names <= set(model.priors["parameter"])
    sentences = model.explain()
    assert sentences["x[2|3]"].sentence == "odds ratio of 3 rather than 2 per unit of x, at f = u"


@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("x[2|3]", ["x[2|3]"]),
        ("x", ["x[1|2]", "x[2|3]", "x[3|4]"]),
        ("b_cs", ["x[1|2]", "x[2|3]", "x[3|4]"]),
        ("b", ["z", "x[1|2]", "x[2|3]", "x[3|4]"]),
    ],
)
def test_priors_are_given_to_one_threshold_or_to_all(key: str, named: list[str]) -> None:
    priors = {key: "Normal(0, 0.3)"}
    model = mw.Model("y ~ z + cs(x)", simulated("acat", 300), "acat", priors=priors)
    found = model.priors.loc[model.priors["origin"] == "user", "parameter"]
    assert sorted(found) == sorted(named)


REFUSED = {
    ("y ~ cs(x)", "cumulative"): "could cross",
    ("y ~ cs(x)", "sratio_equidistant"): "at equal distances",
    ("y ~ cs(x)", "gaussian"): "has no thresholds",
    ("f ~ cs(x)", "categorical"): "those of each category already",
    ("y ~ x + cs(x)", "sratio"): "not separate from the effects outside of cs",
    ("y ~ cs(1)", "sratio"): "has no predictor",
    ("y ~ cs(0 + f)", "sratio"): "thresholds are the intercepts",
    ("y ~ x:cs(z)", "sratio"): "a term of its own",
    ("y ~ z + (cs(x) | g)", "sratio"): "cannot vary by group",
    ("y ~ z + cs(x, z)", "sratio"): "holds one expression",
}


@pytest.mark.parametrize("formula", REFUSED, ids=str)
def test_where_there_are_no_such_effects_a_sentence_says_so(formula: tuple[str, str]) -> None:
    with pytest.raises(mw.MixwellError, match=REFUSED[formula]):
        mw.Model(formula[0], simulated("sratio", 300), formula[1])


def test_a_formula_of_another_parameter_has_none_and_thresholds_take_no_other() -> None:
    data = simulated("sratio", 300)
    with pytest.raises(mw.FormulaError, match="formula of the response alone"):
        mw.Model(["y ~ x", "disc ~ cs(z)"], data, "sratio")
    with pytest.raises(mw.DataError, match="cs1"):
        mw.Model(["y ~ cs(x)", "cs1 ~ z"], data, "sratio")


@pytest.fixture(scope="module")
def fit() -> mw.Fit:
    data = simulated("sratio", 300)
    model = mw.Model("y ~ z + cs(f) + (1 | g)", data, "sratio")
    return model.fit(draws=60, tune=80, chains=2, seed=1, progressbar=False)


def test_coefficients_are_one_variable_along_the_thresholds(fit: mw.Fit) -> None:
    b = fit.posterior["b_cs"]
    assert b.dims == ("chain", "draw", "threshold_dim", "cs_effect")
    assert b["threshold_dim"].values.tolist() == ["1|2", "2|3", "3|4"]
    assert list(fit.fixef().index) == ["z", "f[v][1|2]", "f[v][2|3]", "f[v][3|4]"]
    one = b.sel(threshold_dim="2|3", cs_effect="f[v]")
    assert fit.fixef().loc["f[v][2|3]", "estimate"] == pytest.approx(float(one.mean()))


def test_means_of_categories_are_those_of_their_thresholds(fit: mw.Fit) -> None:
    """Stopping at a threshold has the probability expit(t - eta), where it is reached."""
    draws = fit.posterior
    shift = draws["b_cs"].sel(cs_effect="f[v]")
    stops = 1 / (1 + np.exp(-(draws["threshold"] - shift)))  # at z = 0
    found = fit.means("f", at={"z": 0}).frame.set_index(["f", "category"])["estimate"]
    first = stops.sel(threshold_dim="1|2")
    assert found["v", "1"] == pytest.approx(float(first.mean()), rel=1e-6)
    second = (1 - first) * stops.sel(threshold_dim="2|3")
    assert found["v", "2"] == pytest.approx(float(second.mean()), rel=1e-6)
    assert found["v"].sum() == pytest.approx(1.0)


def test_on_the_link_scale_there_is_an_answer_at_each_threshold(fit: mw.Fit) -> None:
    draws = fit.posterior
    own = draws["b_cs"].sel(cs_effect="f[v]").mean(["chain", "draw"]).values
    thresholds = draws["threshold"].mean(["chain", "draw"]).values
    for found in (
        fit.contrasts("revpairwise", of="f", scale="link").frame,
        fit.comparisons("f", scale="link").frame,
    ):
        assert found["threshold"].tolist() == ["1|2", "2|3", "3|4"]
        np.testing.assert_allclose(found["estimate"], own, rtol=1e-6)
    rows = pd.DataFrame({"z": [0.0], "f": ["v"]})
    for found in (
        fit.predictions(rows, kind="linear").frame,
        fit.means("f", at={"z": 0}, scale="link").frame.query("f == 'v'"),
    ):
        np.testing.assert_allclose(found["estimate"], own - thresholds, rtol=1e-6)


def test_slopes_of_probabilities_are_those_along_all_thresholds() -> None:
    """By a difference of means at two near values of x."""
    data = simulated("acat", 300)
    fit = mw.Model("y ~ z + cs(x)", data, "acat").fit(
        draws=40, tune=80, chains=2, seed=1, progressbar=False
    )
    at = {"z": 0.0}
    found = fit.slopes("x", at={**at, "x": 2.0}, scale="response").frame["estimate"]
    up, down = (fit.means("x", at={**at, "x": [x]}).frame["estimate"] for x in (2.001, 1.999))
    np.testing.assert_allclose(found, (up - down) / 0.002, rtol=1e-4, atol=1e-8)
    assert found.sum() == pytest.approx(0.0, abs=1e-10)


def test_a_file_gives_the_same_fit(fit: mw.Fit, tmp_path: Path) -> None:
    again = mw.load(fit.save(tmp_path / "fit.nc"))
    pd.testing.assert_frame_equal(again.summary(), fit.summary())


def test_the_model_in_text_names_the_thresholds_once(fit: mw.Fit) -> None:
    text = str(fit.spec)
    assert "y ~ StoppingRatio(eta, threshold - cs)" in text
    assert "cs = f[v], with other coefficients at 1|2, 2|3, 3|4" in text
    assert "cs1" not in text + str(fit)
    assert "thresholds have effects of their own" in fit.engine["reason"]

"""Average effects of a treatment: next to g-computation written out row by row in every draw."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from mixwell.errors import DataError

DRAWS = 100
B = np.array([-0.7, 0.9, 0.5, 0.4])


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    n = 90
    frame = pd.DataFrame({"treat": rng.choice(["no", "yes"], n, p=[0.7, 0.3])})
    frame = frame.assign(x=rng.normal(size=n) + (frame["treat"] == "yes"), g=np.arange(n) % 3)
    frame = frame.assign(site=np.where(frame["x"] > 0, "a", "b"), w=rng.uniform(1, 3, n))
    frame = frame.assign(y=rng.binomial(1, 0.4, n), g=frame["g"].map(dict(enumerate("uvw"))))
    return frame.assign(dose=np.where(frame["treat"] == "yes", 2.5, 0.0))


@pytest.fixture(scope="module")
def fit(pretend, data):
    deviations = np.random.default_rng(2).normal(0, 0.7, (2, DRAWS // 2, 3, 1))
    return pretend(
        "y ~ treat * x + (1 | g)",
        data,
        B,
        "bernoulli",
        vcov=np.eye(4) * 0.005,
        chains=2,
        draws=DRAWS // 2,
        sd_g=(("g_effect",), [0.7]),
        r_g=(("g", "g_effect"), deviations),
    )


def means(fit, data: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return every row's probability with the treatment and without it, (row, sample)."""
    b, r = fit.drawn.coefficients(), fit.drawn.existing_levels()["g"][0]
    own = np.array([r["uvw".index(g)] for g in data["g"]])
    x = data["x"].to_numpy()[:, None]
    return expit(b[0] + b[1] + (b[2] + b[3]) * x + own), expit(b[0] + b[2] * x + own)


def expected(fit, data: pd.DataFrame, rows: np.ndarray, weight=None) -> tuple:
    w = None if weight is None else weight[rows]
    return tuple(np.average(each[rows], axis=0, weights=w) for each in means(fit, data))


def who(data: pd.DataFrame) -> dict[str, np.ndarray]:
    treated = (data["treat"] == "yes").to_numpy()
    return {"all": treated | ~treated, "treated": treated, "untreated": ~treated}


def test_a_hypothesis_on_numbers_needed_has_a_median_and_a_caution(fit):
    table = fit.effect("treat", measure="number needed to treat", among="all")
    found = table.hypothesis("`yes - no, all` < 10")
    np.testing.assert_allclose(found["estimate"], np.median(table.samples[0]) - 10)
    assert any(note.startswith("Numbers needed of harm are negative") for note in found.notes)


MADE = {
    "difference": lambda p, q: p - q,
    "ratio": lambda p, q: p / q,
    "odds ratio": lambda p, q: p / (1 - p) / (q / (1 - q)),
    "number needed to treat": lambda p, q: 1 / (p - q),
}


@pytest.mark.parametrize("measure", MADE)
def test_measures_are_of_means_over_the_rows_of_each_group_of_people(fit, data, measure) -> None:
    found = fit.effect("treat", measure=measure)
    assert found.frame["among"].tolist() == ["all", "treated", "untreated"]
    for k, rows in enumerate(who(data).values()):
        own = MADE[measure](*expected(fit, data, rows))
        np.testing.assert_allclose(found.samples[k], own)
        assert found.frame["size"][k] == rows.sum()


def test_subgroups_are_those_of_any_column_and_rows_count_by_their_weights(fit, data) -> None:
    found = fit.effect("treat", by="site", among="treated", weights="w")
    weight = data["w"].to_numpy()
    for k, site in enumerate("ab"):
        rows = who(data)["treated"] & (data["site"] == site).to_numpy()
        p, q = expected(fit, data, rows, weight)
        np.testing.assert_allclose(found.samples[k], p - q)
        assert found.frame["size"][k] == pytest.approx(weight[rows].sum())


def test_where_nobody_is_treated_there_is_no_row(fit, data) -> None:
    table = data.assign(part=np.where(data["treat"] == "yes", "both", "b"))
    table.loc[table["treat"].eq("no").idxmax(), "part"] = "both"
    found = fit.effect("treat", by="part", population=table)
    frame = found.frame
    assert frame.query("among == 'treated'")["part"].tolist() == ["both"]
    assert frame.query("among == 'untreated'")["part"].tolist() == ["b", "both"]
    assert not frame["estimate"].isna().any()


def test_numbers_needed_to_treat_are_inverses_of_the_differences_ends(fit) -> None:
    risk = fit.effect("treat", among="all")
    found = fit.effect("treat", among="all", measure="number needed to treat").frame.iloc[0]
    low, high = np.quantile(risk.samples[0], [0.055, 0.945])
    assert low > 0
    assert found["estimate"] == pytest.approx(1 / np.median(risk.samples[0]))
    assert [found["lower"], found["upper"]] == pytest.approx([1 / high, 1 / low])
    assert found["p_direction"] == risk.frame["p_direction"][0]


def test_numbers_needed_to_treat_have_no_interval_where_the_difference_may_be_0(
    pretend, data
) -> None:
    fit = pretend(
        "y ~ treat", data, [0.0, 0.05], "bernoulli", vcov=np.eye(2) * 0.1, chains=2, draws=200
    )
    risk = fit.effect("treat", among="all")
    made = fit.effect("treat", among="all", measure="number needed to treat")
    frame = made.frame.iloc[0]
    assert frame["estimate"] == pytest.approx(1 / np.median(risk.samples[0]))
    assert np.isnan([frame["lower"], frame["upper"], frame["sd"]]).all()
    low, high = np.quantile(risk.samples[0], [0.055, 0.945])
    said = f"from {1 / high:.3g} for one more, through infinity, to {-1 / low:.3g} for one less"
    assert said in made.notes[-1]


def test_simultaneous_numbers_needed_are_inverses_of_simultaneous_differences(fit) -> None:
    """Over 0 they have no ends, as each by itself."""
    differences = fit.effect("treat", by="g", simultaneous=True)
    numbers = fit.effect("treat", by="g", measure="number needed to treat", simultaneous=True)
    low, high = differences["lower"].to_numpy(), differences["upper"].to_numpy()
    apart = low * high > 0
    np.testing.assert_allclose(numbers["lower"], np.where(apart, 1 / high, np.nan))
    np.testing.assert_allclose(numbers["upper"], np.where(apart, 1 / low, np.nan))
    assert numbers.settings.pointwise == differences.settings.pointwise


def test_rows_at_a_level_are_no_cells_of_their_own(fit) -> None:
    said = " ".join(fit.effect("treat", among="all").notes)
    assert "Averaged over the" in said
    assert "over its own" not in said
    assert "for each g over its own" in " ".join(fit.effect("treat", by="g").notes)


def test_a_number_with_two_values_is_a_treatment_too(pretend, data) -> None:
    fit = pretend("y ~ dose", data, [0.2, 0.3], "bernoulli")
    found = fit.effect("dose", among="all")
    assert found.frame["contrast"].tolist() == ["2.5 - 0"]
    assert found.frame["estimate"][0] == pytest.approx(expit(0.2 + 0.75) - expit(0.2))


def test_of_several_levels_the_treated_are_at_the_one_that_is_compared(pretend, data) -> None:
    wider = data.assign(arm=np.where(data["g"] == "u", "C", np.where(data["g"] == "v", "A", "B")))
    fit = pretend("y ~ arm + x", wider, [0.1, 0.4, 0.8, 0.5], "bernoulli")
    found = fit.effect("arm", step="sequential", among=["treated", "untreated"]).frame
    assert found["contrast"].tolist() == ["B - A", "B - A", "C - B", "C - B"]
    eta = 0.1 + 0.5 * wider["x"]
    for k, own in enumerate("BACB"):
        b, c = (0.4, 0.0) if k < 2 else (0.8, 0.4)
        rows = eta[wider["arm"] == own]
        assert found["estimate"][k] == pytest.approx((expit(rows + b) - expit(rows + c)).mean())


def test_every_category_has_its_effect_and_medians_are_taken_back(pretend, data) -> None:
    fit = pretend("log(t) ~ treat", data.assign(t=np.exp(data["x"])), [0.5, 0.2], sigma=((), 1.0))
    found = fit.effect("treat", among="all", measure="ratio")
    assert found.frame["estimate"][0] == pytest.approx(np.exp(0.2))
    assert found.statistic == "median"
    mean = fit.effect("treat", among="all", center="mean").frame["estimate"][0]
    assert mean == pytest.approx((np.exp(0.7) - np.exp(0.5)) * np.exp(0.5), rel=1e-6)


def test_interactions_do_not_mislead_where_rows_are_taken_as_they_are(fit) -> None:
    assert not any("mislead" in note for note in fit.effect("treat").notes)


BAD = {
    "a number": ({"treatment": "x"}, "x holds numbers"),
    "no variable": ({"treatment": "tread"}, 'Did you mean "treat"'),
    "not in the model": ({"treatment": "site"}, "no variable of the model"),
    "itself in by": ({"by": "treat"}, "cannot both change and stand in by="),
    "at its own value": ({"at": {"treat": "no"}}, "at= cannot give treat a value"),
    "another measure": ({"measure": "nnt"}, "measure='nnt' is unknown"),
    "among others": ({"among": "them"}, "among='them' is unknown"),
    "among nobody": ({"among": []}, "names nobody"),
    "a step of several": ({"step": "eff"}, "does not compare two levels"),
    "a step that is no text": ({"step": [[1, -1], [2, -2]]}, "does not compare two levels"),
    "the link scale": ({"scale": "link"}, "on the scale of the response"),
    "a grid": ({"over": "grid"}, "no option over="),
    "an unknown subgroup": ({"by": "county"}, "by= names 'county'"),
    "a rope of numbers needed": (
        {"measure": "number needed to treat", "rope": 0.1},
        "one of differences",
    ),
    "treated in a table without the treatment": (
        {"population": {"x": [0.0], "g": ["u"]}, "among": "treated"},
        "no column 'treat' that says who is treated",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_effect_is_refused(fit, case) -> None:
    asked, said = BAD[case]
    with pytest.raises(DataError, match=said):
        fit.effect(**{"treatment": "treat", **asked})


def test_numbers_needed_and_odds_ratios_of_numbers_are_refused(pretend, data) -> None:
    fit = pretend("x ~ treat", data, [0.2, 1.5], sigma=((), 1.0))
    with pytest.raises(DataError, match="are of outcomes"):
        fit.effect("treat", measure="number needed to treat")
    with pytest.raises(DataError, match="between 0 and 1"):
        fit.effect("treat", measure="odds ratio")


def test_an_effect_may_be_on_sigma_or_on_a_category(pretend, data):
    b = {"b_sigma": (("sigma_effect",), [0.2, 0.5])}
    scale = pretend(["x ~ treat + site", "sigma ~ treat"], data, [0.1, 0.2, 0.3], **b)
    found = scale.effect("treat", parameter="sigma", measure="ratio", among="all")
    np.testing.assert_allclose(found["estimate"], np.exp(0.5))
    assert "effects of treat on sigma" in found.title
    assert found.notes[0].startswith("Each row's sigma is taken")
    with pytest.raises(DataError, match="sigma is a number"):
        scale.effect("treat", parameter="sigma", measure="number needed to treat")
    with pytest.raises(DataError, match="sigma does not depend on 'site'"):
        scale.effect("site", parameter="sigma")

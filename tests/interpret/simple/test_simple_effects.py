"""Simple effects against emmeans's (reference/simple.R); how they print and what is refused."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.errors import DataError
from mixwell.interpret.simple.simple_effects import simple_effects


def factors(model):
    """Return the reference's rows, with levels as texts in R's order."""
    frame = pd.DataFrame(model["data"])
    texts = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    return frame.astype(dict.fromkeys(texts, "category"))


@pytest.fixture(scope="module")
def fit_of(pretend, truth):
    def fit(name):
        model = truth("simple")[name]
        return pretend(model["formula"], factors(model), model["coef"])

    return fit


FLAT = {
    "additive": {"flat_A": "A", "flat_AB": ["A", "B"], "flat_all": None},
    "gaps": {"flat_B": "B", "flat_C": "C", "flat_A": "A", "flat_all": None},
    "crossed": {"flat_B": "B"},
    "nested": {"flat_f": "f", "flat_all": None},
    "nested_and_crossed": {"flat_f": "f", "flat_g": "g", "flat_all": None},
}


@pytest.mark.parametrize(("model", "table"), [(m, t) for m, own in FLAT.items() for t in own])
def test_flat_weights_give_the_means_of_emmeans(model, table, fit_of, truth):
    found = fit_of(model).means(FLAT[model][table], weights="flat")
    expected = np.atleast_1d(truth("simple")[model]["tables"][table]).astype(float)
    known = np.isfinite(expected)  # emmeans gives up where a parent has no rows in a cell
    assert known[0]
    np.testing.assert_allclose(found["estimate"][known], expected[known], rtol=1e-8)
    assert np.isfinite(found["estimate"]).all()
    said = "equal weights of the combinations that the data have within each row"
    assert said in str(found)


@pytest.mark.parametrize(
    ("table", "of", "kind"),
    [("simple", None, "pairwise"), ("two", ["A", "B"], "sequential")],
)
def test_simple_effects_are_those_of_emmeans(table, of, kind, fit_of, truth):
    expected = truth("simple")["crossed"]["tables"][table]
    found = simple_effects(fit_of("crossed").drawn, of, kind)
    assert list(found) == list(expected)
    for name, theirs in expected.items():
        frame = found[name].frame
        others = [other for other in expected if other != name]
        within = frame[others].agg(" ".join, axis=1).tolist()
        assert list(zip(frame["contrast"], within, strict=True)) == list(
            zip(theirs["contrast"], theirs["within"], strict=True)
        )
        np.testing.assert_allclose(frame["estimate"], theirs["estimate"], rtol=1e-7, atol=1e-9)


@pytest.fixture
def crossed(fit_of):
    return fit_of("crossed").drawn


def test_each_table_has_its_title_and_what_holds_for_all_is_said_once(crossed):
    text = str(simple_effects(crossed, ["A", "B"]))
    assert text.count("Simple effects of A within B") == 1
    assert text.count("Simple effects of B within A") == 1
    assert text.count("Contrasts of means of y by A, B (response scale).") == 1
    assert text.count("Averaged over C with equal weights.") == 1
    html = simple_effects(crossed, ["A", "B"])._repr_html_()
    assert html.count("Averaged over C with equal weights.") == 1


def test_one_table_says_by_itself_what_it_is_of(crossed):
    text = str(simple_effects(crossed, ["A", "B"])["B"])
    assert text.startswith("Simple effects of B within A\n")
    assert "Contrasts of means of y by A, B (response scale)." in text


def test_all_tables_make_one_long_frame(crossed):
    frame = simple_effects(crossed, ["A", "B"]).to_frame()
    assert frame["factor"].tolist() == ["A"] * 9 + ["B"] * 9
    assert frame["within"].tolist()[:4] == ["B = 1"] * 3 + ["B = 2"]
    assert list(frame)[:4] == ["factor", "within", "contrast", "estimate"]


def test_intervals_and_ropes_are_passed_on_to_every_table(crossed):
    plain = simple_effects(crossed, ["A", "B"], rope=1.0, simultaneous=True, ci_prob=0.5)
    later = simple_effects(crossed, ["A", "B"]).with_interval(0.5, simultaneous=True).with_rope(1.0)
    for name in plain:
        pd.testing.assert_frame_equal(plain[name].frame, later[name].frame)
        assert "decision" in plain[name].frame
        assert "50% simultaneous intervals" in str(later[name])


def test_a_number_takes_part_with_values(pretend, table):
    data = table("cake")
    names = ["(Intercept)", "recipeB", "recipeC", "temp", "recipeB:temp", "recipeC:temp"]
    values = dict(zip(names, [10.0, 1.0, 2.0, 0.1, 0.02, 0.05], strict=True))
    fit = pretend("angle ~ recipe * temp", data, values)
    found = simple_effects(fit.drawn, ["recipe", "temp"], at={"temp": [100, 200]})
    # closed form: slopes .1, .12, .15 times 100; recipes differ by 1 + .02 temp ...
    np.testing.assert_allclose(found["temp"]["estimate"], [-10.0, -12.0, -15.0])
    expected = [-3.0, -7.0, -4.0, -5.0, -12.0, -7.0]
    np.testing.assert_allclose(found["recipe"]["estimate"], expected)


def test_of_nested_factors_only_the_inner_one_is_compared_within_the_other(fit_of):
    found = simple_effects(fit_of("nested").drawn, ["f", "h"])
    assert [*found] == ["f", "h"]  # levels of h that several of f have
    with pytest.raises(DataError, match="There are no simple effects of 'x'"):
        found["x"]


def test_simple_effects_of_a_parameter_are_of_its_own_factors():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"f": list("ab") * 30, "h": list("uvw") * 20})
    data["y"] = rng.normal(size=60) * np.where(data["f"] == "a", 1.0, 3.0)
    fit = mw.Model(["y ~ f", "sigma ~ f * h"], data).fit(draws=100, chains=2, seed=1)
    made = fit.simple_effects(parameter="sigma")
    assert list(made) == ["f", "h"]
    # on the log link they are ratios of standard deviations, and those of fit.contrasts()
    own = fit.contrasts(of="f", by="h", parameter="sigma")
    np.testing.assert_allclose(made["f"]["estimate"], own["estimate"])
    with pytest.raises(DataError, match="the mean depends on the factor f only"):
        fit.simple_effects()


def test_one_factor_has_no_others_to_be_within(pretend, table):
    fit = pretend("angle ~ recipe", table("cake"), [1.0, 2.0, 3.0])
    with pytest.raises(DataError, match=r"the mean depends on the factor recipe only"):
        simple_effects(fit.drawn)
    with pytest.raises(DataError, match=r"of= names recipe only"):
        simple_effects(fit.drawn, "recipe")
    without = pretend("angle ~ temp", table("cake"), [1.0, 2.0])
    with pytest.raises(DataError, match="the mean depends on no factor"):
        simple_effects(without.drawn)

"""The explanation of a model as a value: sections, frames, warnings, cells, estimates."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.interpret.sentences.explain import explain_fit, explain_model
from mixwell.posterior.posterior import Posterior

FORMULA = "y ~ block * direction + (1 + direction | user)"


@pytest.fixture(scope="module")
def spec():
    return mw.Model(FORMULA, mw.load_data("block_direction")).spec


@pytest.fixture(scope="module")
def explanation(spec):
    return explain_model(spec)


def posterior_like(spec, seed=1):
    """Draws around made-up values, with the names of a fit."""
    rng = np.random.default_rng(seed)
    names = spec.design.mean.fixed.names
    fixed = rng.normal(np.linspace(-1, 1, len(names)), 0.1, (2, 200, len(names)))
    variables = {"b": (("chain", "draw", "effect"), fixed)}
    coords = {"chain": range(2), "draw": range(200), "effect": list(names)}
    for block in spec.design.mean.blocks:
        dim, size = f"{block.factor}_effect", len(block.effects)
        sds = rng.gamma(50, 0.02, (2, 200, size))
        variables[f"sd_{block.factor}"] = (("chain", "draw", dim), sds)
        coords[dim] = list(block.effects)
    return xr.Dataset(variables, coords)


def test_it_prints_a_sentence_for_every_parameter(explanation):
    text = str(explanation)
    for entry in explanation:
        assert entry.name in text
    assert "block[b2]                   b2 minus b1, at direction = left [1]" in text
    assert max(map(len, text.splitlines())) <= 100
    assert repr(explanation) == text


def test_sections_follow_the_model(explanation):
    text = str(explanation)
    order = [text.index(h) for h in ("Fixed effects", "Random effects", "Further parameters")]
    assert order == sorted(order)


def test_warnings_are_numbered_and_say_how_to_get_the_averaged_effect(explanation):
    (warning,) = explanation["block[b2]"].warnings
    assert warning == (
        "Holds at direction = left only, because block:direction is in the model. Averaged over "
        'direction: fit.contrasts("pairwise", of="block"); as a coefficient: '
        'contrasts={"direction": "sum"}.'
    )
    assert explanation["block[b2]:direction[right]"].warnings == ()
    assert list(explanation.warnings) == ["block[b2]", "block[b3]", "direction[right]"]


def test_sum_coding_leaves_nothing_to_warn_of():
    chosen = {"block": "sum", "direction": "sum"}
    model = mw.Model(FORMULA, mw.load_data("block_direction"), contrasts=chosen)
    assert explain_model(model.spec).warnings == {}


@pytest.mark.parametrize(
    ("formula", "name", "words"),
    [
        ("y ~ age", "Intercept", "age = 0 is far outside the data (19 to 64)"),
        ("y ~ age * block", "block[b2]", "Holds at age = 0 only, far outside the data (19 to 64)"),
        ("y ~ age * block", "age", 'Averaged over block: fit.slopes("age")'),
        ("y ~ age + I(age^2)", "age", "The slope of a curve at age = 0, far outside the data"),
        ("y ~ log10(age)", "Intercept", "With center(log10(age)) it is taken at the mean of"),
        ("y ~ C(block, treatment) * age", "age", 'contrasts={"C(block, treatment)": "sum"}'),
        ("y ~ age + I(age^2)", "Intercept", "With center(age) it is taken at the mean of age"),
    ],
)
def test_a_true_but_useless_sentence_is_warned_of(formula, name, words):
    explanation = explain_model(mw.Model(formula, mw.load_data("block_direction")).spec)
    assert words in explanation[name].warnings[0]


@pytest.mark.parametrize(
    "formula", ["y ~ center(age)", "y ~ scale(age)", "y ~ trial", "y ~ scale(age) * trial"]
)
def test_an_intercept_inside_the_data_is_not_warned_of(formula):
    explanation = explain_model(mw.Model(formula, mw.load_data("block_direction")).spec)
    assert explanation["Intercept"].warnings == ()


def test_what_holds_at_a_mean_is_not_warned_of():
    data = mw.load_data("block_direction")
    explanation = explain_model(mw.Model("y ~ scale(age) * block", data).spec)
    assert explanation["block[b2]"].sentence.endswith("at age = 44.54 (its mean)")
    assert explanation["block[b2]"].warnings == ()


def test_an_empty_cell_takes_no_part_where_the_model_can_do_without_it():
    data = mw.load_data("warpbreaks")
    data = data[~((data["wool"] == "B") & (data["tension"] == "L"))]
    explanation = explain_model(mw.Model("breaks ~ wool * tension", data).spec)
    for entry in explanation:
        if entry.group == "coefficients":
            assert (entry.cells["rows"] > 0).all()


def test_the_tidy_frame_has_one_row_a_parameter(explanation):
    frame = explanation.to_frame()
    assert list(frame.columns) == ["coefficient", "sentence", "scale", "measure", "term"]
    assert list(frame["coefficient"]) == list(explanation.names)


def test_one_coefficient_shows_its_cells_with_weights_means_and_rows(explanation):
    data = mw.load_data("block_direction")
    cells = explanation["block[b2]:direction[right]"].cells
    assert list(cells.columns) == ["block", "direction", "weight", "mean", "rows"]
    assert cells["weight"].tolist() == [1, -1, -1, 1]
    cell = data[(data["block"] == "b2") & (data["direction"] == "right")]
    assert cells["mean"].iloc[-1] == pytest.approx(cell["y"].mean())
    assert cells["rows"].iloc[-1] == len(cell)


def test_the_mean_of_a_binomial_cell_is_successes_out_of_trials():
    data = mw.load_data("cbpp")
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    cells = explain_model(mw.Model(formula, data, "binomial").spec)["period[2]"].cells
    first = data[data["period"] == "1"]
    assert cells["mean"].iloc[0] == pytest.approx(first["incidence"].sum() / first["size"].sum())


def test_one_coefficient_prints_its_sentence_and_table(explanation):
    text = str(explanation["block[b2]:direction[right]"])
    assert "how much the b2 - b1 difference grows from left to right" in text
    assert "Weights times observed means" in text
    assert "<table" in explanation["block[b2]"]._repr_html_()


def test_weights_times_the_grid_are_the_identity(explanation):
    assert explanation.weights.shape == (6, 6)
    product = explanation.weights.to_numpy() @ explanation.grid.to_numpy()
    assert np.allclose(product, np.eye(6))
    assert explanation["block[b2]"].weights.to_dict() == {("b1", "left"): -1, ("b2", "left"): 1}


def test_weights_come_variable_by_variable_too(explanation):
    factors = explanation["block[b2]:direction[right]"].factors
    assert factors["block"].tolist() == [-1, 1, 0]
    assert factors["direction"].tolist() == [-1, 1]


def test_a_model_of_the_mean_alone_has_one_cell():
    explanation = explain_model(mw.Model("y ~ 1", mw.load_data("block_direction")).spec)
    assert explanation.weights.to_numpy().tolist() == [[1.0]]
    assert explanation["Intercept"].cells["rows"].tolist() == [1467]


def test_a_typo_is_answered_with_the_nearest_names(explanation):
    with pytest.raises(mw.DataError, match=r'Did you mean "block\[b2\]'):
        explanation["block[b22]"]


def test_names_of_r_are_understood(explanation):
    assert explanation["blockb2:directionright"].name == "block[b2]:direction[right]"


def test_html_is_escaped():
    data = pd.DataFrame({"y": [1.0, 2.0, 4.0, 3.0], "g": ["<b>", "&c", "<b>", "&c"]})
    html = explain_model(mw.Model("y ~ g", data).spec)._repr_html_()
    assert "<b> minus" not in html
    assert "&lt;b&gt;" in html


def test_sentences_of_ratings_say_where_they_hold_next_to_a_discrimination():
    data = pd.DataFrame({"y": [1, 2, 3, 1, 2, 3], "x": [0.0, 1.0, 2.0, 0.5, 0.7, 1.0]})
    said = "Sentences hold where disc is 1, as where its predictors are 0."
    own = explain_model(mw.Model(["y ~ x", "disc ~ x"], data, "cumulative").spec)
    assert said in " ".join(str(own).split())
    assert said not in str(explain_model(mw.Model("y ~ x", data, "cumulative").spec))


def test_html_has_the_ratio_below_the_estimate_so_that_sentences_have_room():
    data = pd.DataFrame({"k": [1, 2, 4, 3], "x": [0.0, 1.0, 2.0, 0.5]})
    spec = mw.Model("k ~ x", data, "poisson").spec
    html = explain_fit(Posterior(posterior_like(spec), spec))._repr_html_()
    assert "]<br>exp: " in html
    assert "   exp: " in str(explain_fit(Posterior(posterior_like(spec), spec)))


def test_a_fit_adds_estimates_and_intervals(spec):
    posterior = posterior_like(spec)
    explanation = explain_fit(Posterior(posterior, spec))
    frame = explanation.to_frame().set_index("coefficient")
    assert list(frame.columns[:3]) == ["estimate", "lower", "upper"]
    means = posterior["b"].mean(("chain", "draw")).to_numpy()
    assert np.allclose(frame["estimate"].iloc[:6], means)
    assert np.isfinite(frame.loc["sd_user[direction[right]]", "estimate"])
    assert "[" in str(explanation)
    assert "equal-tailed" in str(explanation)


def test_the_models_values_of_the_cells_add_up_to_the_coefficient(spec):
    for entry in explain_fit(Posterior(posterior_like(spec), spec)):
        if entry.group == "coefficients":
            cells = entry.cells
            assert cells["weight"] @ cells["estimate"] == pytest.approx(entry.values[0])


def test_odds_ratios_are_exponentials_of_the_median_and_the_quantiles_of_the_draws():
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    spec = mw.Model(formula, mw.load_data("cbpp"), "binomial").spec
    posterior = posterior_like(spec)
    entry = explain_fit(Posterior(posterior, spec))["period[2]"]
    draws = posterior["b"].sel(effect="period[2]").to_numpy()
    quantiles = np.quantile(draws, [0.5, 0.055, 0.945])
    assert entry.exp_values == pytest.approx(np.exp(quantiles), rel=1e-4)
    assert "exp:" in str(entry)


def test_left_out_columns_have_a_section_of_their_own():
    data = mw.load_data("block_direction").assign(twice=lambda d: 2 * d["age"])
    explanation = explain_model(mw.Model("y ~ age + twice", data).spec)
    assert "Left out of the model" in str(explanation)
    assert explanation["twice"].sentence == "not estimated: it is 2 times age"


def test_a_median_beyond_a_shift_has_its_plural_in_the_right_word():
    model = mw.Model("Reaction ~ Days", mw.load_data("sleepstudy"), "shifted_lognormal")
    assert "Coefficients are log medians beyond ndt and differences of them" in str(model.explain())

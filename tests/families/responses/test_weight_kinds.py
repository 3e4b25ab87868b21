"""Weights by their kind: repeated rows, powers of densities, and what is said of them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.conftest import specify

import mixwell as mw
from mixwell.errors import DataError
from mixwell.posterior.likelihood import log_density


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=24), "g": np.tile(list("uvw"), 8)})
    frame = frame.assign(w=rng.uniform(0.5, 3.0, 24), k=np.tile([1, 2, 3, 0], 6))
    return frame.assign(y=1 + frame["x"] + rng.normal(size=24), c=rng.poisson(2.0, 24))


def densities(spec, eta: float, **parameters: float) -> np.ndarray:
    given = {name: np.array(value) for name, value in parameters.items()}
    return log_density(spec.family, spec.response, np.full(len(spec.response.values), eta), given)


@pytest.mark.parametrize(("formula", "family"), [("y ~ x + (1 | g)", "gaussian"), ("c ~ x", None)])
def test_frequencies_are_equal_rows(data, formula, family) -> None:
    family = family or "poisson"
    rows = data.loc[np.repeat(data.index, data["k"])].reset_index(drop=True)
    spec = specify(formula, data, family, weights="k", weight_kind="frequency")
    whole = specify(formula, rows, family)
    parameters = {"sigma": 1.3} if family == "gaussian" else {}
    found = densities(spec, 0.7, **parameters).sum()
    assert found == pytest.approx(densities(whole, 0.7, **parameters).sum())


def test_frequencies_of_a_gaussian_model_have_the_mode_of_repeated_rows(data) -> None:
    rows = data.loc[np.repeat(data.index, data["k"])]
    counted = mw.Model("y ~ x + (1 | g)", data, weights="k", weight_kind="frequency")
    found = counted.mode(flat=True).fixef()["estimate"]
    np.testing.assert_allclose(
        found, mw.Model("y ~ x + (1 | g)", rows).mode(flat=True).fixef()["estimate"], rtol=1e-6
    )
    assert "Weights (k) are frequencies: the 24 rows of the data count as 36." in str(counted)


def test_survey_weights_multiply_log_densities_in_units_of_their_mean(data) -> None:
    own = (data["w"] / data["w"].mean()).to_numpy()
    for scale in (1.0, 40.0):
        weighed = data.assign(w=scale * data["w"])
        spec = specify("y ~ x", weighed, weights="w", weight_kind="survey")
        expected = own * stats.norm.logpdf(data["y"], 0.7, 1.3)
        np.testing.assert_allclose(densities(spec, 0.7, sigma=1.3), expected)
        counts = specify("c ~ x", weighed, "poisson", weights="w", weight_kind="survey")
        expected = own * stats.poisson.logpmf(data["c"], np.exp(0.7))
        np.testing.assert_allclose(densities(counts, 0.7), expected)


def test_gaussian_survey_weights_are_drawn_with_by_what_differs_by_a_constant(data) -> None:
    model = mw.Model("y ~ x", data, weights="w", weight_kind="survey")
    own = (data["w"] / data["w"].mean()).to_numpy()
    differences = []
    for b, sigma in (([0.3, 1.0], 0.8), ([1.2, 0.4], 2.5)):
        mean = b[0] + b[1] * data["x"]
        expected = (own * stats.norm.logpdf(data["y"], mean, sigma)).sum()
        found = model.log_marginal_likelihood(b=b, sigma=sigma)
        differences.append(found - expected)
    assert differences[0] == pytest.approx(differences[1], abs=1e-8)


def test_new_responses_of_a_survey_scatter_with_sigma_whatever_their_weight(pretend, data) -> None:
    for kind, sd in (("survey", 1.0), ("precision", 0.5)):
        choices = {"weights": "w", "weight_kind": kind}
        options = {"chains": 4, "draws": 1000, "sigma": ((), 1.0)}
        fit = pretend("y ~ x", data, [1.0, 0.5], "gaussian", choices, **options)
        made = fit.predictions({"x": [0.0], "w": [4.0]}, kind="response", seed=1)
        assert made["sd"].iloc[0] == pytest.approx(sd, rel=0.05)


def test_the_kind_is_stored_with_the_fit(data, tmp_path) -> None:
    model = mw.Model("y ~ x", data, weights="k", weight_kind="frequency")
    fit = model.fit(draws=20, chains=2, seed=1)
    again = mw.load(fit.save(tmp_path / "fit.nc"))
    assert again.spec.design.n == fit.spec.design.n == 36
    assert again.recipe.weight_kind == "frequency"


SAID = {
    "precisions": ({"weights": "w"}, "gaussian", "are precisions: a row of weight 4 has half the"),
    "powers": ({"weights": "w"}, "poisson", "multiply log likelihoods: a row of weight 2 counts"),
    "a survey's": ({"weights": "w", "weight_kind": "survey"}, "poisson", "are survey weights"),
    "numbers": ({"weights": np.ones(24)}, "gaussian", "The weights are precisions"),
}


@pytest.mark.parametrize("case", SAID)
def test_what_weights_mean_is_printed(data, case) -> None:
    choices, family, said = SAID[case]
    model = mw.Model("c ~ x", data, family, **choices)
    assert said in str(model)
    assert " ".join(str(model.spec).split()).count(said) == 1


def test_trials_and_weights_in_the_formula_are_said_too(data) -> None:
    share = data.assign(n=5, p=np.minimum(data["c"], 5) / 5)
    assert "are the trials" in str(mw.Model("p ~ x", share, "binomial", weights="n"))
    assert "Weights (w) are precisions" in str(mw.Model("y | weights(w) ~ x", data))
    assert "eights" not in str(mw.Model("y ~ x", data))


BAD = {
    "another kind": ("y ~ x", "gaussian", {"weights": "w", "weight_kind": "freq"}, "is unknown"),
    "no text": ("y ~ x", "gaussian", {"weights": "w", "weight_kind": 3}, "is unknown"),
    "no weights": ("y ~ x", "gaussian", {"weight_kind": "survey"}, "there are none"),
    "no frequencies": ("y ~ x", "gaussian", {"weight_kind": "frequency"}, "there are none"),
    "frequencies with fractions": (
        "y ~ x",
        "gaussian",
        {"weights": "w", "weight_kind": "frequency"},
        "whole numbers of 0 or more",
    ),
    "frequencies of a family without a spread": (
        "c ~ x",
        "poisson",
        {"weights": "w", "weight_kind": "frequency"},
        "whole numbers of 0 or more",
    ),
    "frequencies that are texts": (
        "y ~ x",
        "gaussian",
        {"weights": "g", "weight_kind": "frequency"},
        "whole numbers of 0 or more",
    ),
    "too few frequencies": (
        "y ~ x",
        "gaussian",
        {"weights": [1, 2], "weight_kind": "frequency"},
        "2 values for 24 rows",
    ),
    "frequencies of 0": (
        "y ~ x",
        "gaussian",
        {"weights": np.zeros(24), "weight_kind": "frequency"},
        "All frequencies are 0",
    ),
    "frequencies in the formula": (
        "y | weights(k) ~ x",
        "gaussian",
        {"weight_kind": "frequency"},
        "given by weights=",
    ),
    "precisions of counts": (
        "c ~ x",
        "poisson",
        {"weights": "w", "weight_kind": "precision"},
        "which the family poisson lacks",
    ),
    "a survey of another density": (
        "y ~ x",
        "student",
        {"weights": "w", "weight_kind": "survey"},
        "gaussian models with one residual variance",
    ),
    "an absent column": (
        "y ~ x",
        "gaussian",
        {"weights": "n", "weight_kind": "frequency"},
        "no column",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_weights_that_are_not_of_their_kind_are_refused(data, case) -> None:
    formula, family, choices, said = BAD[case]
    with pytest.raises(DataError, match=said):
        mw.Model(formula, data, family, **choices)


def test_the_weights_of_a_proportion_are_of_no_other_kind(data) -> None:
    share = data.assign(n=5, p=np.minimum(data["c"], 5) / 5)
    with pytest.raises(DataError, match="are its trials"):
        mw.Model("p ~ x", share, "binomial", weights="n", weight_kind="frequency")

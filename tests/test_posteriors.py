"""Posteriors lie near lme4's answers, in units of their own standard deviation.

The answers and the script that made them lie in `reference/` (lme4.R, lme4.json). A posterior is
not a REML estimate: with few levels an sd's posterior is skewed upward, so medians are compared.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mixwell as mw

LME4: dict[str, Any] = json.loads((Path(__file__).parent / "reference/lme4.json").read_text())
FORMULAS = {
    "sleepstudy": "Reaction ~ Days + (Days | Subject)",
    "penicillin": "diameter ~ 1 + (1 | plate) + (1 | sample)",
    "pastes": "strength ~ 1 + (1 | batch/cask)",
    "cbpp": "cbind(incidence, size - incidence) ~ period + (1 | herd)",
}
# Six samples of 24 rows each pin their own effects: centered, with a metric that sees correlations.
SAMPLING: dict[str, dict[str, Any]] = {
    "penicillin": {"parameterization": "centered", "adaptation": "low_rank"},
    "pastes": {"parameterization": "centered"},
}
FACTORS = {"cask:batch": "batch:cask"}  # lme4 names a nested factor from the inside


@pytest.fixture(
    scope="module",
    params=[
        *((name, "exact") for name in FORMULAS),
        ("sleepstudy", "nuts"),  # is compiled for all tests; each of the others for these alone
        *(pytest.param((n, "nuts"), marks=pytest.mark.slow) for n in FORMULAS if n != "sleepstudy"),
    ],
    ids="-".join,
)
def fitted(request: pytest.FixtureRequest, sleepstudy_fit: mw.Fit) -> tuple[str, mw.Fit]:
    """Draw from each of the four models once with each engine."""
    name, engine = request.param
    if (name, engine) == ("sleepstudy", "nuts"):
        return name, sleepstudy_fit
    family = "binomial" if name == "cbpp" else "gaussian"
    model = mw.Model(FORMULAS[name], mw.load_data(name), family)
    chosen = SAMPLING.get(name, {}) if engine == "nuts" else {}
    settings = {"draws": 500, "tune": 700, "chains": 4, "seed": 2, "progressbar": False}
    return name, model.fit(engine, **settings, **chosen)


def distance(draws: Any, value: float, middle: str = "mean") -> float:
    """Return how many posterior sds the posterior's mean or median is from a value."""
    values = np.asarray(draws).ravel()
    center = values.mean() if middle == "mean" else np.median(values)
    return float(abs(center - value) / values.std())


def effect_name(r_name: str, design: Any) -> str:
    names = dict(zip(design.mean.fixed.r_names, design.mean.fixed.names, strict=True))
    return str(names.get(r_name, r_name.replace("(Intercept)", "Intercept")))


def test_fixed_effects_are_those_of_lme4(fitted: tuple[str, mw.Fit]) -> None:
    name, fit = fitted
    for r_name, value in LME4[name]["fixef"].items():
        draws = fit.posterior["b"].sel(effect=effect_name(r_name, fit.spec.design))
        assert distance(draws, value) < 0.25, r_name


def test_fixed_effects_are_as_uncertain_as_in_lme4_or_somewhat_more(
    fitted: tuple[str, mw.Fit],
) -> None:
    name, fit = fitted
    for r_name, error in LME4[name]["se"].items():
        draws = fit.posterior["b"].sel(effect=effect_name(r_name, fit.spec.design))
        assert 0.85 < float(draws.std()) / error < 1.6, r_name


def test_group_standard_deviations_are_those_of_lme4(fitted: tuple[str, mw.Fit]) -> None:
    name, fit = fitted
    for row in LME4[name]["sd"]:
        factor = FACTORS.get(row["factor"], row["factor"])
        effect = effect_name(row["effect"], fit.spec.design)
        draws = fit.posterior[f"sd_{factor}"].sel({f"{factor}_effect": effect})
        assert distance(draws, row["sd"], "median") < 0.5, row


def test_correlations_are_those_of_lme4(fitted: tuple[str, mw.Fit]) -> None:
    name, fit = fitted
    for row in LME4[name]["corr"]:
        factor = row["factor"]
        one, two = (effect_name(row[k], fit.spec.design) for k in ("one", "two"))
        matrix = fit.posterior[f"corr_{factor}"]
        draws = matrix.sel({f"{factor}_effect": one, f"{factor}_effect_": two})
        assert distance(draws, row["corr"]) < 0.3


def test_the_residual_standard_deviation_is_that_of_lme4(fitted: tuple[str, mw.Fit]) -> None:
    name, fit = fitted
    if isinstance(LME4[name]["sigma"], float):
        assert distance(fit.posterior["sigma"], LME4[name]["sigma"], "median") < 0.4


def test_only_the_model_with_two_effects_has_a_correlation(fitted: tuple[str, mw.Fit]) -> None:
    name, fit = fitted
    assert any(v.startswith("corr_") for v in fit.posterior) == (name == "sleepstudy")

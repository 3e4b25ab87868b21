"""Means of zi and of the dispersion at the coefficients of R's fit, held against emmeans."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

REFERENCE = Path(__file__).parents[1] / "reference" / "parameters.json"
STORED = json.loads(REFERENCE.read_text(encoding="utf-8"))
FORMULAS = ["y ~ f + x", "zi ~ f * x + h", "alpha ~ f * h"]
ZI, LINK = {"parameter": "zi"}, {"scale": "link"}
ALPHA = {"parameter": "alpha"}
TABLES = {
    "zi_link": lambda f: f.means("f", **ZI, **LINK),
    "zi_response": lambda f: f.means("f", **ZI),
    "zi_by": lambda f: f.means("f", by="h", **ZI),
    "zi_at": lambda f: f.means("f", at={"x": [0, 2]}, **ZI, **LINK),
    "zi_proportional": lambda f: f.means("f", weights="proportional", **ZI, **LINK),
    "zi_odds": lambda f: f.contrasts("pairwise", of="f", **ZI),
    "zi_differences": lambda f: f.contrasts("pairwise", of="f", compare="difference", **ZI),
    "zi_averaged": lambda f: f.means("f", average="response", **ZI),
    "zi_trend": lambda f: f.slopes("x", by="f", **ZI),
    "disp_link": lambda f: f.means("h", **ALPHA, **LINK),
    "disp_response": lambda f: f.means(["f", "h"], **ALPHA),
    "disp_ratios": lambda f: f.contrasts("pairwise", of="h", by="f", **ALPHA),
    "disp_cells": lambda f: f.means("h", weights="cells", **ALPHA, **LINK),
    "disp_interaction": lambda f: f.contrasts(
        of=["f", "h"], interaction="pairwise", **ALPHA, **LINK
    ),
}


@pytest.fixture(scope="module")
def components(pretend):
    """Draws of nothing but the coefficients that glmmTMB estimates, whose formulas are these."""
    named = {"b_zi": "zi", "b_alpha": "disp"}
    variables = {name: ((f"{name}_dim",), STORED["coef"][own]) for name, own in named.items()}
    data = pd.DataFrame(STORED["data"])
    family = "zero_inflated_negativebinomial"
    return pretend(FORMULAS, data, STORED["coef"]["cond"], family, **variables)


@pytest.mark.parametrize("table", STORED["tables"])
def test_answers_about_a_parameter_are_those_of_emmeans_components(components, table) -> None:
    made = TABLES[table](components).samples[:, 0]
    np.testing.assert_allclose(made, STORED["tables"][table], rtol=1e-9, atol=1e-12)

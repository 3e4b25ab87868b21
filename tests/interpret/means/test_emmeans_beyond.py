"""What emmeans says of empty cells, weights, averaged responses, offsets and calls (extend.R)."""

import numpy as np
import pytest

MODELS = {
    "pigs": ("log(conc) ~ source + factor(percent)", "pigs"),
    "pigs_log": ("conc ~ source * log(percent)", "pigs"),
    "ubds_empty": ("y ~ A + B * C", "ubds_empty"),
    "ubds_unbalanced": ("y ~ A * x + B + C", "ubds"),
    "neuralgia": ("Pain ~ Treatment * Sex + Age", "neuralgia", "binomial"),
    "neuralgia_probit": ("Pain ~ Treatment + Sex", "neuralgia", "binomial", "probit"),
    "oranges_offset": (
        "sales1 ~ price1 + price2 + day + store + offset(log(price1))",
        "oranges",
    ),
    "mtcars_poisson": ("round(mpg) ~ factor(cyl) + wt + I(wt^2)", "mtcars", "poisson"),
    "mtcars_two_values": ("mpg ~ am * wt + factor(cyl)", "mtcars"),
    "fiber": ("strength ~ machine * diameter", "fiber"),
}
TABLES = {
    "pigs": {
        "source": lambda f: f.means("source", scale="link"),
        "percent": lambda f: f.means("percent", scale="link"),
        "poly": lambda f: f.contrasts("poly", of="percent", scale="link"),
        "mean_chg": lambda f: f.contrasts("mean_chg", of="percent", scale="link"),
        "del_eff": lambda f: f.contrasts("del.eff", of="percent", scale="link"),
        "ctrlk": lambda f: f.contrasts("trt.vs.ctrlk", of="percent", scale="link"),
        "proportional": lambda f: f.means("source", scale="link", weights="proportional"),
        "outer": lambda f: f.means("source", scale="link", weights="outer"),
        "cells": lambda f: f.means("source", scale="link", weights="cells"),
    },
    "pigs_log": {
        "source": lambda f: f.means("source"),
        "at": lambda f: f.means("source", by="percent", at={"percent": [10, 15]}),
        "averaged": lambda f: f.means("source", at={"percent": [10, 15, 18]}),
        "slopes_at": lambda f: f.slopes(
            "percent", by=["source", "percent"], at={"percent": [10, 15]}, delta=1e-3
        ),
    },
    "ubds_empty": {
        "cells": lambda f: f.means(["B", "C"]),
        "B": lambda f: f.means("B"),
        "C": lambda f: f.means("C"),
        "A": lambda f: f.means("A"),
        "A_pairs": lambda f: f.contrasts("pairwise", of="A"),
        "pairs_by_C": lambda f: f.contrasts("pairwise", of="B", by="C"),
        "A_cells": lambda f: f.means("A", weights="cells"),
        "A_by_B_cells": lambda f: f.means("A", by="B", weights="cells"),
    },
    "ubds_unbalanced": {
        "A": lambda f: f.means("A"),
        "proportional": lambda f: f.means("A", weights="proportional"),
        "outer": lambda f: f.means("A", weights="outer"),
        "cells": lambda f: f.means("A", weights="cells"),
        "AB_cells": lambda f: f.means(["A", "B"], weights="cells"),
        "AB_proportional": lambda f: f.means(["A", "B"], weights="proportional"),
        "trend": lambda f: f.slopes("x", by="A"),
    },
    "neuralgia": {
        "link": lambda f: f.means("Treatment", scale="link"),
        "response": lambda f: f.means("Treatment"),
        "averaged_responses": lambda f: f.means("Treatment", average="response"),
        "averaged_by_sex": lambda f: f.means("Treatment", by="Sex", average="response"),
        "proportional": lambda f: f.means("Treatment", weights="proportional"),
        "odds": lambda f: f.contrasts("pairwise", of="Treatment", by="Sex"),
        "differences": lambda f: f.contrasts("pairwise", of="Treatment", compare="difference"),
        "ratios_of_odds": lambda f: f.contrasts(of="Treatment:Sex", interaction="sequential"),
        "slope": lambda f: f.slopes("Age", by="Sex"),
    },
    "neuralgia_probit": {
        "response": lambda f: f.means("Treatment"),
        "differences": lambda f: f.contrasts("pairwise", of="Treatment"),
    },
    "oranges_offset": {
        "day": lambda f: f.means("day"),
        "response": lambda f: f.means("day", groups="existing"),
    },
    "mtcars_poisson": {
        "response": lambda f: f.means("cyl"),
        "ratio": lambda f: f.contrasts("revpairwise", of="cyl"),
        "differences": lambda f: f.contrasts("pairwise", of="cyl", compare="difference"),
        "slope_response": lambda f: f.slopes("wt", by="cyl", scale="response"),
    },
    "mtcars_two_values": {
        "cyl": lambda f: f.means("cyl"),
        "am": lambda f: f.means("am"),
        "at_mean": lambda f: f.means("cyl", at={"am": "mean"}),
        "proportional": lambda f: f.means("cyl", weights="proportional"),
        "trend": lambda f: f.slopes("wt", by="am"),
        "trend_averaged": lambda f: f.slopes("wt"),
    },
    "fiber": {
        "machine": lambda f: f.means("machine"),
        "quartiles": lambda f: f.means("machine", by="diameter", at={"diameter": "quartiles"}),
        "trend_pairs": lambda f: f.slopes("diameter", by="machine").contrasts("pairwise", by=[]),
    },
}
CASES = [(model, result) for model, results in TABLES.items() for result in results]
# a numeric derivative of emmeans itself
TOLERANCE = {("mtcars_poisson", "slope_response"): 1e-4}


@pytest.fixture(scope="module")
def reference_fit(pretend, table, truth):
    made = {}

    def fit(name: str):
        if name not in made:
            formula, data, *rest = MODELS[name]
            frame = table(data.removesuffix("_empty"))
            if data.endswith("_empty"):
                gone = (frame["B"] == "1") & (frame["C"] == "3")
                gone |= (frame["B"] == "3") & (frame["C"] == "2")
                frame = frame[~gone]
            family, link = [*rest, None, None][:2]
            coefficients = truth("extended")[name]["coef"]
            made[name] = pretend(formula, frame, coefficients, family or "gaussian", {"link": link})
        return made[name]

    return fit


@pytest.mark.parametrize(("model", "result"), CASES)
def test_the_estimates_equal_those_of_emmeans(model, result, reference_fit, truth):
    expected = np.array(truth("extended")[model]["tables"][result], dtype=float)
    found = TABLES[model][result](reference_fit(model))["estimate"].to_numpy()
    tolerance = TOLERANCE.get((model, result), 1e-6)
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=1e-7)


def test_no_table_of_the_reference_is_left_out(truth):
    everything = {
        (name, result) for name, model in truth("extended").items() for result in model["tables"]
    }
    assert everything == set(CASES)

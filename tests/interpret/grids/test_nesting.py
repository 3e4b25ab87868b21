"""Nested factors: means of the levels that exist, as emmeans has them (nested.R)."""

import numpy as np
import pandas as pd
import pytest

ASK = {
    "f": lambda m: m.means("f"),
    "g": lambda m: m.means("g"),
    "h": lambda m: m.means("h"),
    "k": lambda m: m.means("k"),
    "t": lambda m: m.means("t"),
    "all": lambda m: m.means(None),
    "both": lambda m: m.means(["f", "h"]),
    "h_by_f": lambda m: m.means("h", by="f"),
    "f_by_g": lambda m: m.means("f", by="g"),
    "f_pairs": lambda m: m.contrasts("pairwise", of="f"),
    "g_pairs": lambda m: m.contrasts("pairwise", of="g"),
    "h_pairs": lambda m: m.contrasts("pairwise", of="h"),
    "f_proportional": lambda m: m.means("f", weights="proportional"),
    "f_outer": lambda m: m.means("f", weights="outer"),
    "f_cells": lambda m: m.means("f", weights="cells"),
    "regrid": lambda m: m.means("f", average="response"),
    "trends": lambda m: m.slopes("x", by="f"),
}
#: What one design asks otherwise than the others.
OWN = {
    ("empty", "f_at"): lambda m: m.means("f", at={"h": ["h2", "h3"]}),
    ("empty_with_x", "f_at"): lambda m: m.means("f", at={"x": 5}),
    ("in_both", "both"): lambda m: m.means(["f", "g"]),
}
CASES = [
    *(("empty", name) for name in ("f", "h", "both", "h_by_f", "all", "f_pairs", "h_pairs")),
    *(("empty", name) for name in ("f_proportional", "f_outer", "f_cells", "f_at")),
    *(("empty_with_x", name) for name in ("f", "all", "f_at")),
    *(("slopes_differ", name) for name in ("f", "trends")),
    *(("counts", name) for name in ("f", "h", "regrid")),
    *(("full", name) for name in ("f", "h", "all")),
    *((f"own_{n}", t) for n in ("sum", "slash", "h_first") for t in ("f", "h", "all")),
    *((f"own_{n}", "f_proportional") for n in ("sum", "slash", "h_first")),
    *(("three", name) for name in ("f", "h", "k")),
    *(("beside", name) for name in ("f", "g", "h", "f_by_g", "g_pairs", "all")),
    *(("crossed", name) for name in ("f", "g", "f_by_g", "h")),
    *(("in_both", name) for name in ("f", "g", "both", "all")),
    *(("in_sum", name) for name in ("f", "g")),
    *(("two_in_one", name) for name in ("f", "h", "k")),
    *(("cells", name) for name in ("f", "both")),
    *(("interaction", name) for name in ("f", "both")),
    *(("number", name) for name in ("h", "all", "t")),
]


@pytest.fixture(scope="module")
def nested(pretend, truth):
    made = {}

    def fit(name):
        if name not in made:
            model = truth("nested")[name]
            data = pd.DataFrame(model["data"])
            made[name] = pretend(model["formula"], data, model["coef"], model["family"])
        return made[name]

    return fit


@pytest.mark.parametrize(("model", "asked"), CASES)
def test_means_are_those_of_emmeans(nested, truth, model, asked):
    expected = truth("nested")[model]["tables"][asked]
    made = {**ASK, **{name: ask for (n, name), ask in OWN.items() if n == model}}[asked](
        nested(model)
    )
    values = [np.nan if value == "NA" else value for value in expected["estimate"]]
    if "pairs" in asked:
        own = dict(zip(made["contrast"], made["estimate"], strict=True))
    else:
        own = {
            frozenset(label.split(", ")): value
            for label, value in zip(made.labels, made["estimate"], strict=True)
        }
        expected = {"label": [frozenset(text.split(" ")) for text in expected["label"]]}
    theirs = dict(zip(expected["label"], values, strict=True))
    assert set(own) == set(theirs)
    found = [own[label] for label in theirs]
    np.testing.assert_allclose(found, list(theirs.values()), rtol=1e-8)


def test_no_table_of_the_reference_is_left_out(truth):
    everything = {(n, t) for n, model in truth("nested").items() for t in model["tables"]}
    assert everything == set(CASES)

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
    *(("additive", name) for name in ("f", "g", "h", "f_by_g", "g_pairs", "all")),
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


def test_contrasts_inside_what_a_factor_is_nested_in_take_the_levels_there(nested):
    made = nested("empty").contrasts("pairwise", of="h", by="f")
    assert made.frame.groupby("f").size().to_dict() == {"a": 3, "b": 3, "c": 1}
    assert not made["estimate"].isna().any()


def test_a_place_with_one_level_is_left_out_of_contrasts_with_a_word(pretend):
    data = pd.DataFrame({"f": list("aaabbb"), "h": list("121333"), "y": np.arange(6.0)})
    fit = pretend("y ~ f/h", data, [1.0, 2.0, 3.0])
    made = fit.contrasts("pairwise", of="h", by="f")
    assert made["contrast"].tolist() == ["h1 - h2"]
    assert "Nothing to compare within f = b: there is one row only." in made.notes


def test_comparisons_of_a_nested_factor_stay_inside(nested):
    made = nested("empty").comparisons("h")
    cells = nested("empty").means("h").frame.pivot(index="f", columns="h", values="estimate")
    assert made["f"].tolist() == ["a", "b", "c"] * 2
    np.testing.assert_allclose(made["estimate"][:3], cells["h2"] - cells["h1"])
    assert made["estimate"].isna().tolist() == [False] * 5 + [True]
    step = nested("empty").comparisons("f")["estimate"]
    np.testing.assert_allclose(step, -nested("empty").contrasts(of="f")["estimate"][:2])


def test_a_level_given_by_at_shows_the_levels_that_there_are_inside(nested):
    made = nested("empty").means("h", at={"f": "c"})
    assert made["h"].tolist() == ["h1", "h2"]


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda m: m.means("f"), "the levels that there are in each are averaged."),
        (lambda m: m.means("h"), "the levels that there are in each are shown."),
        (lambda m: m.comparisons("h"), "its levels are compared inside each."),
    ],
)
def test_a_line_says_what_is_nested(nested, ask, said):
    assert f"h is nested in f: {said}" in ask(nested("empty")).notes
    assert not any("nested" in note for note in ask(nested("interaction")).notes)


def test_levels_of_a_nested_factor_keep_what_their_groups_add(pretend, truth):
    data = pd.DataFrame(truth("nested")["empty"]["data"])
    data["u"] = np.arange(len(data)) % 3
    coefficients = truth("nested")["empty"]["coef"]
    deviations = {"r_u": (("u", "u_effect"), [[1.0], [2.0], [6.0]])}
    fit = pretend("y ~ f/h + (1 | u)", data, coefficients, **deviations)
    added = fit.means("f", groups="existing")["estimate"] - fit.means("f")["estimate"]
    np.testing.assert_allclose(added, 3.0)

"""Every table of the reference that R's emmeans made, on link and response scale."""

import numpy as np
import pandas as pd
import pytest

TREATMENT, SUM, POLY = (dict.fromkeys(("wool", "tension"), c) for c in ("treatment", "sum", "poly"))


def auto_noise() -> pd.DataFrame:
    """The factorial of the reference's model; its weights do not depend on the response."""
    levels = {"size": ["S", "M", "L"], "type": ["Std", "Octel"], "side": ["L", "R"]}
    grid = pd.MultiIndex.from_product(levels.values(), names=levels).to_frame(index=False)
    grid = pd.concat([grid, grid], ignore_index=True)
    for name, names in levels.items():
        grid[name] = pd.Categorical(grid[name], names, ordered=name == "size")
    return grid.assign(noise=np.arange(24.0))


# model: formula, data, family, contrasts
MODELS = {
    "cake_temp": ("angle ~ recipe * temp + (1 | recipe:replicate)", "cake"),
    "warpbreaks_treatment": ("breaks ~ wool * tension", "warpbreaks", "gaussian", TREATMENT),
    "warpbreaks_sum": ("breaks ~ wool * tension", "warpbreaks", "gaussian", SUM),
    "warpbreaks_poly": ("breaks ~ wool * tension", "warpbreaks", "gaussian", POLY),
    "warpbreaks_noint": ("breaks ~ 0 + wool + tension + wool:tension", "warpbreaks"),
    "warpbreaks_poisson": ("breaks ~ wool * tension", "warpbreaks", "poisson"),
    "toothgrowth_factor": ("len ~ supp * factor(dose)", "toothgrowth"),
    "toothgrowth_numeric": ("len ~ supp * dose", "toothgrowth"),
    "toothgrowth_poly": ("len ~ supp * poly(dose, 2)", "toothgrowth"),
    "oats": ("yield ~ Variety * factor(nitro) + (1 | Block/Variety)", "oats"),
    "auto_noise": ("noise ~ size * type * side", "auto_noise"),
    "cbpp": ("cbind(incidence, size - incidence) ~ period + (1 | herd)", "cbpp", "binomial"),
    "mtcars": ("mpg ~ factor(cyl) * wt + factor(am)", "mtcars"),
    "epilepsy": ("count ~ zAge + zBase * Trt + (1 | patient)", "epilepsy", "poisson"),
    "block_direction_treatment": (
        "y ~ block * direction + (1 + direction | user)",
        "block_direction",
    ),
    "machines": ("score ~ Machine + (Machine | Worker)", "machines"),
}

RESPONSE = {"scale": "response"}
LINK = {"scale": "link"}
WARPBREAKS = {
    "emm": lambda f: f.means(["wool", "tension"]),
    "emm_tension": lambda f: f.means("tension"),
    "pairs_tension": lambda f: f.means("tension").contrasts("pairwise"),
    "pairs_wool_by_tension": lambda f: f.contrasts("pairwise", of="wool", by="tension"),
    "pairs_simple_each": lambda f: [
        f.contrasts("pairwise", of="wool", by="tension"),
        f.contrasts("pairwise", of="tension", by="wool"),
    ],
    "ic_pairwise": lambda f: f.contrasts(of=["wool", "tension"], interaction="pairwise"),
    "ic_trt_consec": lambda f: f.contrasts(
        of=["wool", "tension"], interaction=["sequential", "consec"]
    ),
    "ic_eff_poly": lambda f: f.contrasts(
        of="wool:tension", interaction={"tension": "poly", "wool": "eff"}
    ),
    "custom": lambda f: f.means("wool:tension").contrasts(
        {"AvsB_at_L": [1, -1, 0, 0, 0, 0], "dd": [1, -1, 0, 0, -1, 1]}
    ),
}
TABLES = {
    "cake_temp": {
        "emtrends": lambda f: f.slopes("temp", by="recipe"),
        "emtrends_pairs": lambda f: f.slopes("temp", by="recipe").contrasts("pairwise", by=[]),
        "emm_at_mean": lambda f: f.means("recipe"),
        "emm_at": lambda f: f.means(["recipe", "temp"], at={"temp": [180, 220]}),
    },
    "warpbreaks_treatment": WARPBREAKS,
    "warpbreaks_sum": WARPBREAKS,
    "warpbreaks_poly": WARPBREAKS,
    "warpbreaks_noint": {"emm": WARPBREAKS["emm"]},
    "warpbreaks_poisson": {
        "emm_link": lambda f: f.means("wool", by="tension", scale="link"),
        "emm_response": lambda f: f.means("wool", by="tension"),
        "pairs_ratio": lambda f: f.contrasts("pairwise", of="wool", by="tension"),
        "pairs_diff_response": lambda f: f.contrasts(
            "pairwise", of="wool", by="tension", compare="difference"
        ),
    },
    "toothgrowth_factor": {
        "emm": lambda f: f.means(["supp", "factor(dose)"]),
        "pairs_supp_by_dose": lambda f: f.contrasts("pairwise", of="supp", by="dose"),
        "ic_pairwise": lambda f: f.contrasts(of=["supp", "dose"], interaction="pairwise"),
        "ic_pw_poly": lambda f: f.contrasts(of=["supp", "dose"], interaction=["pairwise", "poly"]),
    },
    "toothgrowth_numeric": {
        "emtrends": lambda f: f.slopes("dose", by="supp"),
        "emtrends_pairs": lambda f: f.slopes("dose", by="supp").contrasts("pairwise", by=[]),
        "emm_mean_dose": lambda f: f.means("supp"),
    },
    "toothgrowth_poly": {
        # emtrends takes a forward difference over a thousandth of the range, here 1.5
        "emtrends_at": lambda f: f.slopes(
            "dose", by=["supp", "dose"], at={"dose": [0.5, 1, 2]}, delta=0.0015
        ),
        "emm_at": lambda f: f.means("supp", by="dose", at={"dose": "unique"}),
    },
    "oats": {
        "emm": lambda f: f.means("nitro", by="Variety"),
        "poly_by_variety": lambda f: f.means("nitro", by="Variety").contrasts("poly"),
        "emm_variety": lambda f: f.means("Variety"),
        "pairs_variety": lambda f: f.contrasts("pairwise", of="Variety"),
        "ic_pw_poly": lambda f: f.contrasts(
            of=["Variety", "nitro"], interaction=["pairwise", "poly"]
        ),
    },
    "auto_noise": {
        "emm": lambda f: f.means(["size", "type", "side"]),
        "pairs_size_by_type": lambda f: f.contrasts("pairwise", of="size", by="type"),
        "ic3": lambda f: f.contrasts(
            of=["size", "type", "side"], interaction=["poly", "sequential", "sequential"]
        ),
        "ic2": lambda f: f.contrasts(of=["size", "type"], interaction=["poly", "sequential"]),
    },
    "cbpp": {
        "emm_link": lambda f: f.means("period", scale="link"),
        "emm_response": lambda f: f.means("period"),
        "pairs_or": lambda f: f.contrasts("pairwise", of="period"),
        "tvc_link": lambda f: f.contrasts("reference", of="period", scale="link"),
        "pairs_prob": lambda f: f.contrasts("pairwise", of="period", compare="difference"),
        "emm_bias": lambda f: f.means("period", bias_adjust=0.642069927729),
    },
    "mtcars": {
        "emm_cyl_equal": lambda f: f.means("cyl", weights="equal"),
        "emm_cyl_proportional": lambda f: f.means("cyl", weights="proportional"),
        "emm_cyl_outer": lambda f: f.means("cyl", weights="outer"),
        "emm_cyl_cells": lambda f: f.means("cyl", weights="cells"),
        "emtrends": lambda f: f.slopes("wt", by="cyl"),
        "emtrends_pairs": lambda f: f.slopes("wt", by="cyl").contrasts("pairwise", by=[]),
        "pairs_cyl": lambda f: f.contrasts("pairwise", of="cyl"),
    },
    "epilepsy": {
        "emtrends": lambda f: f.slopes("zBase", by="Trt"),
        "emm_resp": lambda f: f.means("Trt"),
        "pairs_ratio": lambda f: f.contrasts(
            "pairwise", of="Trt", by="zBase", at={"zBase": [-1, 0, 1]}
        ),
    },
    "block_direction_treatment": {
        "emm": lambda f: f.means(["block", "direction"]),
        "emm_block": lambda f: f.means("block"),
        "pairs_dir_by_block": lambda f: f.contrasts("revpairwise", of="direction", by="block"),
        "ic_consec": lambda f: f.contrasts(of="block:direction", interaction="sequential"),
        "ic_pairwise": lambda f: f.contrasts(of="block:direction", interaction="pairwise"),
        "eff_block": lambda f: f.contrasts("eff", of="block"),
    },
    "machines": {
        "emm": lambda f: f.means("Machine"),
        "pairs": lambda f: f.contrasts("pairwise", of="Machine"),
    },
}
CASES = [(model, result) for model, results in TABLES.items() for result in results]
VALUES = ("emmean", "estimate", "prob", "rate", "ratio", "odds.ratio")


def value_of(row: dict) -> float:
    names = [name for name in row if name in VALUES or name.endswith(".trend")]
    return row[names[0]]


@pytest.fixture(scope="module")
def reference_fit(pretend, table, truth):
    made = {}

    def fit(name: str):
        if name not in made:
            formula, data, *rest = MODELS[name]
            frame = auto_noise() if data == "auto_noise" else table(data)
            family = rest[0] if rest else "gaussian"
            contrasts = rest[1] if len(rest) > 1 else None
            coefficients = list(truth()["models"][name]["coef"].values())
            made[name] = pretend(formula, frame, coefficients, family, {"contrasts": contrasts})
        return made[name]

    return fit


@pytest.mark.parametrize(("model", "result"), CASES)
def test_the_estimates_equal_those_of_emmeans(model, result, reference_fit, truth):
    rows = truth()["models"][model]["results"][result]["table"]
    found = TABLES[model][result](reference_fit(model))
    parts = found if isinstance(found, list) else [found]
    got = np.concatenate([part["estimate"].to_numpy() for part in parts])
    np.testing.assert_allclose(got, [value_of(row) for row in rows], rtol=1e-6, atol=1e-7)


def test_no_table_of_the_reference_is_left_out(truth):
    everything = {
        (name, result) for name, model in truth()["models"].items() for result in model["results"]
    }
    assert everything == set(CASES)

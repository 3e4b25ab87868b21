"""Posteriors of brms for a model of every family, with every prior written out.

`reference/brms.R` (brms 2.18) made them with 4 chains of 1,500 draws; the data of most are
simulated there. Means agree within the Monte Carlo errors of both, and sds within 10 %.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.posterior.draws import Stack
from mixwell.posterior.parameter_tables import parameter_frame

STORED = json.loads((Path(__file__).parent / "reference/brms.json").read_text())
T = "StudentT(3, 0, 2.5)"
HALF_T = "HalfStudentT(3, 2.5)"
USUAL = {"b": "Normal(0, 2)", "Intercept_centered": T, "sd_g": HALF_T}
ORDERED = {"b": "Normal(0, 2)", "threshold": T, "sd_g": HALF_T}
SIGMA, SHAPE = {"sigma": HALF_T}, {"alpha": "Gamma(2, 0.5)"}
KAPPA, HURDLE = {"kappa": "Gamma(2, 0.5)"}, {"hu": "Beta(1, 1)"}


def several(*names: str) -> dict[str, str]:
    """Priors of parameters that have the main formula each."""
    return {
        key: prior
        for name in names
        for key, prior in (
            (f"{name}_Intercept_centered", T),
            (f"{name}_x", "Normal(0, 2)"),
            (f"sd_{name}_g", HALF_T),
        )
    }


@dataclass(frozen=True)
class Same:
    """The model that brms had: formulas, family, priors, link, and other names of quantities."""

    formulas: tuple[str, ...]
    family: Any
    priors: dict[str, str]
    link: str | None = None
    data: str = ""
    names: dict[str, str] = field(default_factory=dict)
    choices: dict[str, Any] = field(default_factory=dict)


MODELS = {
    "kidney": Same(
        ("time | cens(censored) ~ age * sex + disease + (1 + age | patient)",),
        "lognormal",
        {
            "b": "Normal(0, 5)",
            "Intercept_centered": "StudentT(3, 3, 5)",
            "sd_patient": "HalfCauchy(2)",
            "corr_patient": "LKJ(2)",
            **SIGMA,
        },
        data="kidney",
    ),
    "epilepsy": Same(
        ("count ~ zAge + zBase * Trt + (1 | patient) + (1 | obs)",),
        "poisson",
        {
            "b": "Normal(0, 10)",
            "Intercept_centered": "StudentT(3, 1, 2.5)",
            "sd_patient": "HalfCauchy(2)",
            "sd_obs": "HalfCauchy(2)",
        },
        data="epilepsy",
    ),
    "inhaler": Same(
        ("rating ~ treat + period + carry + (1 | subject)",),
        "cumulative",
        {"b": "Normal(0, 2)", "threshold": T, "sd_subject": HALF_T},
        data="inhaler",
    ),
    "inhaler_cs": Same(
        ("rating ~ period + carry + cs(treat) + (1 | subject)",),
        "sratio",
        {"b": "Normal(0, 2)", "threshold": T, "sd_subject": HALF_T},
        link="cloglog",
        data="inhaler",
    ),
    "skew_normal": Same(
        ("skew ~ x + (1 | g)",), "skew_normal", USUAL | SIGMA | {"alpha": "Normal(0, 4)"}
    ),
    "asym_laplace": Same(
        ("lapl ~ x + (1 | g)",), "asym_laplace", USUAL | SIGMA | {"quantile": "Beta(2, 2)"}
    ),
    "exgaussian": Same(
        ("exga ~ x + (1 | g)",), "exgaussian", USUAL | SIGMA | {"beta": "Gamma(1, 0.5)"}
    ),
    "shifted_lognormal": Same(
        ("shif ~ x + (1 | g)",), "shifted_lognormal", USUAL | SIGMA | {"ndt": "Uniform(0, least)"}
    ),
    "weibull": Same(("weibc | cens(cens) ~ x + (1 | g)",), "weibull", USUAL | SHAPE),
    "exponential": Same(("expo ~ x + (1 | g)",), "exponential", USUAL),
    "inverse_gaussian": Same(
        ("wald ~ x + (1 | g)",), "inverse_gaussian", USUAL | SHAPE, link="log"
    ),
    "von_mises": Same(("angl ~ x + (1 | g)",), "von_mises", USUAL | KAPPA),
    "zero_inflated_poisson": Same(
        ("zero ~ x + (1 | g)", "zi ~ z"),
        "zero_inflated_poisson",
        USUAL | {"zi_Intercept_centered": T, "zi_z": "Normal(0, 2)"},
    ),
    "hurdle_negbinomial": Same(
        ("hurd ~ x + (1 | g)",), "hurdle_negbinomial", USUAL | SHAPE | HURDLE
    ),
    "geometric": Same(("geom ~ x + (1 | g)",), "geometric", USUAL),
    "beta_binomial": Same(("bbin | trials(n12) ~ x + (1 | g)",), "beta_binomial", USUAL | KAPPA),
    "zero_inflated_beta": Same(
        ("zibe ~ x + (1 | g)",), "zero_inflated_beta", USUAL | KAPPA | {"zi": "Beta(1, 1)"}
    ),
    "zero_one_inflated_beta": Same(
        ("zoib ~ x + (1 | g)",),
        "zero_one_inflated_beta",
        USUAL | KAPPA | {"zoi": "Beta(1, 1)", "coi": "Beta(1, 1)"},
    ),
    "hurdle_gamma": Same(("hgam ~ x + (1 | g)",), "hurdle_gamma", USUAL | SHAPE | HURDLE),
    "hurdle_lognormal": Same(("hlog ~ x + (1 | g)",), "hurdle_lognormal", USUAL | SIGMA | HURDLE),
    "cumulative_disc": Same(
        ("rate ~ x + (1 | g)", "disc ~ z"),
        "cumulative",
        ORDERED | {"disc_z": "Normal(0, 1)"},
        link="probit",
    ),
    "cumulative_equidistant": Same(
        ("rate ~ x + (1 | g)",),
        "cumulative(threshold = 'equidistant')",
        ORDERED | {"spacing": "HalfNormal(3)"},
        names={"delta": "spacing"},
    ),
    "acat_cs": Same(("rate ~ cs(x) + (1 | g)",), "acat", ORDERED),
    "cratio": Same(("rate ~ x + (1 | g)",), "cratio", ORDERED),
    "categorical": Same(("choi ~ x + (1 | g)",), "categorical", several("mucar", "mutrain")),
    "multinomial": Same(
        ("cbind(ca, cb, cc) ~ x + (1 | g)",), "multinomial", several("mucb", "mucc")
    ),
    "dirichlet": Same(
        ("cbind(pa, pb, pc) ~ x + (1 | g)",),
        "dirichlet",
        several("mupb", "mupc") | KAPPA,
    ),
    "several": Same(
        ("mvbind(y1, y2) ~ x + (1 | i | g)",),
        "gaussian",
        several("y1", "y2") | {"sigma_y1": HALF_T, "sigma_y2": HALF_T, "rescor": "Uniform(-1, 1)"},
        names={"rescor__y1__y2": "rescor"},
        choices={"rescor": True},
    ),
}

#: brms's names of parameters where they are others here, and of columns of factors.
PARAMETERS = {"shape": "alpha", "phi": "kappa"}
COLUMNS = {
    "sexfemale": "sex[female]",
    **{f"disease{level}": f"disease[{level}]" for level in ("GN", "AN", "PKD")},
    "Trt1": "Trt[1]",
}
#: In the default suite; the others run with `-m slow`.
ALWAYS = ("kidney", "epilepsy", "inhaler")


def renamed(name: str, thresholds: list[str]) -> str:
    """Return what a quantity of brms is called here."""
    if found := re.fullmatch(r"b_Intercept\[(\d)\]", name):
        return thresholds[int(found[1]) - 1]
    if found := re.fullmatch(r"bcs_(\w+)\[(\d)\]", name):
        return f"{found[1]}{thresholds[int(found[2]) - 1].removeprefix('threshold')}"
    if found := re.fullmatch(r"sd_(\w+?)__(?:(\w+)_)?(\w+)", name):
        factor = f"{found[2]}_{found[1]}" if found[2] else found[1]
        return f"sd_{factor}[{found[3]}]"
    if found := re.fullmatch(r"cor_(\w+?)__(\w+?)__(\w+)", name):
        return f"corr_{found[1]}[{found[2]}, {found[3]}]"
    if name.startswith("b_"):
        return ":".join(COLUMNS.get(part, part) for part in name.removeprefix("b_").split(":"))
    return PARAMETERS.get(name, name)


@cache
def simulated() -> pd.DataFrame:
    """The data that the script simulated."""
    return pd.DataFrame(STORED["data"])


def fitted(same: Same) -> mw.Fit:
    """Fit the model that brms had."""
    data = mw.load_data(same.data) if same.data else simulated()
    column = same.formulas[0].split()[0]
    priors = dict(same.priors)
    if "ndt" in priors:
        priors["ndt"] = f"Uniform(0, {float(data[column].min())})"
    chosen = {"link": same.link, "priors": priors, **same.choices}
    model = mw.Model(list(same.formulas), data, same.family, **chosen)
    defaults = model.priors.loc[model.priors["origin"] != "user", "parameter"].tolist()
    assert not [name for name in defaults if not name.startswith("corr_")], defaults
    return model.fit(seed=7)


def further_thresholds(fit: mw.Fit) -> pd.DataFrame:
    """Thresholds that brms prints, and that are here a first one and the distance to the next."""
    if "spacing" not in fit.idata.posterior:
        return fit.summary().iloc[:0]
    first, spacing = fit.idata.posterior["threshold"].values, fit.idata.posterior["spacing"].values
    count = len(fit.spec.response.levels) - 2
    labels = tuple(f"threshold[{k}]" for k in range(1, count + 1))
    return parameter_frame(Stack(labels, first + spacing[..., None] * range(1, count + 1)))


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n in ALWAYS else pytest.mark.slow) for n in STORED["models"]],
)
def test_the_posterior_is_that_of_brms(name: str) -> None:
    same, answers = MODELS[name], STORED["models"][name]["answers"]
    fit = fitted(same)
    summary = pd.concat([fit.summary(), further_thresholds(fit)])
    thresholds = [label for label in summary.index if label.startswith("threshold")]
    answers = {key: a for key, a in answers.items() if isinstance(a["sd"], float)}  # no constants
    found = {key: same.names.get(key) or renamed(key, thresholds) for key in answers}
    assert set(found.values()) <= set(summary.index), set(found.values()) - set(summary.index)
    for key, answer in answers.items():
        row = summary.loc[found[key]]
        error = np.hypot(row["mcse"], answer["mcse_mean"])
        apart = abs(row["estimate"] - answer["mean"])
        assert apart < 4.5 * error, (key, row["estimate"], answer["mean"], error)
        assert row["sd"] == pytest.approx(answer["sd"], rel=0.1), key

"""Means and predictions on the scale that R's own function gives them on, held against R."""

import ast
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

STORED = json.loads((Path(__file__).parent / "reference" / "scales.json").read_text())
MODELS = {
    "zero": "zeroinfl(count ~ a + b | a + x, data = d)",
    "hurd": "hurdle(count ~ a + b | a + x, data = d)",
    "rate": "polr(rating ~ a + b + x, data = d)",
    "scor": "clm(rating ~ a + b + x, data = d)",
    "pick": "multinom(choice ~ a + b + x, data = d)",
    "surv": "survreg(Surv(time, status) ~ a + b, data = d)",
    "logn": "survreg(Surv(wait) ~ a + b, data = d, dist = 'lognormal')",
    "infl": "glmmTMB(count ~ a + b, ziformula = ~ a + x, family = poisson, data = d)",
    "trun": "glmmTMB(count ~ a + b, ziformula = ~ a + x, family = truncated_poisson, data = d)",
    "beta": "betareg(share ~ a + b + x, data = d)",
    "nbin": "glmmTMB(spread ~ a + b, dispformula = ~ b + x, family = nbinom2, data = d)",
}
#: What R has of the counts above 0 alone, which has no name here.
REFUSED = {"predict(trun, near, type = 'conditional')"}
ANSWERS = {each["call"]: each["values"] for each in STORED["answers"]}


def translated(call: str, name: str) -> str:
    return mw.r.translate(f"{name} <- {MODELS[name]}\n{call}").python


def named(call: str) -> str:
    """Return the model that a call is about."""
    return next(word for word in re.findall(r"\w+", call) if word in MODELS)


@pytest.fixture(scope="module")
def fits() -> dict[str, Any]:
    data = pd.DataFrame(STORED["data"])
    rating = pd.Categorical(data["rating"], ["1", "2", "3", "4"], ordered=True)
    known: dict[str, Any] = {
        "d": data.assign(rating=rating),
        "near": pd.DataFrame(STORED["near"]),
        "mw": mw,
    }
    for name in MODELS:
        lines = ast.parse(translated(name, name)).body
        made = [line for line in lines if isinstance(line, ast.Assign)]
        exec(ast.unparse(made[-1]), known)
    return known


@pytest.mark.parametrize("call", [call for call in ANSWERS if call not in REFUSED])
def test_r_and_the_call_that_it_becomes_agree(call: str, fits: dict[str, Any]) -> None:
    """Within half a posterior sd: other scales are many sds away, weak priors hardly."""
    name = named(call)
    asked = re.findall(rf"print\(\s*({name}\..*?)\s*\)$", translated(call, name), re.DOTALL | re.M)
    frame = eval(asked[-1].removesuffix('["estimate"]'), fits).to_frame()
    r_values = np.sort(np.atleast_1d(ANSWERS[call]))
    if name == "surv":  # the note: R has Weibull's scale where the mean is here
        r_values = r_values + math.lgamma(1 + 1 / STORED["shape"])
    estimates, sds = (frame[column].to_numpy() for column in ("estimate", "sd"))
    order = np.argsort(estimates)
    np.testing.assert_allclose((estimates[order] - r_values) / sds[order], 0, atol=0.5)


#: Residuals and figures by the kind that each function of R's gives without being asked.
BY_DEFAULT = {
    "residuals(infl)": 'infl.residuals()["estimate"]',
    "residuals(zero)": 'zero.residuals(kind="pearson")["estimate"]',
    "residuals(hurd, type = 'response')": 'hurd.residuals()["estimate"]',
    "residuals(surv)": "survreg() takes them from exp() of its linear predictor",
    "residuals(beta)": "weighted residuals",
    "residuals(rate)": "has no residuals",
}


@pytest.mark.parametrize("call", BY_DEFAULT)
def test_residuals_are_of_the_kind_that_r_gives(call: str) -> None:
    assert BY_DEFAULT[call] in re.sub(r"\n# ", " ", translated(call, named(call)))


#: What R takes back by the link alone where that is no mean of responses; other parameters.
PARAMETERS = {
    "emmeans(trun, ~ a, type = 'response')": "trun.means('a', parameter='mu')",
    "summary(emmeans(infl, ~ a), type = 'response')": "infl.means('a', parameter='mu')",
    "pairs(emmeans(infl, ~ a), type = 'response')": "'pairwise', of='a', parameter='mu'",
    "regrid(emmeans(infl, ~ a))": "infl.means('a', parameter='mu')",
    "predict(infl, type = 'conditional')": "infl.predictions(parameter='mu'",
    "emmeans(infl, ~ a)": "infl.means('a', scale='link')",
    "emmeans(infl, ~ a, component = 'cond')": "infl.means('a', scale='link')",
    "pairs(emmeans(infl, ~ a, component = 'zi'), type = 'response')": (
        "infl.contrasts('pairwise', of='a', parameter='zi')"
    ),
    "emmeans(infl, pairwise ~ a | b, component = 'zi')": "by='b', scale='link', parameter='zi'",
    "emmeans(infl, ~ a, component = 'zi', regrid = 'response')": (
        "infl.means('a', average='response', parameter='zi')"
    ),
    "emmeans(nbin, ~ b, component = 'disp')": "nbin.means('b', scale='link', parameter='alpha')",
    "emmeans(beta, ~ a, mode = 'precision')": "beta.means('a', average='response'",
    "predict(trun, near, type = 'conditional')": "R has the mean of responses above 0",
    "emmeans(nbin, ~ b, component = 'zi')": "has no such parameter",
    "emmeans(hurd, ~ a, mode = 'zero')": '.means(parameter="hu") has that of a zero',
    "emmeans(zero, ~ a, mode = 'prob0')": "of a zero of either kind is not here",
}


@pytest.mark.parametrize("call", PARAMETERS)
def test_what_r_asks_of_a_parameter_is_asked_by_its_name(call: str) -> None:
    python = re.sub(r"\n# |\n *", " ", translated(call, named(call))).replace('"', "'")
    assert PARAMETERS[call].replace('"', "'") in python


@pytest.mark.parametrize(
    ("model", "call", "python"),
    [
        ("bf(y ~ x, sigma ~ f)", "dpar = 'sigma'", "scale='link', parameter='sigma'"),
        ("bf(y ~ x, sigma ~ f)", "dpar = 'sigma', type = 'response'", "parameter='sigma'"),
        ("bf(y ~ f, sigma ~ f)", "dpar = 'mu'", "m.means('f')"),
        ("bf(y ~ f, sigma ~ f)", "epred = TRUE", "m.means('f')"),
        ("bf(y ~ f, sigma ~ f)", "dpar = 'shape'", "the family gaussian has no such parameter"),
    ],
)
def test_brms_says_by_dpar_which_parameter_means_are_of(model, call, python) -> None:
    script = f"library(brms)\nm <- brm({model}, data = d)\nemmeans(m, ~ f, {call})"
    found = re.sub(r"\n# |\n *", " ", mw.r.translate(script).python).replace('"', "'")
    assert python in found


def test_the_dispersion_of_gaussian_models_is_said_to_be_another_in_glmmtmb() -> None:
    script = "m <- glmmTMB(y ~ x, dispformula = ~ f, data = d)\nemmeans(m, ~ f, component = 'disp')"
    found = re.sub(r"\n# ", " ", mw.r.translate(script).python)
    assert "parameter='sigma'" in found.replace('"', "'")
    assert "which is twice that of sigma" in found

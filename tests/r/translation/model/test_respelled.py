"""Calls that say in their own way what formulas say here, and R's own estimates of them."""

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

STORED = json.loads((Path(__file__).parent / "reference" / "respelled.json").read_text())


def translated(call: str) -> str:
    """Return the Python of a script with one fit, its comments without line breaks."""
    python = mw.r.translate(f"m <- {call}").python
    return re.sub(r"\n# +(?!Differs|- )", " ", python)


@pytest.mark.parametrize("fit", STORED["fits"], ids=lambda fit: fit["call"])
def test_the_call_that_a_note_names_has_the_estimates_of_r(
    fit: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, columns in STORED["data"].items():
        pd.DataFrame(columns).to_csv(f"{name}.csv", index=False)
    python = translated(fit["call"])
    named = re.search(r"m\.mode\(flat=True[^)]*\)", python)
    assert named, python
    known: dict[str, Any] = {}
    exec(re.sub(r"\.fit\(\s*seed=1\s*\)", "", python), known)
    found = eval(named[0], known)
    assert found.log_likelihood == pytest.approx(fit["logLik"], abs=5e-4)
    # an effect of strata() shifts with each stratum's shape, as its note says
    others = r"\(|\||log scale" + ("|sex" if "strata" in fit["call"] else "")
    slopes = [value for name, value in fit["coef"].items() if not re.search(others, name)]
    ours = found.fixef()["estimate"].filter(regex=r"^(?!Intercept|threshold)")
    np.testing.assert_allclose(ours[: len(slopes)], slopes, atol=3e-3)


def test_the_intercept_and_scale_of_survreg_are_as_the_note_says() -> None:
    fit = STORED["fits"][0]
    found = mw.Model(
        "time | cens(max(status) - status) ~ age + sex",
        pd.DataFrame(STORED["data"]["times"]),
        "weibull",
    ).mode(flat=True)
    alpha = 1 / fit["scale"]
    assert found.parameters["alpha"] == pytest.approx(alpha, rel=1e-3)
    shift = math.lgamma(1 + 1 / alpha)
    intercept = found.fixef()["estimate"]["Intercept"] - shift
    assert intercept == pytest.approx(fit["coef"]["(Intercept)"], abs=3e-3)


MODELS = {
    "survreg(Surv(lo, hi, type = 'interval2') ~ x, d)": (
        "mw.Model('Surv(lo, hi, type = \"interval2\") ~ x', d, family='weibull')"
    ),
    "survreg(Surv(start, stop, status) ~ x, d)": (
        'mw.Model("Surv(start, stop, status) ~ x", d, family="weibull")'
    ),
    "survreg(Surv(time, dead == 1) ~ x, d)": (
        'mw.Model("Surv(time, dead == 1) ~ x", d, family="weibull")'
    ),
    "survreg(Surv(time, !gone) ~ x, d)": 'mw.Model("Surv(time, !gone) ~ x", d, family="weibull")',
    "survival::survreg(survival::Surv(d$time) ~ d$x, dist = 'exponential')": (
        'mw.Model("Surv(time) ~ x", d, family="exponential")'
    ),
    "survreg(Surv(time) ~ x, d, dist = 'loglogistic')": (
        'mw.Model("Surv(time) ~ x", d, family="loglogistic")'
    ),
    "survreg(Surv(time, status) ~ x + strata(z), d, dist = 'lognormal')": (
        'mw.Model(["Surv(time, status) ~ x", "sigma ~ factor(z)"], d, family="lognormal")'
    ),
    "betareg(y ~ x + w | z, d, link = 'probit')": (
        'mw.Model(["y ~ x + w", "kappa ~ z"], d, family="beta", link="probit")'
    ),
    "brm(bf(y ~ x, quantile = 0.9), d, family = asym_laplace())": (
        'mw.Model("y ~ x", d, family="asymmetric_laplace(quantile=0.9)")'
    ),
    "brm(y | resp_subset(x > 0) ~ x, d)": 'mw.Model("y | resp_subset(x > 0) ~ x", d)',
    "lm(cbind(y1, y2) ~ x, d)": 'mw.Model("mvbind(y1, y2) ~ x", d)',
    "lm(y ~ x, d)": 'mw.Model("y ~ x", d)',
    "betareg(y ~ x | 1, d)": 'mw.Model("y ~ x", d, family="beta")',
    "zeroinfl(y ~ x | z, d)": ('mw.Model(["y ~ x", "zi ~ z"], d, family="zero_inflated_poisson")'),
    "hurdle(y ~ x, d, dist = 'negbin')": (
        'mw.Model(["y ~ x", "hu ~ x"], d, family="hurdle_negativebinomial")'
    ),
    "hurdle(y ~ x | 1, d)": 'mw.Model("y ~ x", d, family="hurdle_poisson")',
}


@pytest.mark.parametrize("call", MODELS)
def test_a_call_becomes_formulas_and_a_family(call: str) -> None:
    python = mw.r.translate(f"m <- {call}").python
    written = next(
        ast.unparse(node.value.func.value)
        for node in ast.parse(python).body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr == "fit"
    )
    assert written == ast.unparse(ast.parse(MODELS[call]))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("survreg(Surv(t, s) ~ x + frailty(id), d)", "(1 | id) gives each id a mean of its own"),
        ("survreg(Surv(t, s) ~ x + cluster(id), d)", "(1 | id) gives each id a mean of its own"),
        ("survreg(Surv(t, s) ~ x + strata(z), d)", "with z among the terms"),
        ("survreg(Surv(t, s) ~ strata(z), d, dist = 'exponential')", "has no scale for strata()"),
        ("survreg(Surv(t, s) ~ x, d, dist = 'logistic')", 'to logistic is "t"'),
        ("survreg(Surv(t, s) ~ x, d, scale = 0.5)", "the scale is estimated"),
        ("betareg(y ~ x | z, d, link.phi = 'sqrt')", "The precision has the link log"),
        ("brm(bf(y ~ x, nu = 4), d, family = student())", "student estimates it, with a prior"),
        ("brm(k ~ x, d, family = categorical(refcat = 'b'))", "order its levels so"),
        ("brm(y | rate(n) ~ x, d, family = poisson())", "Add offset(log(n))"),
        ("betareg(y ~ x, d, type = 'BC')", "corrects estimates for bias"),
        ("zeroinfl(y ~ x, d, dist = 'binomial')", "is not available"),
        ("coxph(Surv(t, s) ~ x, d)", '"weibull") has hazards in proportion'),
        ("nlmer(y ~ f ~ x, d)", "use a spline: ns(x, df = 4)"),
        ("brm(y ~ x, d, family = wiener())", 'family="exgaussian" or "shifted_lognormal"'),
        ("glmmTMB(y ~ x, d, family = bell)", 'family="nbinom1"'),
        ("glm(y ~ x, d, family = quasipoisson)", 'family="nbinom1" has that variance'),
        ("glm(y ~ x, d, family = poison)", 'Did you mean "poisson"'),
    ],
)
def test_what_there_is_not_is_refused_with_what_serves(call: str, said: str) -> None:
    assert said in translated(call)


def test_events_coded_1_and_2_are_censored_as_survival_does() -> None:
    """Surv() takes the larger of both for the event; of 0 and 1 too."""
    zero, one = (fit["logLik"] for fit in STORED["fits"][:2])
    assert zero == one
    times = pd.DataFrame(STORED["data"]["times"])
    codes = [
        mw.Model(f"time | cens(max({name}) - {name}) ~ age", times, "weibull").spec.response
        for name in ("status", "dead")
    ]
    for response in codes:
        np.testing.assert_array_equal(response.censoring, times["censored"])


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ("m <- polr(y ~ x, d)\npredict(m)", ""),
        ("m <- polr(y ~ x, d)\npredict(m, type = 'probs')", ""),
        ("m <- multinom(y ~ x, d)\npredict(m)", ""),
        ("m <- survreg(Surv(t) ~ x, d)\npredict(m)", ""),
        ("m <- survreg(Surv(t) ~ x, d)\npredict(m, type = 'lp')", 'kind="linear"'),
        ("m <- betareg(y ~ x, d)\npredict(m)", ""),
        ("m <- betareg(y ~ x, d)\npredict(m, type = 'link')", 'kind="linear"'),
    ],
)
def test_predict_is_of_the_kind_that_each_function_gives(script: str, kind: str) -> None:
    assert f"m.predictions({kind})" in mw.r.translate(script).python

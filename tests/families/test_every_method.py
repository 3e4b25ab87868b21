"""Every method of a fit answers, or refuses in a sentence, for every family."""

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from tests.families.simulated import SIMULATED, simulated_rows

import mixwell as mw
from mixwell.families import FAMILIES

N = 60
#: Of families that differ in one part only, those that stand for the others every day.
DAILY = (
    "zero_inflated_poisson",
    "zero_inflated_beta",
    "hurdle_gamma",
    "truncated_negativebinomial",
)
COMBINED = ("zero_inflated_", "hurdle_", "truncated_")
#: Families whose fits take their time, or that are made of parts of which others are tested.
SLOW = (
    "skew_normal",
    "tweedie",
    *(name for name in FAMILIES if name.endswith(("compois", "_equidistant"))),
    *(name for name in FAMILIES if name.startswith(COMBINED) and name not in DAILY),
)


def _rows(name):
    """Rows of SciPy's responses with a factor, groups, weights and an offset."""
    data = simulated_rows(name, seed=2)[:N].copy()
    further = {
        "f": np.resize(["u", "v"], N),
        "g": np.repeat([f"g{k}" for k in range(6)], N // 6),
        "w": np.resize([1.0, 2.0], N),
        "o": np.resize([0.1, -0.1, 0.0], N),
    }
    return data.assign(**further)


def _several():
    data = _rows("gaussian").assign(k=_rows("poisson")["y"])
    formulas = ["y ~ x + f + (1 | i | g)", "k ~ x + f + (1 | i | g)"]
    return mw.Model(formulas, data, ["gaussian", "poisson"]), data


def _own():
    """A family of one's own: without moments and a sampler."""
    family = mw.custom_family(
        "plain", lambda y, mu, sigma: -np.log(sigma) - ((y - mu) / sigma) ** 2 / 2
    )
    data = _rows("gaussian")
    return mw.Model("y ~ x + f + (1 | g)", data, family), data


def _model(name):
    if name in ("several", "own"):
        return _several() if name == "several" else _own()
    if name == "cs":
        data = _rows("sratio")
        return mw.Model(f"{SIMULATED['sratio'].left} ~ x + cs(f) + (1 | g)", data, "sratio"), data
    data = _rows(name)
    term = "(1 | i | g)" if name == "categorical" else "(1 | g)"
    return mw.Model(f"{SIMULATED[name].left} ~ x + f + {term}", data, name), data


def _coefficient(fit):
    return fit.fixef().index[-1]


def _again(fit):
    """A fit from a file says the same."""
    with tempfile.TemporaryDirectory() as folder:
        family = fit.spec.family if fit.spec.family.name not in ALL_NAMES else None
        again = mw.load(fit.save(Path(folder) / "fit.nc"), family=family)
    pd.testing.assert_frame_equal(again.summary(), fit.summary())
    pd.testing.assert_frame_equal(again.predictions().frame, fit.predictions().frame)
    return again


def _mode(fit):
    """The print of the mode, whose coefficients are called as the fit's are."""
    mode = fit.mode()
    names = [n for n in mode.fixef().index if not n.startswith(("threshold", "kappa"))]
    assert names == list(fit.fixef().index)
    return str(mode)


ALL_NAMES = {*FAMILIES, "gaussian, poisson"}
ASKED: dict[str, Callable[[mw.Fit, pd.DataFrame], object]] = {
    "print": lambda fit, _: str(fit),
    "html": lambda fit, _: fit._repr_html_(),
    "summary": lambda fit, _: fit.summary(),
    "fixef": lambda fit, _: fit.fixef(),
    "ranef": lambda fit, _: fit.ranef(),
    "coef": lambda fit, _: fit.coef(),
    "VarCorr": lambda fit, _: fit.VarCorr(),
    "explain": lambda fit, _: str(fit.explain()),
    "report": lambda fit, _: str(fit.report()),
    "diagnose": lambda fit, _: str(fit.diagnose()),
    "means": lambda fit, _: str(fit.means("f")),
    "means on the link scale": lambda fit, _: str(fit.means("f", scale="link")),
    "means of existing groups": lambda fit, _: str(fit.means("f", groups="existing")),
    "means of new groups": lambda fit, _: str(fit.means("f", groups="new", seed=1)),
    "means over the data": lambda fit, _: str(fit.means("f", over="data", average="response")),
    "corrected means": lambda fit, _: str(fit.means("f", bias_adjust=True)),
    "means of scores": lambda fit, _: str(fit.means("f", scale="score")),
    "predicted scores": lambda fit, _: str(fit.predictions(kind="score")),
    "proportional odds": lambda fit, _: str(fit.proportional_odds(draws=4, seed=1)),
    "contrasts": lambda fit, _: str(fit.contrasts("pairwise", of="f")),
    "contrasts on the link scale": lambda fit, _: str(fit.contrasts("pairwise", "f", scale="link")),
    "ratios": lambda fit, _: str(fit.contrasts("pairwise", of="f", compare="ratio")),
    "comparisons": lambda fit, _: str(fit.comparisons("x")),
    "comparisons of levels as ratios": lambda fit, _: str(fit.comparisons("f", kind="ratio")),
    "lifts": lambda fit, _: str(fit.comparisons("f", kind="lift")),
    "slopes": lambda fit, _: str(fit.slopes("x")),
    "slopes of responses": lambda fit, _: str(fit.slopes("x", scale="response")),
    "predictions": lambda fit, _: str(fit.predictions()),
    "predictions of rows": lambda fit, rows: str(fit.predictions(rows, groups="existing")),
    "linear predictors": lambda fit, rows: str(fit.predictions(rows, kind="linear")),
    "new responses": lambda fit, rows: str(fit.predictions(rows, kind="response", seed=1)),
    "new groups": lambda fit, rows: str(fit.predictions(rows.assign(g="z"), groups="new", seed=1)),
    "further parameters": lambda fit, _: [
        str(fit.predictions(parameter=name)) for name in fit.spec.auxiliary
    ],
    "residuals": lambda fit, _: str(fit.residuals()),
    "Pearson residuals": lambda fit, _: str(fit.residuals("pearson")),
    "quantile residuals": lambda fit, _: str(fit.residuals("quantile", seed=1)),
    "loo": lambda fit, _: fit.loo(),
    "loo of levels": lambda fit, _: fit.loo("g"),
    "r2": lambda fit, _: fit.r2(),
    "icc": lambda fit, _: fit.icc(),
    "icc of responses": lambda fit, _: fit.icc("response", adjusted=False),
    "r2 on the latent scale": lambda fit, _: fit.r2("latent"),
    "parts of r2": lambda fit, _: fit.part_r2(),
    "design effects": lambda fit, _: fit.design_effects(),
    "standardized slopes": lambda fit, _: str(fit.slopes("x", per="sd", standardized="total")),
    "standardized contrasts": lambda fit, _: str(fit.contrasts(of="f", standardized={"f": "u"})),
    "ppc": lambda fit, _: fit.ppc(seed=1),
    "hypothesis": lambda fit, _: str(fit.hypothesis(f"{_coefficient(fit)} > 0")),
    "evidence": lambda fit, _: str(fit.evidence()),
    "compare": lambda fit, _: mw.compare({"one": fit, "other": fit}),
    "mode": lambda fit, _: _mode(fit),
    "a file": lambda fit, _: _again(fit),
    "the figure of coefficients": lambda fit, _: fit.plot.coefficients(),
    "the figure of one": lambda fit, _: fit.plot.coefficient(_coefficient(fit)),
    "the figure of levels": lambda fit, _: fit.plot.ranef(),
    "the figure of shrinkage": lambda fit, _: fit.plot.shrinkage(),
    "the figure of new responses": lambda fit, _: fit.plot.predictive(),
    "the figure of priors": lambda fit, _: fit.plot.prior_posterior(),
}
#: Figures of draws alone, whatever the family.
OF_DRAWS: dict[str, Callable[[mw.Fit, pd.DataFrame], object]] = {
    name: lambda fit, _, name=name: getattr(fit.plot, name)()
    for name in ("trace", "rank", "pair", "funnel", "autocorrelation", "running_mean", "energy")
}
OF_MODELS: dict[str, Callable[[mw.Model], object]] = {
    "print": str,
    "explain": lambda model: str(model.explain()),
    "priors": lambda model: str(model.priors),
    "bambi": lambda model: model.to_bambi(),
    "geometry": lambda model: model.geometry(),
}


def faults(asked, *given):
    """What raised something else than a sentence of the package's, by name of the question."""
    found = {}
    for name, question in asked.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", mw.MixwellWarning)  # that so few draws are too few
            try:
                assert question(*given) is not None
            except mw.MixwellError as error:
                said = str(error).split("\n")[0]
                if not said.endswith("."):
                    found[name] = said
            except Exception as error:
                found[name] = f"{type(error).__name__}: {error}"
        plt.close("all")
    return found


FITTED = [
    pytest.param(name, marks=pytest.mark.slow if name in SLOW else ())
    for name in (*SIMULATED, "several", "own", "cs")
]


@pytest.mark.parametrize("name", FITTED)
def test_every_method_answers_or_refuses_in_a_sentence(name, request):
    model, data = _model(name)
    assert faults(OF_MODELS, model) == {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mw.MixwellWarning)
        fit = model.fit(draws=60, tune=80, chains=2, seed=1, progressbar=False)
    slow = request.config.getoption("-m") == "slow"
    assert faults({**ASKED, **(OF_DRAWS if slow else {})}, fit, data.head(3)) == {}

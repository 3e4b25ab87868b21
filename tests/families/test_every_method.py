"""Every method of a fit answers, or refuses in a sentence, for families of every kind."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

N = 60
RNG = np.random.default_rng(8)
DATA = pd.DataFrame(
    {
        "x": RNG.normal(size=N),
        "f": np.resize(["u", "v"], N),
        "g": np.repeat([f"g{k}" for k in range(6)], 10),
        "y": RNG.normal(size=N),
        "k": RNG.poisson(2.0, N),
        "choice": RNG.choice(["bus", "car", "train"], N),
        "a": RNG.integers(0, 6, N),
        "b": RNG.integers(0, 6, N),
        "c": RNG.integers(1, 6, N),
        "p": RNG.uniform(0.2, 0.8, N),
    }
)
MODELS = {
    "categorical": ("choice ~ x + f + (1 | i | g)", "categorical"),
    "multinomial": ("cbind(a, b, c) ~ x + f + (1 | g)", "multinomial"),
    "dirichlet": ("cbind(p, 1 - p) ~ x + f + (1 | g)", "dirichlet"),
    "dirichlet_multinomial": ("cbind(a, b, c) ~ x + f + (1 | g)", "dirichlet_multinomial"),
    "several": (
        ["y ~ x + f + (1 | i | g)", "k ~ x + f + (1 | i | g)"],
        ["gaussian", "poisson"],
    ),
}
NEW = DATA.head(3)
ASKED: dict[str, Callable[[mw.Fit], object]] = {
    "print": str,
    "html": lambda fit: fit._repr_html_(),
    "summary": lambda fit: fit.summary(),
    "fixef": lambda fit: fit.fixef(),
    "ranef": lambda fit: fit.ranef(),
    "coef": lambda fit: fit.coef(),
    "VarCorr": lambda fit: fit.VarCorr(),
    "explain": lambda fit: str(fit.explain()),
    "report": lambda fit: str(fit.report()),
    "diagnose": lambda fit: str(fit.diagnose()),
    "means": lambda fit: str(fit.means("f")),
    "means on the link scale": lambda fit: str(fit.means("f", scale="link")),
    "means of existing groups": lambda fit: str(fit.means("f", groups="existing")),
    "means of new groups": lambda fit: str(fit.means("f", groups="new", seed=1)),
    "means over the data": lambda fit: str(fit.means("f", over="data", average="response")),
    "corrected means": lambda fit: str(fit.means("f", bias_adjust=True)),
    "contrasts": lambda fit: str(fit.contrasts("pairwise", of="f")),
    "contrasts on the link scale": lambda fit: str(fit.contrasts("pairwise", "f", scale="link")),
    "ratios": lambda fit: str(fit.contrasts("pairwise", of="f", compare="ratio")),
    "comparisons": lambda fit: str(fit.comparisons("x")),
    "comparisons of levels as ratios": lambda fit: str(fit.comparisons("f", kind="ratio")),
    "slopes": lambda fit: str(fit.slopes("x")),
    "slopes of responses": lambda fit: str(fit.slopes("x", scale="response")),
    "predictions": lambda fit: str(fit.predictions()),
    "predictions of rows": lambda fit: str(fit.predictions(NEW, groups="existing")),
    "linear predictors": lambda fit: str(fit.predictions(NEW, kind="linear")),
    "new responses": lambda fit: str(fit.predictions(NEW, kind="response", seed=1)),
    "new groups": lambda fit: str(fit.predictions(NEW.assign(g="z"), groups="new", seed=1)),
    "residuals": lambda fit: str(fit.residuals()),
    "Pearson residuals": lambda fit: str(fit.residuals("pearson")),
    "quantile residuals": lambda fit: str(fit.residuals("quantile", seed=1)),
    "loo": lambda fit: fit.loo(),
    "r2": lambda fit: fit.r2(),
    "icc": lambda fit: fit.icc(),
    "ppc": lambda fit: fit.ppc(seed=1),
    "hypothesis": lambda fit: str(fit.hypothesis(f"{fit.fixef().index[1]} > 0")),
}


@pytest.fixture(scope="module", params=MODELS)
def fit(request):
    formula, family = MODELS[request.param]
    model = mw.Model(formula, DATA, family)
    return model.fit(draws=60, tune=80, chains=2, seed=1, progressbar=False)


@pytest.mark.parametrize("asked", ASKED)
def test_every_method_answers_or_refuses_in_a_sentence(fit, asked):
    said = "answered."
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mw.MixwellWarning)  # that so few draws are too few
        try:
            assert ASKED[asked](fit) is not None
        except mw.MixwellError as error:
            said = str(error).split("\n")[0]
    assert said.endswith(".")


def test_a_file_and_the_mode_give_the_same_names(fit, tmp_path):
    again = mw.load(fit.save(tmp_path / "fit.nc"))
    assert list(again.fixef().index) == list(fit.fixef().index)
    mode = mw.Model(list(fit.spec.formulas), DATA, MODELS_OF[fit.spec.family.name]).mode()
    names = [name for name in mode.fixef().index if not name.startswith("kappa")]
    assert names == list(fit.fixef().index)


MODELS_OF = {"gaussian, poisson": ["gaussian", "poisson"], **{name: name for name in MODELS}}

"""Predictions of one category or one response, by its own name."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

RNG = np.random.default_rng(1)
N = 60
X = RNG.normal(size=N)
DATA = pd.DataFrame(
    {
        "choice": RNG.choice(["bus", "car", "train"], N),
        "stars": RNG.integers(1, 4, N),
        "y": X + RNG.normal(size=N),
        "k": RNG.poisson(np.exp(0.3 * X)),
        "x": X,
    }
)
FEW = {"draws": 20, "seed": 1, "progressbar": False}


@pytest.fixture(scope="module")
def choices():
    return mw.Model("choice ~ x", DATA, "categorical").fit(**FEW)


def of(made, column, name):
    return made.query(f"{column} == @name")["estimate"].to_numpy()


def test_a_category_called_as_a_parameter_goes_by_its_full_name() -> None:
    data = DATA.assign(choice=DATA["choice"].replace({"car": "mean", "bus": "mutrain"}))
    fit = mw.Model("choice ~ x", data, "categorical").fit(**FEW)
    every = fit.predictions().frame
    for name in ("mean", "mutrain"):
        made = fit.predictions(parameter=f"choice[{name}]")
        np.testing.assert_array_equal(made["estimate"], of(every, "category", name))
        assert made.title == f"Predicted probability of {name} of choice"
    line = fit.predictions(parameter="mutrain", kind="linear")["estimate"]  # the parameter's name
    every = fit.predictions(kind="linear").frame
    np.testing.assert_array_equal(line, of(every, "category", "train"))
    with pytest.raises(mw.DataError, match=r"choice\[mean\]"):
        fit.predictions(parameter="choice[men]")


@pytest.mark.parametrize("name", ["bus", "car", "train"])
def test_a_categorys_name_stands_for_its_probability(choices, name) -> None:
    made = choices.predictions(parameter=name)
    every = choices.predictions().frame
    np.testing.assert_array_equal(made["estimate"], of(every, "category", name))
    assert made.title == f"Predicted probability of {name} of choice"


@pytest.mark.parametrize("name", ["car", "train"])
@pytest.mark.parametrize("kind", ["mean", "linear"])
def test_the_first_linear_predictor_has_its_own_name_as_the_others_have(
    choices, name, kind
) -> None:
    made = choices.predictions(parameter=f"mu{name}", kind=kind)["estimate"]
    every = choices.predictions(kind="linear").frame
    np.testing.assert_array_equal(made, of(every, "category", name))


def test_a_ratings_name_stands_for_its_probability() -> None:
    fit = mw.Model("stars ~ x", DATA, "cumulative").fit(**FEW)
    made = fit.predictions(parameter="2")["estimate"]
    np.testing.assert_array_equal(made, of(fit.predictions().frame, "category", "2"))
    with pytest.raises(mw.DataError, match="threshold is the same in all rows"):
        fit.predictions(parameter="threshold")


@pytest.mark.parametrize("kind", ["mean", "linear"])
def test_each_of_several_responses_has_its_name(kind) -> None:
    fit = mw.Model(["y ~ x", "k ~ x"], DATA, ["gaussian", "poisson"]).fit(**FEW)
    every = fit.predictions(kind=kind).frame
    titles = {"y": "Predicted y", "k": "Predicted k"}
    if kind == "linear":
        titles["k"] = "Predicted log(k)"
    for name, title in titles.items():
        made = fit.predictions(parameter=name, kind=kind)
        np.testing.assert_array_equal(made["estimate"], of(every, "response", name))
        assert made.title == title


@pytest.mark.parametrize(
    ("parameter", "kind", "message"),
    [
        ("nope", "mean", "mucar, mutrain, bus, car, train"),
        ("car", "linear", "no linear predictor of its own"),
        ("car", "response", "drawn with all parameters"),
    ],
)
def test_names_that_stand_for_nothing_are_refused_with_those_that_do(
    choices, parameter, kind, message
) -> None:
    with pytest.raises(mw.DataError, match=message):
        choices.predictions(parameter=parameter, kind=kind)


BRMS = {
    "beta": ("share", "phi", "kappa"),
    "negativebinomial": ("k", "shape", "alpha"),
    "gamma": ("size", "shape", "alpha"),
}


@pytest.mark.parametrize("family", BRMS)
def test_parameters_go_by_brmss_names_too(family: str) -> None:
    response, theirs, ours = BRMS[family]
    data = DATA.assign(share=1 / (1 + np.exp(-DATA["y"])), size=np.exp(DATA["y"]))
    fits = [
        mw.Model([f"{response} ~ x", f"{name} ~ x"], data, family).fit(**FEW)
        for name in (theirs, ours)
    ]
    assert list(fits[0].spec.priors) == list(fits[1].spec.priors)
    found, wanted = (
        fit.means("x", parameter=name).frame for fit, name in zip(fits, (theirs, ours), strict=True)
    )
    pd.testing.assert_frame_equal(found, wanted)


def test_a_category_called_as_brms_calls_a_parameter_is_the_category() -> None:
    data = DATA.assign(choice=DATA["choice"].replace({"car": "phi"}))
    fit = mw.Model("choice ~ x", data, "categorical").fit(**FEW)
    assert fit.predictions(parameter="phi").title == "Predicted probability of phi of choice"

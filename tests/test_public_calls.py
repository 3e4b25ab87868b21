"""Arguments that a public call does not have are answered with the nearest that it has."""

import inspect
import pickle

import numpy as np
import pytest

import mixwell as mw
from mixwell import r
from mixwell.errors import DataError, MixwellError
from mixwell.progress import shows_progress
from mixwell.public_calls import public, public_methods

SLEEP = mw.load_data("sleepstudy")
FORMULA = "Reaction ~ Days + (1 | Subject)"


@pytest.fixture(scope="module")
def given():
    """Return what the lines below speak of."""
    fit = mw.Model(FORMULA, SLEEP).fit(engine="exact", draws=20, chains=2, seed=1)
    cakes = mw.Model("angle ~ recipe", mw.load_data("cake"))
    cakes = cakes.fit(engine="exact", draws=20, chains=2, seed=1)
    fm = r.lmer(FORMULA, SLEEP, draws=20, chains=2, seed=1)
    return {"mw": mw, "r": r, "fit": fit, "fm": fm, "data": SLEEP, "np": np, "cakes": cakes}


ANSWERS = {
    "fit.summary(prob=0.9)": ("summary() has no argument prob=.", 'Did you mean "ci_prob"?'),
    "fit.fixef(ci=0.9)": ("fixef() has no argument ci=.", 'Did you mean "ci_prob"?'),
    "fit.report(level=0.9)": ("report() has no argument level=.", 'Did you mean "ci_prob"?'),
    "fit.plot.coefficients(level=0.9)": ("coefficients() has no", 'Did you mean "ci_prob"?'),
    "fit.plot.trace(var_names='x')": ("trace() has no", 'Did you mean "parameters"?'),
    'fit.residuals(type="pearson")': ("residuals() has no", 'Did you mean "kind"?'),
    "fit.predictions(newdata=data)": ("predictions() has no option", 'Did you mean "data"?'),
    "fit.loo(ci_prob=0.9)": ("loo() has no argument ci_prob=.", "Choices: group, progressbar."),
    "fit.ppc(ndraws=3)": ("ppc() has no argument ndraws=.", 'Did you mean "draws"?'),
    "mw.Model('y ~ x', df=data)": ("Model() has no argument df=.", 'Did you mean "data"?'),
    "mw.Model('y ~ x', data, prior={})": ("Model() has no", 'Did you mean "priors"?'),
    'mw.Treatment(ref="a")': ("Treatment() has no argument ref=.", 'Did you mean "base"?'),
    'r.predict(fm, interval="confidence")': ("predict() has no argument interval=.", "Choices: "),
    "r.ranef(fm, probs=(0.1, 0.9))": ("ranef() has no argument probs=.", "Choices: object."),
    "fit.summary(0.9)": ("summary() takes no argument by place, not 1.", "Write names: ci_prob=."),
    "fit.explain('a', 'b')": ("explain() takes 1 argument by place, not 2.", "name=, ci_prob=."),
    "fit.diagnose(1)": ("diagnose() takes no arguments.", ""),
    "fit.slopes()": ("slopes() needs variable=.", ""),
    "mw.Model()": ("Model() needs formula=, data=.", ""),
    "r.lmer('y ~ x')": ("lmer() needs data=.", ""),
    "fit.means('Days', of='Days')": ("means() is given of= twice, by place and by name.", ""),
}


@pytest.mark.parametrize(("line", "answer"), ANSWERS.items())
def test_an_argument_that_a_call_does_not_have_is_answered_with_the_nearest(line, answer, given):
    with pytest.raises(DataError) as refused:
        eval(line, given)
    said, hint = answer
    assert said in str(refused.value)
    assert hint in str(refused.value)


VALUES = {
    "cakes.means('recipe', at={'recipe': []})": "at= needs one or more levels for recipe.",
    "fit.means('Days', at={'Days': data})": "not a value of type DataFrame.",
    "fit.slopes(data)": "about a value of type DataFrame, which is no variable",
    "fit.means('Days')['zzz']": "The estimates have no such column.",
    "fit.means('Days', bias_adjust=1e308)": "is no standard deviation",
    "fit.comparisons('Days', step=1e308)": "says no change of Days",
    "fit.predictions({'Days': [[1, 2], [3, 4]]})": "",
    "fit.predictions({'Days': np.ones((2, 2))})": '"Days" has more than one value a row.',
    "fit.predictions({'Days': [1, 2], 'Subject': ['308']})": "differ in length",
    "mw.Model('Reaction ~ 1 + (1|Subject)', data)"
    ".log_marginal_likelihood(sd={'Subject': 1}, sigma=0)": "Floats do not hold the likelihood",
    "mw.compare([fit, 3])": "fits['fit2'] is no fit but of type int.",
    "mw.compare({'a': fit, 'b': 3})": "fits['b'] is no fit but of type int.",
    "mw.compare([fit])": "at least two fits",
    "mw.compare(fit)": "at least two fits",
    "mw.compare(fit, 'evidence')": "fits['fit2'] is no fit but of type str.",
    "r.brm('Reaction ~ Days', data, prior='normal(0, 1)')": "prior= has 'normal(0, 1)' in it.",
}


@pytest.mark.parametrize(("line", "said"), VALUES.items())
def test_a_value_that_a_call_cannot_take_is_refused_in_a_short_sentence(line, said, given):
    with pytest.raises(MixwellError) as refused:
        eval(line, given)
    assert said in str(refused.value)
    assert len(str(refused.value)) < 400


def test_new_data_may_come_from_what_is_read_once(given):
    ones = given["fit"].predictions({"Days": iter([1.0, 2.0])})
    assert ones["Days"].tolist() == [1.0, 2.0]


def test_fits_of_a_list_are_compared_by_their_place(given):
    fit = given["fit"]
    named = mw.compare({"fit1": fit, "fit2": fit}, by="evidence")
    assert mw.compare([fit, fit], by="evidence").equals(named)
    assert mw.compare(fit, fit, by="evidence").equals(named)


def test_the_call_keeps_its_name_docstring_and_signature():
    assert mw.Fit.means.__name__ == "means"
    assert "marginal means" in str(mw.Fit.means.__doc__)
    assert list(inspect.signature(mw.Model).parameters)[:3] == ["formula", "data", "family"]
    assert list(inspect.signature(r.lmer).parameters)[:3] == ["formula", "data", "REML"]


def test_an_error_of_types_inside_a_call_stays_as_it_is():
    @public
    def broken(value: int) -> int:
        return value + "text"  # type: ignore[operator]

    with pytest.raises(TypeError, match="unsupported operand"):
        broken(1)


def test_a_private_method_of_a_class_is_left_alone():
    @public_methods
    class Kind:
        def _inner(self) -> None: ...

    with pytest.raises(TypeError, match="unexpected keyword"):
        Kind()._inner(x=1)  # type: ignore[call-arg]


def test_what_is_made_by_a_public_class_can_be_pickled():
    assert pickle.loads(pickle.dumps(mw.Treatment("a"))) == mw.Treatment("a")


def test_a_bar_that_is_not_wanted_is_hidden_in_all_that_a_call_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    @public
    def call(progressbar: bool | None = None) -> bool:
        return shows_progress()

    assert [call(), call(progressbar=False), call(False), call(progressbar=True)] == [
        True,
        False,
        False,
        True,
    ]

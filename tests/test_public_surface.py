"""Every public call answers every wrong argument in a sentence of ours.

Calls and their arguments are found by introspection: a new public name, method or argument is tried
without being entered here. Only one that cannot do without an argument under a name of its own
needs a right value of it in `RIGHT`.
"""

import inspect
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest

import mixwell as mw
from mixwell import r
from mixwell.design import Design
from mixwell.design.sums.sums import Sums
from mixwell.diagnose import Findings
from mixwell.errors import MixwellError, MixwellWarning
from mixwell.infer.exact.evidence import Evidence
from mixwell.infer.exact.leave_group_out import LeftOut
from mixwell.infer.modes.point_estimate import PointEstimate
from mixwell.infer.settings import Settings
from mixwell.interpret.changes.average_effects import effect
from mixwell.interpret.changes.comparisons import comparisons
from mixwell.interpret.changes.slopes import slopes
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.means.averaging_task import Options
from mixwell.interpret.means.estimands import contrasts, means
from mixwell.interpret.reasons.why import Reasons
from mixwell.interpret.sentences.explanation import Explanation
from mixwell.interpret.simple.simple_effects import SimpleEffects, simple_effects
from mixwell.plots.fit_figures import Plots
from mixwell.recipe import Recipe
from mixwell.report.paper import ModelReport


class Thing:
    """An object that no call can know."""

    def __repr__(self) -> str:
        return "<a thing>"


#: Values that are right for few arguments: each is tried for every one.
VALUES: tuple[object, ...] = (
    *(None, float("nan"), pd.NA, float("inf"), True, 0, -1, 0.5, 10**30, 1e308, 1j),
    *("", "nonsense", "3", "]a(b~", b"x"),
    *([], ["nonsense", "x"], [3, 1, 2], ["x", None, 1.5], [[1, 2], [3]], (1.0, 1.0)),
    *({}, {"nonsense": [1, 2]}, {"x": [1.0, 2.0], "f": ["a"]}, {"x": None}, {1: 2}, {"x"}),
    *(np.zeros((2, 2)), np.array([]), np.array(3.0), pd.DataFrame(), pd.Series([1.0, np.nan])),
    *(len, int, Thing()),
)
#: What contradicts an annotation, and must be refused rather than taken for something else.
CONTRADICTIONS: dict[object, tuple[object, ...]] = {
    bool: (None, 2, 0.5, "no", "False", [], [True], {}, float("nan"), Thing()),
    bool | None: (2, 0.5, "no", [], {}, float("nan"), Thing()),
    int: (None, True, 0.5, -1, "3", [], float("nan"), Thing()),
    int | None: (True, 0.5, -1, "3", [], float("nan"), Thing()),
    float: (None, True, "3", [], {}, float("nan"), Thing()),
    float | None: (True, "3", [], {}, float("nan"), Thing()),
    str: (None, True, 3, 0.5, [], {}, b"x", Thing()),
    str | None: (True, 3, 0.5, [], {}, b"x", Thing()),
}


@cache
def data() -> pd.DataFrame:
    """Return 24 rows in six groups: numbers `y` and `x`, a factor `f`, a count `n`."""
    rng = np.random.default_rng(1)
    x = np.tile([0.0, 1.0, 2.0, 3.5], 6)
    y = x + rng.normal(size=6).repeat(4) + rng.normal(size=24)
    groups = np.repeat([f"g{i}" for i in range(6)], 4)
    return pd.DataFrame({"y": y, "x": x, "f": list("aabb") * 6, "g": groups, "n": range(24)})


def log_density(y: Any, mu: Any) -> Any:
    """A log density of a user's own."""
    return -0.5 * (y - mu) ** 2


@cache
def model() -> mw.Model:
    return mw.Model("y ~ x + f + (1 | g)", data())


@cache
def fit() -> mw.Fit:
    return model().fit(engine="exact", draws=20, chains=2, seed=1)


@cache
def sums() -> Sums:
    """Return the sums of the model's rows, which a table elsewhere has."""
    mw.options.rows_in_memory = 0
    try:
        table = pl.from_pandas(data()).lazy()
        return mw.Model("y ~ x + f + (1 | g)", table).reduction()
    finally:
        mw.options.rows_in_memory = None


@cache
def times() -> mw.Fit:
    """Return a fit of times until an event."""
    waited = data().assign(y=data()["y"].abs() + 0.1)
    model = mw.Model("y ~ x + f + (1 | g)", waited, "exponential")
    return model.fit(engine="exact", draws=20, chains=2, seed=1)


@cache
def r_fit() -> Any:
    return r.lmer("y ~ x + f + (1 | g)", data(), draws=20, chains=2, seed=1)


#: Values whose methods are public: the results of public calls, each with its type.
SUBJECTS: dict[str, tuple[type, Callable[[], Any]]] = {
    "model": (mw.Model, model),
    "model.design": (Design, lambda: model().design),
    "model.explain()": (Explanation, lambda: model().explain()),
    "fit": (mw.Fit, fit),
    "fit.plot": (Plots, lambda: fit().plot),
    "fit.means()": (Estimates, lambda: fit().means("f")),
    "fit.simple_effects()": (SimpleEffects, lambda: fit().simple_effects(["f", "x"])),
    "fit.why()": (Reasons, lambda: fit().why(fit().means("f"))),
    "fit.mode()": (PointEstimate, lambda: fit().mode()),
    "fit.diagnose()": (Findings, lambda: fit().diagnose()),
    "fit.report()": (ModelReport, lambda: fit().report()),
    "fit.evidence()": (Evidence, lambda: fit().evidence()),
    "fit.loo(group)": (LeftOut, lambda: fit().loo("g")),
}
#: Calls that are about times, with the values that they are tried on.
OF_TIMES: dict[str, Callable[[], Any]] = {
    "fit.survival": times,
    "fit.restricted_means": times,
    "fit.time_quantiles": times,
    "fit.hazard_ratios": times,
    "fit.time_ratios": times,
    "fit.plot.survival": lambda: times().plot,
}
#: Calls that are about differences, or standardized ones, not about means.
OF_DIFFERENCES: dict[str, Callable[[], Any]] = {
    "fit.means().standardized": lambda: fit().contrasts(of="f"),
    "fit.means().odds_ratios": lambda: fit().contrasts(of="f").standardized(),
}
#: Right values of arguments that have no default, and of some whose default takes long.
RIGHT: dict[str, Callable[[], object]] = {
    "formula": lambda: "y ~ x + f + (1 | g)",
    "data": data,
    "of": lambda: "f",
    "variable": lambda: "x",
    "treatment": lambda: "f",
    "var": lambda: "x",
    "specs": lambda: "f",
    "hypotheses": lambda: "x > 0",
    "hypothesis": lambda: "x > 0",
    "table": lambda: fit().means("f"),
    "sd": lambda: {"g": [1.0]},
    "rope": lambda: 0.1,
    "name": lambda: "x",
    "fits": lambda: {"a": fit(), "b": fit()},
    "object": r_fit,
    "mod": r_fit,
    "x": r_fit,
    "prior": lambda: "normal(0, 1)",
    "text": lambda: "x <- 2",
    "ci_prob": lambda: 0.9,
    "matrix": lambda: [[0.0], [1.0]],
    "rows": lambda: [[-1.0, 1.0]],
    "draws": lambda: 20,
    "factor": lambda: "g",
    "parameters": lambda: ["sigma"],
    "until": lambda: 2.0,
    "sums": lambda: [sums(), sums()],
    "minimum": lambda: 2,
}
#: Right values that only one call needs.
OWN: dict[str, dict[str, Callable[[], object]]] = {
    "load_data": {"name": lambda: "cake"},
    "zero_inflated": {"family": lambda: "poisson"},
    "hurdle": {"family": lambda: "gamma"},
    "custom_family": {"log_density": lambda: log_density},
    "fit.means().hypothesis": {"hypotheses": lambda: "b > a"},
    "model.log_marginal_likelihood": {"sigma": lambda: 1.0, "sd": lambda: {"g": [1.0]}},
    "r.contrast": {"object": lambda: r.emmeans(r_fit(), "f")},
    "r.pairs": {"x": lambda: r.emmeans(r_fit(), "f")},
    "r.eff_size": {"object": lambda: r.emmeans(r_fit(), "f")},
    "r.icc": {"model": r_fit},
    "r.r2": {"model": r_fit},
    "r.regrid": {"object": lambda: r.emmeans(r_fit(), "f")},
    "r.cld": {"object": lambda: r.emmeans(r_fit(), "f")},
    "r.lm": {"formula": lambda: "y ~ x"},
    "r.glm": {"formula": lambda: "y ~ x", "data": data},
    "r.brm": {"iter": lambda: 40, "chains": lambda: 2},
    "model.fit": {"engine": lambda: "exact"},
    "fit.contrasts": {"of": lambda: "f"},
    "fit.simple_effects": {"of": lambda: ["f", "x"]},
    "r.glmer_nb": {"data": lambda: data().assign(y=data()["n"])},
}
VERBS = (means, contrasts, slopes, comparisons, effect, simple_effects)
#: What may be given by name beyond a signature, by the name of what collects it there.
FURTHER: dict[str, tuple[str, ...]] = {
    "options": (
        *Options.names(),
        *dict.fromkeys(
            name for verb in VERBS for name in list(inspect.signature(verb).parameters)[1:]
        ),
    ),
    "changes": ("formula", *Recipe.names(), *Settings.names()),
    "sampler": ("random_seed",),
    "fitting": ("draws", "random_seed"),
    "arguments": ("draws", "weights"),
}


def calls() -> Iterator[str]:
    """Yield every public call by name; `found` finds it."""
    for name in mw.__all__:
        thing = getattr(mw, name)
        refusal = isinstance(thing, type) and issubclass(thing, Exception | Warning)
        if callable(thing) and not refusal and thing is not mw.Fit:
            yield name
    yield from (f"r.{name}" for name in r.__all__ if name not in ("Translation", "bf"))
    for subject, (kind, _) in SUBJECTS.items():
        for name in dir(kind):
            thing = inspect.getattr_static(kind, name)
            if not name.startswith("_") and callable(thing):
                yield f"{subject}.{name}"


CALLS = tuple(calls())
#: Arguments of R's that are taken with a warning whatever they are: a few values of each will do.
WITHOUT_EFFECT = ("control", "start", "verbose", "cores", "thin", "backend", "file", "refresh")
#: Calls that take no number of draws, or under another name.
NO_DRAWS = ("r.brm", "r.get_prior")
#: Calls that this fit has no answer to, and says so.
WITHOUT_ANSWER = ("fit.plot.energy", "fit.proportional_odds", "model.reduction")


def found(name: str) -> Callable[..., object]:
    subject, _, last = name.rpartition(".")
    if subject in SUBJECTS:
        others = {**OF_TIMES, **OF_DIFFERENCES}
        return getattr(others.get(name, SUBJECTS[subject][1])(), last)
    thing = getattr(r if subject == "r" else mw, last)
    if isinstance(thing, type) and hasattr(thing, "code"):  # a contrast is asked for its columns
        made = lambda *args, **given: thing(*args, **given).code(["a", "b"])  # noqa: E731
        made.__signature__ = inspect.signature(thing)  # type: ignore[attr-defined]
        return made
    return thing


def arguments(function: Callable[..., object]) -> dict[str, object]:
    """Return the names of a call's arguments, each with its annotation."""
    known: dict[str, object] = {}
    for each in inspect.signature(function).parameters.values():
        if each.kind is each.VAR_KEYWORD:
            known |= dict.fromkeys((*FURTHER.get(each.name, ()), "nonsense"), object)
        elif each.kind is not each.VAR_POSITIONAL:
            known[each.name] = each.annotation
    return known


@pytest.fixture
def right(tmp_path: Path) -> Callable[[str], dict[str, object]]:
    """Return a maker of the right arguments of a call."""

    def make(name: str) -> dict[str, object]:
        function, path = found(name), tmp_path / "fit.nc"
        if name == "load":
            fit().save(path)
        if name == "resume":
            fit().refit(draws=20, checkpoint=path)
        if name == "load_reduction":
            sums().save(path)
        known = {**RIGHT, "path": lambda: path, **OWN.get(name, {})}
        signature = inspect.signature(function).parameters
        needed = [
            each.name
            for each in signature.values()
            if each.default is each.empty
            and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
        ]
        fits = name.endswith(".fit") or {"fitting", "arguments"} & set(signature)
        quick = ("draws",) if fits and name not in NO_DRAWS else ()
        wanted = [*needed, *OWN.get(name, ()), *quick]
        return {argument: known[argument]() for argument in wanted}

    return make


def answer(call: Callable[..., object], given: dict[str, object]) -> str:
    """Return "refused", "accepted", or what else became of a call."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", MixwellWarning)
        try:
            call(**given)
        except MixwellError:
            return "refused"
        except Exception as error:
            return f"{type(error).__name__}: {str(error).splitlines()[:1]}"
        finally:
            plt.close("all")
    return "accepted"


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_argument_is_refused_in_a_sentence(name, right, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    call, given = found(name), right(name)
    raw = []
    for argument in arguments(call):
        for value in VALUES[:: 8 if argument in WITHOUT_EFFECT else 1]:
            became = answer(call, {**given, argument: value})
            if became not in ("refused", "accepted"):
                raw.append(f"{argument}={value!r:.40} -> {became}")
    assert raw == []


@pytest.mark.parametrize("name", CALLS)
def test_a_value_that_contradicts_the_annotation_is_refused(name, right, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    call, given = found(name), right(name)
    taken = []
    for argument, annotation in arguments(call).items():
        for value in CONTRADICTIONS.get(annotation, ()):
            became = answer(call, {**given, argument: value})
            if became != "refused":
                taken.append(f"{argument}={value!r:.40} -> {became}")
    assert taken == []


@pytest.mark.parametrize("name", CALLS)
def test_an_argument_of_no_call_one_too_many_and_none_at_all_are_answered(name, right):
    call, given = found(name), right(name)
    assert answer(call, {**given, "an_argument_of_no_call": 1}) == "refused"
    takes = inspect.signature(call).parameters.values()
    if not any(each.kind is each.VAR_POSITIONAL for each in takes):
        assert answer(lambda: call(*range(20)), {}) == "refused"
    if given:
        assert answer(call, {}) in ("refused", "accepted")


@pytest.mark.parametrize("name", CALLS)
def test_a_right_call_is_answered(name, right):
    expected = "refused" if name in WITHOUT_ANSWER else "accepted"
    assert answer(found(name), right(name)) == expected

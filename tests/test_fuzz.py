"""Frames x formulas x calls: whatever a user asks, there is an answer or a sentence of ours.

Every example builds a model that is drawn at random, fits it with few draws, and calls what a fit
offers, in any order. No exception but `MixwellError`, no warning but `MixwellWarning`, estimates
finite or said to be not estimable; a fit that was saved and read answers as before, and so does one
whose rows come in another order or another kind of table. What the exact engine does not take is
built in PyMC and evaluated near its start in the place of NUTS, which compiles too long for each.
By hand, for other examples every time, and with NUTS itself:

    MIXWELL_FUZZ=10000 uv run pytest tests/test_fuzz.py
    MIXWELL_FUZZ=20 MIXWELL_FUZZ_NUTS=1 uv run pytest tests/test_fuzz.py
"""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from matplotlib import pyplot as plt
from tests.fuzz.models import PLAIN, Written, models, rarely, table
from typer.testing import CliRunner

import mixwell as mw
from mixwell import r
from mixwell.cli import app
from mixwell.plots.fit_figures import FIGURES
from mixwell.text.names import quote_name

BY_HAND = int(os.environ.get("MIXWELL_FUZZ", "0"))
NUTS_ITSELF = bool(os.environ.get("MIXWELL_FUZZ_NUTS"))
#: Building a model in PyMC takes as long as all else: by hand more of them.
ENGINES = (
    ["auto", "nuts", "direct", "direct", *["exact"] * 4]
    if BY_HAND
    else ["auto", "direct", "direct", *["exact"] * 17]
)
ENGINES = ["nuts"] if NUTS_ITSELF else ENGINES
TABLES = ["ranef", "coef", "fixef", "VarCorr", "r2", "icc", "loo", "report", "diagnose", "explain"]
TABLES += ["evidence", "mode", "_repr_html_"]
VERBS = ["fixef", "ranef", "coef", "VarCorr", "sigma", "fitted", "confint", "logLik", "summary"]
VERBS += ["isSingular", "prior_summary", "predict", "emmeans", "emtrends", "pairs"]
#: How often a model that was refused is followed by another one, before a plain one.
ATTEMPTS = 3
DRAWS: dict[str, Any] = {"draws": 25, "tune": 25, "chains": 2, "seed": 1, "progressbar": False}


def once_in(count: int) -> st.SearchStrategy[bool]:
    """Ask for what takes long once in so many times, by hand four times as often."""
    return rarely(max(count // 4, 1) if BY_HAND else count, st.just(True), False)


@contextmanager
def ours() -> Iterator[None]:
    """Let refusals and warnings of ours pass, and nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", mw.MixwellWarning)
        with suppress(mw.MixwellError):
            yield


def require_finite_or_said(found: Any) -> None:
    numbers = found.frame.select_dtypes("number").drop(columns=list(found.factors), errors="ignore")
    numbers = numbers.drop(columns=["evidence_ratio", "probability"], errors="ignore")
    unknown = numbers.isna().any(axis=1)
    said = str(found)
    assert not np.isinf(numbers.to_numpy(dtype=float)).any() or "beyond" in said, said
    if unknown.any():
        assert any(word in said for word in ("estimable", "not known", "beyond")), said


def require_equal(one: Any, two: Any) -> None:
    """Require the same numbers, bit by bit, with the same words."""
    np.testing.assert_array_equal(one.samples, two.samples)
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert one.notes == two.notes


class Calls(RuleBasedStateMachine):
    """A user who builds a model, fits it and asks it everything, in any order."""

    fit: mw.Fit | None = None

    @initialize(data=st.data())
    def build(self, data: st.DataObject) -> None:
        for _ in range(ATTEMPTS):
            kind = data.draw(rarely(6, st.sampled_from(["polars", "arrow"]), "pandas"))
            engine = data.draw(st.sampled_from(ENGINES))
            layout = st.sampled_from(["centered", "noncentered", "mixed", "whitened"])
            self.try_model(data.draw(models()), kind, engine, data.draw(rarely(6, layout, "auto")))
            event("fitted" if self.fit else "refused")
            if self.fit is not None:
                return
        self.try_model(PLAIN, "pandas", "exact", "auto")
        assert self.fit is not None

    def try_model(self, written: Written, kind: str, engine: str, parameterization: str) -> None:
        self.written, self.frame, self.who = written, written.frame, written.who
        with ours():
            model = mw.Model(
                written.formula, written.given(kind), written.family, **written.choices
            )
            for printed in (model, model.spec, model.explain(), model.priors):
                assert str(printed)
            asked = {"parameterization": parameterization} if engine == "nuts" else {}
            self.fit = model.fit(engine=engine, **asked, **DRAWS)
        if self.fit is None:
            return
        event(f"drawn by {self.fit.engine['name']}")
        assert str(self.fit)
        table = self.fit.summary()[["estimate", "sd", "lower", "upper"]]
        assert np.isfinite(table.to_numpy()).all(), table

    @property
    def fitted(self) -> mw.Fit:
        assert self.fit is not None
        return self.fit

    def variable(self, which: str) -> str:
        return self.who[which]

    def seen(self, which: str) -> Any:
        """Return a value of a column, as a user would read it off the frame."""
        return self.frame[self.who[which]].iloc[0]

    scales = st.sampled_from(["response", "link"])
    treatments = st.sampled_from(["population", "population", "existing", "new", "mixed"])
    averages = st.sampled_from(["grid", "grid", "data"])
    parts = rarely(2, st.sampled_from("xfgh"))
    widths = rarely(5, st.sampled_from([0.5, 0.99]))

    def options(self, data: st.DataObject) -> dict[str, Any]:
        """Return options of means, slopes and comparisons."""
        asked: dict[str, Any] = {
            "scale": data.draw(self.scales),
            "groups": data.draw(self.treatments),
            "over": data.draw(self.averages),
            "ci_prob": data.draw(self.widths),
            "seed": 1,
        }
        weights = st.sampled_from(["proportional", "outer", "cells"])
        asked["weights"] = data.draw(rarely(4, weights, "equal"))
        if data.draw(rarely(6, st.just(True), False)):
            asked["rope"] = 0.1
        at = data.draw(rarely(4, st.sampled_from("xfgh")))
        if at:
            value = self.seen(at)
            values = [value, [value, value], "quartiles", "unique", "never seen", [0.5, 2]]
            asked["at"] = {self.variable(at): data.draw(st.sampled_from(values))}
        return asked

    @rule(data=st.data(), of=st.sampled_from("xfgh"), by=parts)
    def means(self, data: st.DataObject, of: str, by: str | None) -> None:
        kinds = ["pairwise", "eff", "sequential", "poly", "helmert", "reference", "del.eff"]
        kind, options = data.draw(st.sampled_from(kinds)), self.options(data)
        if data.draw(rarely(5, st.just(True), False)):
            options["bias_adjust"] = True
        with ours():
            found = self.fitted.means(self.variable(of), by and self.variable(by), **options)
            require_finite_or_said(found)
            self.read(found)
            require_finite_or_said(found.contrasts(kind))
            require_finite_or_said(found.contrasts({"own": [1.0] + [0.0] * (len(found) - 1)}))
            assert found.labels
            require_finite_or_said(found.hypothesis(f"{quote_name(found.labels[0])} > 0"))

    def read(self, found: Any) -> None:
        """Look at estimates in every way there is but figures."""
        assert found._repr_html_()
        assert len(found.diagnostics()) == len(found.draws.row) == len(found)
        require_finite_or_said(found.with_interval(0.5))
        require_finite_or_said(found.with_rope(0.1))

    @rule(data=st.data(), of=st.sampled_from("xf"), by=parts)
    def changes(self, data: st.DataObject, of: str, by: str | None) -> None:
        variable, within = self.variable(of), by and self.variable(by)
        options = self.options(data)
        delta = data.draw(rarely(4, st.just(0.01)))
        steps = ["sd", (0.0, 1.0), 0.5, "reference", "sequential", "pairwise"]
        further = {
            "step": data.draw(rarely(2, st.sampled_from(steps))),
            "kind": data.draw(rarely(3, st.sampled_from(["ratio", "lift"]), "difference")),
        }
        with ours():
            require_finite_or_said(self.fitted.slopes(variable, within, delta=delta, **options))
        with ours():
            require_finite_or_said(self.fitted.comparisons(variable, within, **further, **options))

    @rule(
        kind=st.sampled_from(["mean", "response", "linear"]),
        groups=treatments,
        rows=st.sampled_from([None, 1, 3]),
        asked=st.sampled_from(["", "", "g", "h", "f", "x"]),
    )
    def predictions(self, kind: Any, groups: str, rows: int | None, asked: str) -> None:
        data = None if rows is None else self.frame.head(rows).copy()
        if data is not None and asked:
            data[self.variable(asked)] = data[self.variable(asked)].astype(object)
            data.loc[data.index[0], self.variable(asked)] = "never seen"
        with ours():
            found = self.fitted.predictions(data, kind, groups=groups, seed=1)
            require_finite_or_said(found)
            if rows:
                self.read(found)

    @rule(
        other=st.sampled_from(
            ["shuffled", "turned around", "polars", "arrow", "no response", "further column"]
        ),
        kind=st.sampled_from(["mean", "linear"]),
        groups=st.sampled_from(["population", "existing"]),
    )
    def the_same_rows_otherwise(self, other: str, kind: Any, groups: str) -> None:
        rows = self.frame.drop(columns="other", errors="ignore").dropna()
        order = np.arange(len(rows))[::-1] if other == "shuffled" else np.arange(len(rows))
        changed = {
            "shuffled": lambda: rows.iloc[order],
            "turned around": lambda: rows[rows.columns[::-1]],
            "polars": lambda: table(rows, "polars"),
            "arrow": lambda: table(rows, "arrow"),
            "no response": lambda: rows.drop(columns=self.variable("y")),
            "further column": lambda: rows.assign(further=1),
        }
        with ours():
            plain = self.fitted.predictions(rows, kind, groups=groups)
            found = self.fitted.predictions(changed[other](), kind, groups=groups)
            of_rows = plain.samples.reshape(len(rows), -1)  # categories of a row stand together
            expected = of_rows[order].reshape(plain.samples.shape)
            np.testing.assert_allclose(found.samples, expected, rtol=1e-9, atol=1e-12)
            event(f"predicted otherwise: {other}")

    @rule(
        strange=st.sampled_from(
            ["no rows", "no columns", "text", "floats", "gaps", "list", "twice", "one column less"]
        ),
        kind=st.sampled_from(["mean", "response"]),
        groups=treatments,
        part=st.sampled_from("xfghy"),
    )
    def predictions_on_strange_rows(self, strange: str, kind: Any, groups: str, part: str) -> None:
        name, frame = self.variable(part), self.frame
        changed = {
            "no rows": lambda: frame.head(0),
            "no columns": lambda: frame[[]],
            "text": lambda: frame.assign(**{name: frame[name].astype(str)}),
            "floats": lambda: frame.assign(**{name: 0.5}),
            "gaps": lambda: frame.assign(**{name: None}),
            "list": lambda: frame.to_dict("list"),
            "twice": lambda: pd.concat([frame, frame]),
            "one column less": lambda: frame.drop(columns=name),
        }
        rows = changed[strange]()
        with ours():
            require_finite_or_said(self.fitted.predictions(rows, kind, groups=groups, seed=1))

    @rule(wider=st.booleans())
    def hypotheses(self, wider: bool) -> None:
        with ours():
            names = list(self.fitted.summary().index)
            for name in names:
                require_finite_or_said(self.fitted.hypothesis(f"{name} > 0"))
                assert self.fitted.explain(name).name == name
            if wider:
                text = f"2 * {names[0]} - {names[-1]} = 0.5"
                require_finite_or_said(self.fitted.hypothesis(text, rope=0.1))
                require_finite_or_said(self.fitted.hypothesis({"own": f"exp({names[0]}) < 1"}))

    @rule(kind=st.sampled_from(["response", "pearson", "quantile"]))
    def residuals(self, kind: Any) -> None:
        with ours():
            require_finite_or_said(self.fitted.residuals(kind, seed=1))

    @rule(
        call=st.sampled_from(TABLES),
        width=widths,
    )
    def tables(self, call: str, width: float | None) -> None:
        wide = {"ranef", "coef", "fixef", "VarCorr", "r2", "icc", "report", "explain"}
        with ours():
            assert str(getattr(self.fitted, call)(**({"ci_prob": width} if call in wide else {})))

    @rule(part=st.sampled_from("gh"))
    def levels_left_out(self, part: str) -> None:
        with ours():
            assert str(self.fitted.loo(self.variable(part)))

    @rule()
    def new_responses(self) -> None:
        with ours():
            drawn = self.fitted.ppc(seed=1)["posterior_predictive"].to_dataset()
            assert all(np.isfinite(values).all() for values in drawn.data_vars.values())

    @rule(asked=once_in(4))
    def draws_for_others(self, asked: bool) -> None:
        if not asked:
            return
        with ours():
            assert set(self.fitted.posterior) <= set(self.fitted.idata["posterior"])

    @rule(call=st.sampled_from(VERBS))
    def verbs_of_r(self, call: str) -> None:
        x, f = self.variable("x"), self.variable("f")
        further = {"emmeans": [f], "emtrends": [f"~ {quote_name(f)}", x]}
        with ours():
            if call == "pairs":
                assert str(r.pairs(r.emmeans(self.fitted, f)))
            else:
                assert str(getattr(r, call)(self.fitted, *further.get(call, []))) is not None

    @rule(name=st.sampled_from(list(FIGURES)), asked=once_in(24))
    def figures(self, name: str, asked: bool) -> None:
        if not asked:
            return
        with ours(), mpl.rc_context({"backend": "agg", "figure.max_open_warning": 0}):
            names = [self.fitted.summary().index[0]] if name == "coefficient" else []
            figure = getattr(self.fitted.plot, name)(*names)
            figure.canvas.draw()
        plt.close("all")

    @rule(of=st.sampled_from("xfg"), asked=once_in(4))
    def figure_of_means(self, of: str, asked: bool) -> None:
        if not asked:
            return
        with ours(), mpl.rc_context({"backend": "agg"}):
            self.fitted.means(self.variable(of)).plot().canvas.draw()
        plt.close("all")

    @rule(
        change=st.sampled_from(
            ["nothing", "draws", "formula", "data", "priors", "family", "contrasts", "missing"]
        ),
        asked=once_in(2),
    )
    def refit(self, change: str, asked: bool) -> None:
        if not asked:
            return
        y = quote_name(self.variable("y"))
        changes: dict[str, dict[str, Any]] = {
            "nothing": {},
            "draws": {"draws": 30, "chains": 1},
            "formula": {"formula": f"{y} ~ 1 + (1 | h)"},
            "data": {"data": self.frame.head(20)},
            "priors": {"priors": {"b": "Normal(0, 3)"}},
            "family": {"family": "student" if self.written.family == "gaussian" else "gaussian"},
            "contrasts": {"contrasts": {self.variable("f"): "sum"}},
            "missing": {"missing": "error"},
        }
        with ours():
            again = self.fitted.refit(**changes[change])
            assert str(again)
            if change == "nothing":
                assert again.posterior.equals(self.fitted.posterior)
            for by in ("loo", "evidence"):
                assert len(mw.compare({"one": self.fitted, "two": again}, by=by)) == 2

    @rule(asked=once_in(3))
    def save_and_load(self, asked: bool) -> None:
        if not asked:
            return
        with ours(), tempfile.TemporaryDirectory() as folder:
            read = mw.load(self.fitted.save(Path(folder, "fit.nc")))
            assert str(read) == str(self.fitted)
            pd.testing.assert_frame_equal(read.summary(), self.fitted.summary())
            pd.testing.assert_frame_equal(read.ranef(), self.fitted.ranef())
            both, self.fit = (read, self.fitted), read
            for groups in ("population", "existing", "new"):
                rows = self.frame if groups == "existing" else self.frame.head(3)
                require_equal(*(f.predictions(rows, groups=groups, seed=1) for f in both))
            require_equal(*(f.predictions() for f in both))
            require_equal(*(f.means(self.variable("f")) for f in both))

    @rule(
        ending=st.sampled_from([".csv", ".parquet", ".feather"]),
        out=rarely(8 if BY_HAND else 40, st.just(True), False),
        asked=once_in(4),
    )
    def command(self, ending: str, out: bool, asked: bool) -> None:
        written = self.written
        if not asked:
            return
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, f"data{ending}")
            try:
                write = {".csv": "to_csv", ".parquet": "to_parquet", ".feather": "to_feather"}
                rows = self.frame.reset_index(drop=True).drop(columns="other", errors="ignore")
                getattr(rows, write[ending])(file)
            except Exception:  # what these formats do not hold
                return
            asked = ["fit", str(file), *written.formula, "--family", written.family]
            asked += ["--engine", "exact", "--draws", "25", "--chains", "2", "--seed", "1"]
            results = Path(folder, "results")
            asked += ["--out", str(results)] if out else []
            ended = CliRunner().invoke(app, asked)
            if not isinstance(ended.exception, SystemExit | None):
                raise ended.exception
            assert ended.exit_code in (0, 1, 2)
            assert ended.exit_code == 0 or "Error" in ended.output or ended.exit_code == 1
            if out and ended.exit_code == 0:
                summary = pd.read_csv(results / "summary.csv")
                assert len(summary) == len(mw.load(results / "draws.nc").summary())
        plt.close("all")


@pytest.fixture(autouse=True, scope="module")
def chains_that_cost_nothing() -> Iterator[None]:
    """Evaluate models near their start in the place of NUTS."""
    if NUTS_ITSELF:
        yield
        return
    from tests.fuzz.chains import near_start

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mixwell.infer.pymc.nuts._all_at_once", near_start)
        yield


_checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
TestCalls = Calls.TestCase
TestCalls.settings = settings(
    max_examples=BY_HAND or 200,
    stateful_step_count=5,
    deadline=None,
    derandomize=not BY_HAND,
    database=None,
    suppress_health_check=_checks,
    phases=[Phase.generate, Phase.shrink],
)

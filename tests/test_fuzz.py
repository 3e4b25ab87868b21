"""Frames x formulas x calls: whatever a user asks, there is an answer or a sentence of ours.

Every example builds a model of a frame and a formula that are drawn at random, fits it with few
exact draws, and calls what a fit offers, in any order. No exception but `MixwellError`, no warning
but `MixwellWarning`, estimates finite or said to be not estimable, and a fit that was saved and
read answers as before. By hand, for other examples every time:

    MIXWELL_FUZZ=10000 uv run pytest tests/test_fuzz.py
"""

import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

import mixwell as mw
from mixwell.text.names import quote_name

BY_HAND = int(os.environ.get("MIXWELL_FUZZ", "0"))
Column = Callable[[np.random.Generator, int], Any]


def _labels(rng: np.random.Generator, n: int, levels: list[str]) -> np.ndarray:
    return np.array(levels, dtype=object)[rng.integers(0, len(levels), n)]


def _with_gaps(rng: np.random.Generator, values: Any, gap: object) -> Any:
    column = pd.Series(values)
    return column.where(rng.random(len(column)) > 0.15, gap)


def _ordered(rng: np.random.Generator, n: int) -> Any:
    return pd.Categorical(_labels(rng, n, ["lo", "mid", "hi"]), ["lo", "mid", "hi"], ordered=True)


#: Columns of numbers, of every type and scale.
NUMBERS: dict[str, Column] = {
    "float": lambda rng, n: rng.normal(size=n),
    "whole": lambda rng, n: rng.integers(-3, 9, n),
    "positive": lambda rng, n: rng.gamma(2.0, size=n),
    "small": lambda rng, n: 1e-6 * rng.normal(size=n),
    "large": lambda rng, n: 1e9 * rng.normal(size=n),
    "far from zero": lambda rng, n: 1e7 + rng.normal(size=n),
    "float32": lambda rng, n: rng.normal(size=n).astype("float32"),
    "two values": lambda rng, n: rng.integers(0, 2, n),
    "constant": lambda rng, n: np.full(n, 2.5),
    "with gaps": lambda rng, n: _with_gaps(rng, rng.normal(size=n), np.nan),
    "nullable": lambda rng, n: _with_gaps(rng, pd.array(rng.integers(0, 5, n), "Int64"), pd.NA),
    "skewed": lambda rng, n: np.exp(3 * rng.normal(size=n)),
}
#: Columns of levels.
LEVELS: dict[str, Column] = {
    "text": lambda rng, n: _labels(rng, n, ["a", "b", "c"]),
    "odd text": lambda rng, n: _labels(rng, n, ["a:b", "a[b]", 'it"s', "x, y"]),
    "categorical": lambda rng, n: pd.Categorical(_labels(rng, n, ["q", "p"]), ["q", "p", "none"]),
    "ordered": _ordered,
    "truth": lambda rng, n: rng.random(n) < 0.4,
    "nullable truth": lambda rng, n: _with_gaps(
        rng, pd.array(rng.random(n) < 0.5, "boolean"), pd.NA
    ),
    "text with gaps": lambda rng, n: _with_gaps(rng, _labels(rng, n, ["a", "b"]), None),
    "one level": lambda rng, n: _labels(rng, n, ["only"]),
    "rare level": lambda rng, n: np.where(np.arange(n) == 0, "rare", "usual"),
    "intervals": lambda rng, n: pd.cut(rng.normal(size=n), [-9, 0, 9]),
    "numbers as levels": lambda rng, n: pd.Categorical(rng.integers(1, 4, n)),
}
#: What is neither, which formulas refuse or take in their own way.
OTHERS: dict[str, Column] = {
    "dates": lambda rng, n: (
        pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 9, n), "D")
    ),
    "durations": lambda rng, n: pd.to_timedelta(rng.integers(0, 9, n), "h"),
    "mixed": lambda rng, n: np.array([1, "b", 2.5, None], dtype=object)[rng.integers(0, 4, n)],
    "empty": lambda rng, n: np.full(n, np.nan),
    "complex": lambda rng, n: rng.normal(size=n) + 1j,
}
GROUPS: dict[str, Column] = {
    "few": lambda rng, n: _labels(rng, n, ["g1", "g2", "g3", "g4"]),
    "unequal": lambda rng, n: np.minimum(rng.geometric(0.4, n), 6),
    "categorical": lambda rng, n: pd.Categorical(_labels(rng, n, ["h2", "h1"]), ["h2", "h1", "h0"]),
    "many": lambda rng, n: rng.integers(0, max(n // 3, 2), n),
    "one a row": lambda rng, n: np.arange(n),
    "one": lambda rng, n: np.zeros(n, dtype=int),
    "with gaps": lambda rng, n: _with_gaps(rng, _labels(rng, n, ["g1", "g2", "g3"]), None),
}
#: Responses by family, with what stands left of the formula's bar.
RESPONSES: dict[str, Column] = {
    "gaussian": lambda rng, n: 3 + rng.normal(size=n),
    "student": lambda rng, n: rng.standard_t(4, n),
    "bernoulli": lambda rng, n: rng.integers(0, 2, n),
    "binomial": lambda rng, n: rng.integers(0, 7, n),
    "poisson": lambda rng, n: rng.poisson(3, n),
    "negbinomial": lambda rng, n: rng.negative_binomial(2, 0.4, n),
    "gamma": lambda rng, n: rng.gamma(2, size=n),
    "lognormal": lambda rng, n: np.exp(rng.normal(size=n)),
    "beta": lambda rng, n: rng.beta(2, 3, n),
    "cumulative": lambda rng, n: rng.integers(1, 5, n),
}
NAMES = st.sampled_from(
    ["x", "f", "z", "a b", "a:b", "log", "sigma", "obs", "1", "it's", "größe", "x.1", "b", "`q`"]
)
OF_NUMBERS = [
    "{}",
    "{}",
    "{}",
    "I({}^2)",
    "log(abs({}) + 1)",
    "poly({}, 2)",
    "scale({})",
    "factor({})",
]
OF_NUMBERS += ["ns({}, df = 3)", "cut({}, 3)", "exp({})", "I({} > 0)", "ordered({})", "{}"]
OF_LEVELS = [
    "{}",
    "{}",
    "C({}, sum)",
    "ordered({})",
    "factor({})",
    "as.numeric({})",
    "relevel({}, 2)",
]
FIXED = ["1", "{number}", "{level}", "{number} + {level}", "{number} * {level}", "{level}:{number}"]
FIXED += ["0 + {level}", "{number} - 1", "{level}/{number}", "{number} + offset(w)", "other"]
FIXED += ["{number} + I({x} * 2)", "0 + {number}", "{level} + {number} + {level}:{number} + w"]
EFFECTS = ["(1 | {g})", "({x} | {g})", "({x} || {g})", "(0 + {x} | {g})", "(1 | {g}/{h})"]
EFFECTS += [
    "(1 | {g})",
    "(1 | {h})",
    "({x} | {g})",
    "(1 | {g}:{h})",
    "(1 | {g}) + (1 | {h})",
    "({f} | {g})",
    "(0 + {f} || {g})",
    "",
]


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
    assert not np.isinf(numbers.to_numpy(dtype=float)).any(), str(found)
    if unknown.any():
        assert "estimable" in str(found) or "not known" in str(found), str(found)


def of_kinds(kinds: dict[str, Column]) -> st.SearchStrategy[str]:
    """Return one of the kinds, each of the first three more often than each of the others."""
    return st.sampled_from([*list(kinds)[:3] * 4, *kinds])


@st.composite
def frames(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return a frame with a response, numbers, levels, groups, and who is who."""
    family = draw(st.sampled_from([*RESPONSES, "gaussian", "gaussian", "gaussian", "poisson"]))
    n = draw(st.sampled_from([24, 24, 24, 24, 40, 40, 40, 12, 12, 5, 2, 1]))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    called = draw(st.lists(NAMES, min_size=2, max_size=2, unique=True))
    number, level = draw(of_kinds(NUMBERS)), draw(of_kinds(LEVELS))
    columns = {"y": RESPONSES[family](rng, n)}
    columns[called[0]] = NUMBERS[number](rng, n)
    columns[called[1]] = LEVELS[level](rng, n)
    columns["g g"] = GROUPS[draw(of_kinds(GROUPS))](rng, n)
    columns["h"] = GROUPS[draw(of_kinds(GROUPS))](rng, n)
    columns["w"] = rng.uniform(0.5, 2, n)
    columns["n"] = np.full(n, 7)
    other = draw(st.sampled_from([None] * 15 + [*OTHERS]))
    if other is not None:
        columns["other"] = OTHERS[other](rng, n)
    frame = pd.DataFrame(columns)
    if draw(st.booleans()) and n > 2:
        frame.index = rng.permutation(n) + 100
    return frame, {"family": family, "x": called[0], "f": called[1], "other": other}


@st.composite
def models(draw: st.DrawFn) -> tuple[str, pd.DataFrame, dict[str, Any]]:
    frame, who = draw(frames())
    x, f = quote_name(who["x"]), quote_name(who["f"])
    number = draw(st.sampled_from(OF_NUMBERS)).format(x)
    level = draw(st.sampled_from(OF_LEVELS)).format(f)
    fixed = draw(st.sampled_from(FIXED)).format(number=number, level=level, x=x)
    effects = draw(st.sampled_from(EFFECTS)).format(x=x, f=f, g="`g g`", h="h")
    left = {"binomial": "y | trials(n)"}.get(who["family"], "y")
    if who["family"] == "gaussian":
        left = draw(st.sampled_from(["y", "y", "y", "y | weights(w)", "y | se(w)"]))
    return f"{left} ~ {fixed}{' + ' if effects else ''}{effects}", frame, who


#: How often a model that was refused is followed by another one, before a plain one.
ATTEMPTS = 3
_RNG = np.random.default_rng(1)
PLAIN = (
    pd.DataFrame(
        {
            "y": _RNG.normal(size=24),
            "x": _RNG.normal(size=24),
            "f": list("abc") * 8,
            "g g": np.repeat(list("stuv"), 6),
            "h": list("pq") * 12,
        }
    ),
    {"family": "gaussian", "x": "x", "f": "f", "other": None},
)


class Calls(RuleBasedStateMachine):
    """A user who builds a model, fits it and asks it everything, in any order."""

    fit: mw.Fit | None = None

    @initialize(data=st.data())
    def build(self, data: st.DataObject) -> None:
        for _ in range(ATTEMPTS):
            coded = data.draw(st.sampled_from([None, None, "sum", "helmert"]))
            self.try_model(*data.draw(models()), coded)
            event("fitted" if self.fit else "refused")
            if self.fit is not None:
                return
        self.try_model("y ~ x + f + (1 | `g g`)", *PLAIN, None)
        assert self.fit is not None

    def try_model(
        self, formula: str, frame: pd.DataFrame, who: dict[str, Any], coded: str | None
    ) -> None:
        self.frame, self.who = frame, who
        contrasts = coded and {who["f"]: coded}
        with ours():
            model = mw.Model(formula, frame, who["family"], contrasts=contrasts)
            for printed in (model, model.spec, model.explain(), model.priors):
                assert str(printed)
            self.fit = model.fit(engine="exact", draws=25, chains=2, seed=1)
        if self.fit is None:
            return
        assert str(self.fit)
        table = self.fit.summary()[["estimate", "sd", "lower", "upper"]]
        assert np.isfinite(table.to_numpy()).all(), table

    @property
    def fitted(self) -> mw.Fit:
        assert self.fit is not None
        return self.fit

    def variable(self, which: str) -> str:
        return self.who.get(which, "h" if which == "h" else "g g")

    scales = st.sampled_from(["response", "link"])
    treatments = st.sampled_from(["population", "population", "existing", "new", "mixed"])
    averages = st.sampled_from(["grid", "grid", "data"])

    @rule(
        of=st.sampled_from("xfg"),
        by=st.sampled_from([None, "x", "f"]),
        scale=scales,
        groups=treatments,
        over=averages,
        kind=st.sampled_from(["pairwise", "eff", "sequential"]),
    )
    def means(self, of: str, by: str | None, scale: str, groups: str, over: str, kind: str) -> None:
        within = by and self.variable(by)
        with ours():
            found = self.fitted.means(
                self.variable(of), within, scale=scale, groups=groups, over=over, seed=1
            )
            require_finite_or_said(found)
            require_finite_or_said(found.contrasts(kind))
            assert found.labels
            require_finite_or_said(found.hypothesis(f"{quote_name(found.labels[0])} > 0"))

    @rule(
        of=st.sampled_from("xf"),
        by=st.sampled_from([None, "x", "f"]),
        scale=scales,
        groups=treatments,
        over=averages,
    )
    def changes(self, of: str, by: str | None, scale: str, groups: str, over: str) -> None:
        within = by and self.variable(by)
        options: dict[str, Any] = {"scale": scale, "groups": groups, "over": over, "seed": 1}
        for call in (self.fitted.slopes, self.fitted.comparisons):
            with ours():
                require_finite_or_said(call(self.variable(of), within, **options))

    @rule(
        kind=st.sampled_from(["mean", "response", "linear"]),
        groups=treatments,
        rows=st.sampled_from([None, 1, 3]),
        asked=st.booleans(),
    )
    def predictions(self, kind: str, groups: str, rows: int | None, asked: bool) -> None:
        data = None if rows is None else self.frame.head(rows).copy()
        if data is not None and asked:
            data["g g"] = data["g g"].astype(object)
            data.loc[data.index[0], "g g"] = "never seen"
        with ours():
            require_finite_or_said(self.fitted.predictions(data, kind, groups=groups, seed=1))

    @rule()
    def hypotheses(self) -> None:
        with ours():
            for name in self.fitted.summary().index:
                require_finite_or_said(self.fitted.hypothesis(f"{name} > 0"))
                assert self.fitted.explain(name).name == name

    @rule(kind=st.sampled_from(["response", "pearson", "quantile"]))
    def residuals(self, kind: Any) -> None:
        with ours():
            require_finite_or_said(self.fitted.residuals(kind, seed=1))

    @rule(
        call=st.sampled_from(
            ["ranef", "coef", "VarCorr", "r2", "icc", "loo", "report", "diagnose", "explain"]
        )
    )
    def tables(self, call: str) -> None:
        with ours():
            assert str(getattr(self.fitted, call)())

    @rule()
    def new_responses(self) -> None:
        with ours():
            drawn = self.fitted.ppc(seed=1)["posterior_predictive"].to_dataset()
            assert all(np.isfinite(values).all() for values in drawn.data_vars.values())

    @rule()
    def save_and_load(self) -> None:
        with ours(), tempfile.TemporaryDirectory() as folder:
            read = mw.load(self.fitted.save(Path(folder, "fit.nc")))
            pd.testing.assert_frame_equal(read.summary(), self.fitted.summary())
            for groups in ("population", "existing"):
                one, two = (f.predictions(groups=groups) for f in (read, self.fitted))
                np.testing.assert_array_equal(one.samples, two.samples)
            self.fit = read


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

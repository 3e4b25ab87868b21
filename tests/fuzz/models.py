"""A grammar of models: frames, formulas and choices that are drawn at random."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from hypothesis import strategies as st
from tests.fuzz.columns import (
    GROUPS,
    LEVELS,
    LEVELS_OF_RESPONSES,
    NUMBERS,
    OTHERS,
    RESPONSES,
    Column,
)

from mixwell.families.lookup import get_family
from mixwell.text.names import quote_name

NAMES = ["x", "f", "z", "a b", "a:b", "log", "sigma", "obs", "1", "it's", "größe", "x.1", "b"]
NAMES += ["`q`", " x ", "Intercept", "chain", "draw", "estimate", "row", "if", "x^2", "a, b", "[a]"]
NAMES += ["True", "y ~ x", "a\tb", "mean", "%", "I(x)", "level", "factor"]
NAMES_OF_GROUPS = [
    "g g",
    "g g",
    "g",
    "id",
    "sample",
    "g:h",
    "effect",
    "obs_1",
    "user (old)",
    "1 | g",
]
OF_NUMBERS = ["{}"] * 4 + ["I({}^2)", "log(abs({}) + 1)", "poly({}, 2)", "scale({})", "factor({})"]
OF_NUMBERS += ["ns({}, df = 3)", "cut({}, 3)", "exp({})", "I({} > 0)", "ordered({})"]
OF_LEVELS = ["{}"] * 3 + ["C({}, sum)", "ordered({})", "factor({})", "as.numeric({})"]
OF_LEVELS += ["relevel({}, 2)"]
FIXED = ["1", "{number}", "{level}", "{number} + {level}", "{number} * {level}", "{level}:{number}"]
FIXED += ["0 + {level}", "{number} - 1", "{level}/{number}", "{number} + offset(w)"]
FIXED += ["{number} + I({x} * 2)", "0 + {number}", "{level} + {number} + {level}:{number} + w"]
EFFECTS = ["(1 | {g})", "({x} | {g})", "({x} || {g})", "(0 + {x} | {g})", "(1 | {g}/{h})"]
EFFECTS += ["(1 | {g})", "(1 | {h})", "({x} | {g})", "(1 | {g}:{h})", "(1 | {g}) + (1 | {h})"]
EFFECTS += ["({f} | {g})", "(0 + {f} || {g})", "", "(1 | {h}:{g})", "({x} | {g}) + ({x} | {h})"]
EFFECTS += ["(1 | {g}) + (0 + {x} | {g})", "({number} | {g})", "({x} | {g}/{h})", "(1 | {f})"]
#: What stands left of "~", by family; a plain response more often than all others.
_EVERY = ["{y} | weights(w)", "{y} | subset(keep)", "{y} | weights(w) + subset(keep)"]
_LIMITS = ["{y} | cens(c)", "{y} | trunc(lb = -9)", "{y} | cens(c) + weights(w)"]
LEFT: dict[str, list[str]] = {
    "gaussian": [
        *_LIMITS,
        *("{y} | se(w)", "{y} | se(w, sigma = TRUE)", "{y} | trunc(-9, 90)", "log({y} + 50)"),
        *("{y} | cens(ends, up)", "scale({y})", "I({y} / 2)", "{y} | trunc(ub = up)"),
    ],
    "student": [*_LIMITS, "{y} | trunc(lb = -99, ub = 99)"],
    "binomial": ["{y} | trials(n)"] * 9 + ["cbind({y}, n - {y})", "{y} | trials(7)", "p({y}, n)"],
    "poisson": ["{y} | cens(c)", "{y} | trunc(ub = 99)", "{y} | trunc(lb = 0)"],
    "negbinomial": ["{y} | cens(c)", "{y} | trunc(ub = 999)"],
    "gamma": ["{y} | cens(c)", "{y} | trunc(lb = 0)"],
    "lognormal": ["{y} | cens(c)", "{y} | trunc(ub = 999)"],
    "beta": ["{y} | cens(c)"],
}
OF_PARAMETERS = ["{x}", "1", "{f}", "0 + {f}", "{x} + (1 | {g})", "(1 | {h})", "{x} * {f}"]
PRIORS: list[dict[str, object]] = [
    {"b": "flat"},
    {"b": "Normal(0, 1)"},
    {"Intercept": "Normal(1, 2)"},
    {"Intercept_centered": "StudentT(3, 0, 2.5)"},
    {"sigma": "Exponential(1)"},
    {"nonsense": "Normal(0, 1)"},
    {"b": "Laplace(0, 1)"},
]


@dataclass(frozen=True)
class Written:
    """A model as a user writes it: what `Model` is given, and the columns that it speaks of.

    `who` has the names of the columns by their parts, `x`, `f`, `g`, `h`.
    """

    formula: list[str]
    frame: pd.DataFrame
    family: str
    who: dict[str, str]
    choices: dict[str, Any] = field(default_factory=dict)

    def given(self, kind: str) -> Any:
        """Return the frame as a table of a kind, where it is one."""
        return table(self.frame, kind)


def table(frame: pd.DataFrame, kind: str) -> Any:
    """Return a frame as a table of polars or Arrow, or itself where it cannot be such."""
    try:
        as_polars = pl.from_pandas(frame)
    except (TypeError, ValueError, ArithmeticError, pl.exceptions.PolarsError, ImportError):
        return frame
    except Exception as error:  # pyarrow's errors have several roots
        if "arrow" not in type(error).__module__:
            raise
        return frame
    return {"pandas": frame, "polars": as_polars, "arrow": as_polars.to_arrow()}[kind]


def of_kinds(kinds: dict[str, Column]) -> st.SearchStrategy[str]:
    """Return one of the kinds, each of the first three more often than each of the others."""
    return st.sampled_from([*list(kinds)[:3] * 4, *kinds])


def rarely(share: int, other: st.SearchStrategy[Any], usual: Any = None) -> st.SearchStrategy[Any]:
    """Return the usual value, and once in `share` one of others."""
    return st.integers(1, share).flatmap(lambda k: other if k == share else st.just(usual))


@st.composite
def frames(draw: st.DrawFn, family: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return a frame with a response, numbers, levels, groups, and who is who."""
    n = draw(rarely(8, st.sampled_from([1, 2, 3, 5]), None)) or draw(st.sampled_from([24, 40, 12]))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    x, f = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True))
    g = draw(st.sampled_from(NAMES_OF_GROUPS))
    y = draw(rarely(8, st.sampled_from(["the y", "y.1", "log(y)", "µ", "lambda"]), "y"))
    levels = draw(rarely(3, st.just(True), False))
    response = (LEVELS_OF_RESPONSES if levels else RESPONSES).get(family, RESPONSES[family])
    columns = {y: response(rng, n)}
    columns[x] = NUMBERS[draw(of_kinds(NUMBERS))](rng, n)
    columns[f] = LEVELS[draw(of_kinds(LEVELS))](rng, n)
    columns[g] = GROUPS[draw(of_kinds(GROUPS))](rng, n)
    columns["h"] = GROUPS[draw(of_kinds(GROUPS))](rng, n)
    columns["w"] = rng.uniform(0.5, 2, n)
    columns["n"] = np.full(n, 7)
    columns["c"] = np.array(["none", "none", "left", "right"], dtype=object)[rng.integers(0, 4, n)]
    columns["ends"] = rng.choice([0, 2], n)
    columns["up"] = 90.0 + rng.random(n)
    columns["keep"] = rng.random(n) < 0.8
    columns["other"] = OTHERS[draw(st.sampled_from(list(OTHERS)))](rng, n)
    frame = pd.DataFrame(columns)
    if draw(st.booleans()) and n > 2:
        frame.index = rng.permutation(n) + 100
    return frame, {"y": y, "x": x, "f": f, "g": g, "h": "h"}


@st.composite
def choices(draw: st.DrawFn, family: str, who: dict[str, str], coded: bool) -> dict[str, Any]:
    """Return what `Model` takes next to formula, data and family; codings where f is `coded`."""
    links = get_family(family).parameters[0].links
    asked = {
        "contrasts": draw(rarely(2 if coded else 40, st.sampled_from(["sum", "helmert"]))),
        "link": draw(rarely(5, st.sampled_from(links))),
        "priors": draw(rarely(8, st.sampled_from(PRIORS))),
        "weights": draw(rarely(15, st.just("w"))),
        "missing": draw(rarely(15, st.just("error"))),
        "saturated": draw(rarely(10, st.just("allow"))),
    }
    if asked["contrasts"]:
        asked["contrasts"] = {who["f"]: asked["contrasts"]}
    return {name: value for name, value in asked.items() if value is not None}


@st.composite
def models(draw: st.DrawFn) -> Written:
    """Return a model with its frame: most are ones that a user could mean, some are not."""
    family = draw(st.sampled_from([*RESPONSES, "gaussian", "gaussian", "gaussian", "poisson"]))
    frame, who = draw(frames(family))
    named = {part: quote_name(name) for part, name in who.items()}
    named["number"] = draw(st.sampled_from(OF_NUMBERS)).format(named["x"])
    named["level"] = draw(st.sampled_from(OF_LEVELS)).format(named["f"])
    lefts = [*_EVERY, *LEFT.get(family, [])]
    plain = lefts[3] if family == "binomial" else "{y}"
    left = draw(rarely(3, st.sampled_from(lefts), plain))
    fixed = draw(rarely(40, st.sampled_from(["other", "{number} + other"])))
    fixed, effects = fixed or draw(st.sampled_from(FIXED)), draw(st.sampled_from(EFFECTS))
    texts = [f"{left} ~ {fixed}{' + ' if effects else ''}{effects}"]
    further = [each.name for each in get_family(family).parameters[1:]]
    if further and draw(rarely(5, st.just(True), False)):
        texts.append(f"{draw(st.sampled_from(further))} ~ {draw(st.sampled_from(OF_PARAMETERS))}")
    made = draw(choices(family, who, "level" in fixed))
    return Written([text.format(**named) for text in texts], frame, family, who, made)


_RNG = np.random.default_rng(1)
#: A model that can be fitted, for the calls where others are refused.
PLAIN = Written(
    ["y ~ x + f + (1 | `g g`)"],
    pd.DataFrame(
        {
            "y": _RNG.normal(size=24),
            "x": _RNG.normal(size=24),
            "f": list("abc") * 8,
            "g g": np.repeat(list("stuv"), 6),
            "h": list("pq") * 12,
        }
    ),
    "gaussian",
    {"y": "y", "x": "x", "f": "f", "g": "g g", "h": "h"},
)

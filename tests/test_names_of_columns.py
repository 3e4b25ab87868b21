"""A column may be called anything, in every place where its name can stand, plain or quoted.

The answers are those of the same data with plain names.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from typer.testing import CliRunner

import mixwell as mw
from mixwell.cli import app
from mixwell.interpret.hypotheses.parameter_draws import parameter_draws
from mixwell.text.names import NO_NAMES, quote_name

NAMES = [
    "a b", "a[b]", "a:b", "a`b", "`a`", 'a"b', "if", "x*y", "~", "a, b", "log(z)", "a\\b", "1",
    "नाम", "a\u00a0b", "a\nb", "obs", "log", "sd_g", "$x$",
]  # fmt: skip
ROWS = 48
RNG = np.random.default_rng(1)
COLUMNS = {
    "y": RNG.normal(10, 1, ROWS),
    "x": RNG.normal(size=ROWS),
    "f": np.tile(["u", "v", "w"], ROWS // 3),
    "g": np.repeat(["g1", "g2", "g3", "g4", "g5", "g6"], ROWS // 6),
    "k": RNG.uniform(0.5, 2.0, ROWS),
}
AT = [-1, 2]


def table(**called: str) -> pd.DataFrame:
    return pd.DataFrame({called.get(name, name): values for name, values in COLUMNS.items()})


def drawn(formula: str, data: pd.DataFrame, **choices: Any) -> mw.Fit:
    return mw.Model(formula, data, **choices).fit(engine="exact", draws=20, chains=2, seed=1)


@cache
def plain() -> mw.Fit:
    return drawn("y ~ x * f + (x | g)", table())


def same(found: Any, expected: Any) -> None:
    frames = (
        (each if isinstance(each, pd.DataFrame) else each.frame).select_dtypes("number")
        for each in (found, expected)
    )
    np.testing.assert_allclose(*frames, rtol=1e-9, atol=1e-12)


def all_hypotheses(fit: mw.Fit) -> None:
    for own, other in zip(
        parameter_draws(fit.drawn).names, parameter_draws(plain().drawn).names, strict=True
    ):
        same(fit.hypothesis(f"{own} > 0"), plain().hypothesis(f"{other} > 0"))
        same(fit.hypothesis(f"2*{own}-sigma<0"), plain().hypothesis(f"2*{other}-sigma<0"))
    names = list(fit.summary().index)
    assert [fit.explain(name).name for name in names] == names


def all_priors(fit: mw.Fit) -> None:
    table_of_priors = fit.spec.priors.frame
    for key, kind in zip(table_of_priors["parameter"], table_of_priors["class"], strict=True):
        given_prior = {"corr": "LKJ(2)", "sd": "HalfNormal(1)", "auxiliary": "HalfNormal(1)"}
        prior = given_prior.get(kind, "Normal(0, 1)")
        own = mw.Model(fit.spec.formulas[0], fit.recipe.data, priors={key: prior}).priors
        assert list(own["parameter"][own["origin"] == "user"]) == [key]


def both(name: str) -> list[str]:
    return list(dict.fromkeys([name, quote_name(name)]))


@pytest.mark.parametrize("name", NAMES)
def test_a_number_may_have_any_name(name: str) -> None:
    quoted = quote_name(name)
    fit = drawn(f"y ~ {quoted} * f + ({quoted} | g)", table(x=name))
    same(fit.summary(), plain().summary())
    if quoted not in ("sigma", "b"):  # these have a meaning of their own: b[sigma] is the column's
        all_hypotheses(fit)
    all_priors(fit)
    for called in both(name):
        same(fit.slopes(called, by="f"), plain().slopes("x", by="f"))
        same(fit.comparisons(called), plain().comparisons("x"))
        same(fit.means("f", at={called: 1}), plain().means("f", at={"x": 1}))
        means = fit.means("f", by=called, at={called: AT})
        expected = plain().means("f", by="x", at={"x": AT})
        same(means, expected)
        same(means.contrasts("pairwise", by=called), expected.contrasts("pairwise", by="x"))
        both_rows = f"f[v]:{quoted}[2] - f[v]:{quoted}[-1] > 0"
        same(means.hypothesis(both_rows), expected.hypothesis("f[v]:x[2] - f[v]:x[-1] > 0"))
        weighted = drawn("y ~ f", table(k=name), weights=called)
        same(weighted.summary(), drawn("y ~ f", table(), weights="k").summary())
    for printed in (fit, fit.explain(), fit.report(), fit.spec, fit.slopes(name)):
        assert str(printed).isprintable() or "\n" in str(printed)


@pytest.mark.parametrize("name", NAMES)
def test_a_factor_may_have_any_name(name: str, tmp_path: Path) -> None:
    quoted = quote_name(name)
    fit = drawn(f"y ~ x * {quoted} + (x | g)", table(f=name))
    same(fit.summary(), plain().summary())
    all_hypotheses(fit)
    for called in both(name):
        same(fit.means(called), plain().means("f"))
        same(fit.means(f"x * {quoted}", at={"x": AT}), plain().means("x * f", at={"x": AT}))
        same(
            fit.contrasts("pairwise", of="x", by=called, at={"x": AT, called: ["u", "v"]}),
            plain().contrasts("pairwise", of="x", by="f", at={"x": AT, "f": ["u", "v"]}),
        )
        same(fit.comparisons(called), plain().comparisons("f"))
        same(
            fit.contrasts(of=[called, "x"], interaction={called: "eff", "x": "eff"}, at={"x": AT}),
            plain().contrasts(of=["f", "x"], interaction={"f": "eff", "x": "eff"}, at={"x": AT}),
        )
        coded = mw.Model(f"y ~ {quoted}", table(f=name), contrasts={called: "sum"})
        assert coded.design.common.iloc[:, 1].sum() == 0
    means = fit.means(name)
    for label in means.labels:
        same(means.hypothesis(f"{label} > 0"), plain().means("f").hypothesis(f"{label} > 0"))
    read = mw.load(fit.save(tmp_path / "fit.nc"))
    assert list(read.summary().index) == list(fit.summary().index)
    same(read.predictions(groups="existing"), plain().predictions(groups="existing"))


@pytest.mark.parametrize("name", NAMES)
def test_a_grouping_factor_may_have_any_name(name: str, tmp_path: Path) -> None:
    quoted = quote_name(name)
    fit = drawn(f"y ~ x * f + (x | {quoted})", table(g=name))
    same(fit.summary(), plain().summary())
    same(fit.ranef(), plain().ranef())
    all_hypotheses(fit)
    all_priors(fit)
    for called in both(name):
        same(
            fit.predictions(groups={called: "existing"}),
            plain().predictions(groups={"g": "existing"}),
        )
        same(fit.means(called, groups="existing"), plain().means("g", groups="existing"))
        same(fit.loo(group=called).frame, plain().loo(group="g").frame)
        plt.close(fit.plot.ranef(called))
    read = mw.load(fit.save(tmp_path / "fit.nc"))
    same(read.VarCorr(), plain().VarCorr())


@pytest.mark.parametrize("name", ["a b", "a=b", "a`b", "it's", "x)"])
def test_the_command_takes_any_name(name: str, tmp_path: Path) -> None:
    file, quoted = tmp_path / "data.csv", quote_name(name)
    table(f=name, k=f"{name}.k").to_csv(file, index=False)
    for called in both(name):
        arguments = ["fit", str(file), f"y ~ x * {quoted} + (1 | g)", "--draws", "100"]
        arguments += ["--seed", "1", "--contrast", f"{called}=sum", "--weights", f"{name}.k"]
        done = CliRunner().invoke(app, [*arguments, "--prior", f"{quoted}[S.u]=Normal(0, 1)"])
        assert done.exit_code in (0, 1)
        assert "Error:" not in done.output


def test_columns_that_are_no_texts_go_by_what_python_writes() -> None:
    data = table().rename(columns={"x": 1, "f": ("f", 2), "g": 2.5})
    fit = drawn("y ~ `1` * `('f', 2)` + (`1` | `2.5`)", data)
    same(fit.summary(), plain().summary())
    same(fit.predictions(data.head(3)), plain().predictions(table().head(3)))
    weighted = mw.Model(
        "y ~ 1", data.rename(columns={"k": 7}), weights=pd.Series(COLUMNS["k"], name=7)
    )
    assert weighted.spec.design.weights == "7"


def test_a_letter_is_one_however_it_was_composed() -> None:
    fit = drawn("y ~ caf\u00e9 * f + (caf\u00e9 | g)", table(x="cafe\u0301"))
    for spelled in ("cafe\u0301", "caf\u00e9"):
        same(fit.slopes(spelled), plain().slopes("x"))
        same(fit.hypothesis(f"{spelled} > 0"), plain().hypothesis("x > 0"))
        again = drawn(f"y ~ {spelled} * f + ({spelled} | g)", table(x="caf\u00e9"))
        same(again.summary(), plain().summary())
    with pytest.raises(mw.DataError, match="Two columns of the data have the name"):
        mw.Model("y ~ x", table(x="cafe\u0301", k="caf\u00e9"))


@pytest.mark.parametrize("name", sorted(NO_NAMES))
def test_what_cannot_be_a_name_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(mw.FormulaError, match="Rename the column"):
        mw.Model(f"y ~ `{name}`", table(x=name))
    with pytest.raises(mw.FormulaError, match="Rename the column, or name"):
        mw.Model("y ~ .", table(x=name))


def _misspelled(fit: mw.Fit) -> dict[str, Callable[[], object]]:
    return {
        "formula": lambda: mw.Model("y ~ ab", table(x="a b")),
        "prior": lambda: mw.Model("y ~ `a b`", table(x="a b"), priors={"a c": "Normal(0, 1)"}),
        "hypothesis": lambda: fit.hypothesis("`a c` > 0"),
        "explain": lambda: fit.explain("a c"),
        "figure": lambda: fit.plot.coefficients(["a c"]),
    }


@pytest.mark.parametrize("place", ["formula", "prior", "hypothesis", "explain", "figure"])
def test_an_error_suggests_a_name_as_it_can_be_typed(place: str) -> None:
    fit = drawn("y ~ `a b` + (1 | g)", table(x="a b"))
    with pytest.raises(mw.MixwellError, match=r"Did you mean.*`a b`"):
        _misspelled(fit)[place]()


LEVELS = ["a[b]", 'it"s', "x, y", "b - a", "1", " ", "a]:f[b"]


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_may_be_called_anything(level: str, tmp_path: Path) -> None:
    renamed = {"v": level, "g3": level}
    data = table().replace({"f": renamed, "g": renamed})
    data["f"] = pd.Categorical(data["f"], ["u", level, "w"])
    data["g"] = pd.Categorical(data["g"], ["g1", "g2", level, "g4", "g5", "g6"])
    fit = drawn("y ~ x * f + (x | g)", data)
    same(fit.summary(), plain().summary())
    all_hypotheses(fit)
    all_priors(fit)
    same(fit.means("f", at={"f": ["u", level]}), plain().means("f", at={"f": ["u", "v"]}))
    reference = f"reference({level})" if level.strip() else f'reference("{level}")'
    same(fit.contrasts(reference, of="f"), plain().contrasts("reference(v)", of="f"))
    weights = {"mine": {level: 1, "w": -1}}
    same(fit.contrasts(weights, of="f"), plain().contrasts({"mine": {"v": 1, "w": -1}}, of="f"))
    means = fit.means("f")
    expected = plain().means("f").hypothesis("f[v] - f[u] > 0")
    same(means.hypothesis(f"f[{level}] - f[u] > 0"), expected)
    same(means.hypothesis(f"{quote_name(level)} - u > 0"), expected)
    read = mw.load(fit.save(tmp_path / "fit.nc"))
    same(read.predictions(groups="existing"), plain().predictions(groups="existing"))


def test_numbers_are_numbers_also_where_rows_are_called_so() -> None:
    means = plain().means("x", at={"x": [0, 1]})
    # the slope at the mean of the levels of f: the row at 1 less that at 0, compared with 0
    same(means.hypothesis("x[1] - x[0] > 0"), means.hypothesis("`1` - `0` > 0"))
    slope = plain().slopes("x")
    np.testing.assert_allclose(
        means.hypothesis("x[1] - x[0] > 0")["estimate"], slope["estimate"], rtol=1e-9
    )
    with pytest.raises(mw.FormulaError, match="only numbers"):
        means.hypothesis("1 - 0 > 0")


any_name = st.text(min_size=1, max_size=12).filter(lambda name: name not in NO_NAMES)
any_name = any_name.filter(lambda name: name not in ("y", "f", "g", "Intercept", "b", "sigma"))


@settings(max_examples=10, deadline=None)
@given(any_name)
def test_whatever_is_printed_of_any_name_can_be_typed(name: str) -> None:
    quoted = quote_name(name)
    fit = drawn(f"y ~ {quoted} * f + ({quoted} | g)", table(x=name).drop(columns="k"))
    all_hypotheses(fit)
    all_priors(fit)
    same(fit.slopes(name), plain().slopes("x"))
    assert mw.Model(str(fit.spec.formulas[0]), fit.recipe.data).formula == fit.spec.formulas[0]

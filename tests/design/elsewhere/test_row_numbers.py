"""Weights and known standard errors of rows elsewhere, against the same rows in memory."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import mixwell as mw
from mixwell.infer.exact.gaussian.gaussian_model import gaussian_target


@pytest.fixture(autouse=True)
def rows_stay_where_they_lie() -> Iterator[None]:
    mw.options.rows_in_memory = 0
    yield
    mw.options.rows_in_memory = None


def rows() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    data = mw.load_data("sleepstudy").assign(Subject=lambda d: d["Subject"].astype(str))
    known = {"w": rng.uniform(0.5, 2, len(data)), "s": rng.uniform(5, 40, len(data))}
    return data.assign(off=rng.normal(size=len(data)), **known)


def both(formula: str, data: pd.DataFrame, **choices: object) -> tuple[mw.Model, mw.Model]:
    return tuple(mw.Model(formula, d, **choices) for d in (data, pl.from_pandas(data).lazy()))


MODELS = [
    ("Reaction ~ Days + (Days | Subject)", {"weights": "w"}),
    ("Reaction | weights(40 * w) + subset(Days > 1) ~ Days + offset(off) + (1 | Subject)", {}),
    ("Reaction | weights(w, scale = TRUE) ~ Days + (Days || Subject)", {}),
    ("Reaction ~ Days + (1 | Subject)", {"weights": "w", "weight_kind": "survey"}),
    ("Reaction | se(s) ~ Days + (Days | Subject)", {}),
    ("Reaction | se(s) + weights(w) ~ Days", {}),
]


@pytest.mark.parametrize(("formula", "choices"), MODELS)
def test_weights_and_known_errors_make_the_same_posterior(
    formula: str, choices: dict[str, str]
) -> None:
    memory, elsewhere = both(formula, rows(), **choices)
    assert str(elsewhere.spec) == str(memory.spec)
    one, other = gaussian_target(memory.spec), gaussian_target(elsewhere.spec)
    assert other.start == pytest.approx(one.start, abs=1e-9)
    t = one.start + np.random.default_rng(1).normal(size=(20, len(one.start)))
    assert other.log_density(t) == pytest.approx(one.log_density(t), rel=1e-10)


def test_draws_and_shares_of_variance_are_those_of_rows_in_memory() -> None:
    models = both("Reaction | weights(w) ~ Days + (Days | Subject)", rows())
    one, other = (model.fit(seed=1, draws=100) for model in models)
    memory, elsewhere = one.summary(), other.summary()
    assert ((memory["estimate"] - elsewhere["estimate"]).abs() < 1e-8 * memory["sd"]).all()
    assert str(other.icc()) == str(one.icc())
    assert str(other.r2("latent")) == str(one.r2("latent"))
    new = rows().head(3)
    asked = {"kind": "response", "groups": "existing", "seed": 1}
    assert str(other.predictions(new, **asked)) == str(one.predictions(new, **asked))


def test_known_errors_are_the_residuals_of_shares_of_variance() -> None:
    models = both("Reaction | se(s) + weights(w) ~ Days + (1 | Subject)", rows())
    one, other = (model.fit(seed=1, draws=100).icc() for model in models)
    assert other["estimate"][0] == pytest.approx(one["estimate"][0], rel=1e-9)


def test_an_engine_of_queries_alone_weighs_rows_too() -> None:
    data, formula = rows(), "Reaction | se(s) + weights(w) ~ Days + (1 | Subject)"
    relation = duckdb.connect().from_df(data)
    one, other = (gaussian_target(mw.Model(formula, d).spec) for d in (data, relation))
    assert other.start == pytest.approx(one.start, abs=1e-9)


@pytest.mark.parametrize(
    ("formula", "changed", "said"),
    [
        ("Reaction | weights(w) ~ Days", {"w": 0.0}, "as in 1 of 180 rows"),
        ("Reaction | weights(w) ~ Days", {"w": 1e-14}, "Weights range from 1e-14"),
        ("Reaction | weights(w) ~ Days", {"w": -1.0}, "cannot be negative"),
        ("Reaction | se(s) ~ Days", {"s": 0.0}, "must be above 0"),
        ("Reaction | se(s) ~ Days + (1 | Subject)", {"s": 1e-7}, "smallest known standard error"),
        ("Reaction | se(s, sigma = TRUE) ~ Days", {}, "a variance of its own"),
    ],
)
def test_weights_and_errors_that_cannot_be_are_refused_in_the_words_of_rows_in_memory(
    formula: str, changed: dict[str, float], said: str
) -> None:
    data = rows()
    for name, value in changed.items():
        data.loc[7, name] = value
    with pytest.raises(mw.DataError, match=said):
        mw.Model(formula, pl.from_pandas(data).lazy())
    if changed:
        with pytest.raises(mw.DataError, match=said):
            mw.Model(formula, data)


@pytest.mark.parametrize("formula", ["Reaction ~ 1 + (Days | pair)", "Reaction ~ 1 + (1 | row)"])
def test_effects_as_many_as_rows_are_found_in_the_sums(formula: str) -> None:
    data = rows().assign(row=lambda d: "r" + d.index.astype(str))
    data["pair"] = "p" + (data.index // 2).astype(str)
    texts = []
    for own in (data, pl.from_pandas(data).lazy()):
        with pytest.raises(mw.DataError) as error:
            mw.Model(formula, own)
        texts.append(error.value.message)
    assert texts[0] == texts[1]

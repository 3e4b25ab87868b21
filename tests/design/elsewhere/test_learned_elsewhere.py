"""Models of tables that stay where they lie are those of the same rows in memory."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mixwell as mw


@pytest.fixture(autouse=True)
def rows_stay_where_they_lie() -> Iterator[None]:
    mw.options.rows_in_memory = 0
    yield
    mw.options.rows_in_memory = None


def rows(name: str) -> pd.DataFrame:
    """A shipped dataset with levels as texts, some values missing, an offset and weights."""
    data = mw.load_data(name)
    texts = [c for c in data.columns if isinstance(data[c].dtype, pd.CategoricalDtype)]
    data = data.assign(**{c: data[c].astype(str) for c in texts})
    rng = np.random.default_rng(0)
    known = {"off": rng.normal(size=len(data)), "w": rng.uniform(0.5, 2.0, len(data))}
    return data.assign(**known)


def both(name: str, formula: str, **choices: object) -> tuple[mw.Model, mw.Model]:
    """The model of rows in memory, and that of a table."""
    data = rows(name)
    table = pl.from_pandas(data).lazy()
    return mw.Model(formula, data, **choices), mw.Model(formula, table, **choices)


MODELS = [
    ("sleepstudy", "Reaction ~ Days + (Days | Subject)", {}),
    ("cake", "angle ~ recipe * temp + offset(off) + (1 | replicate)", {}),
    ("cake", "angle ~ recipe + poly(temp, 2) + (1 | recipe:replicate)", {}),
    ("sleepstudy", "Reaction ~ 0 + Days + I(2 * Days) + (1 | Subject)", {}),
    ("sleepstudy", "log(Reaction) | subset(Days > 1) ~ scale(Days) + (1 | Subject)", {}),
    ("sleepstudy", "Reaction ~ I(Days + 1e8) + (I(Days + 1e8) | Subject)", {}),
]


@pytest.mark.parametrize(("name", "formula", "choices"), MODELS)
def test_what_a_model_prints_is_the_same(name: str, formula: str, choices: dict[str, str]) -> None:
    memory, elsewhere = both(name, formula, **choices)
    assert str(elsewhere.spec) == str(memory.spec)
    assert str(elsewhere.explain()) == str(memory.explain())
    assert repr(elsewhere) == repr(memory)


@pytest.mark.parametrize(("name", "formula", "choices"), MODELS[:3])
def test_posteriors_from_a_seed_are_the_same(
    name: str, formula: str, choices: dict[str, str]
) -> None:
    one, other = (model.fit(seed=1, draws=250) for model in both(name, formula, **choices))
    memory, elsewhere = one.summary(), other.summary()
    for column in ("estimate", "lower", "upper"):
        assert ((memory[column] - elsewhere[column]).abs() < 1e-6 * memory["sd"]).all()
    assert str(one) == str(other)
    assert str(one.coef()) == str(other.coef())
    assert str(one.r2(scale="latent") if not choices else 0) == str(
        other.r2(scale="latent") if not choices else 0
    )


def test_means_and_contrasts_of_a_table_are_those_of_its_rows() -> None:
    one, other = (
        m.fit(seed=1, draws=250) for m in both("cake", "angle ~ recipe * temp + (1 | replicate)")
    )
    for ask in (
        lambda fit: fit.means("recipe", weights="proportional"),
        lambda fit: fit.contrasts("pairwise", of="recipe", by="temp", at={"temp": "quartiles"}),
        lambda fit: fit.slopes("temp", by="recipe"),
    ):
        assert str(ask(one)) == str(ask(other))


def test_what_needs_rows_is_refused_in_a_sentence() -> None:
    _, model = both("sleepstudy", "Reaction ~ Days + (1 | Subject)")
    fit = model.fit(seed=1, draws=100)
    for ask in (fit.loo, fit.ppc, fit.residuals, fit.predictions):
        with pytest.raises(mw.DataError, match="the rows one by one, and they are not in memory"):
            ask()
    with pytest.raises(mw.SamplingError, match="goes through the rows"):
        model.fit(engine="direct")


def test_generalized_models_count_the_distinct_rows() -> None:
    data = rows("sleepstudy").assign(slow=lambda d: d["Reaction"] > 300)
    formula = "slow ~ Days + (1 | Subject)"
    table = pl.from_pandas(data).lazy()
    one, other = mw.Model(formula, data, "bernoulli"), mw.Model(formula, table, "bernoulli")
    assert any("180 rows of a Polars LazyFrame were counted" in note for note in other.spec.notes)
    assert not any("learned" in note for note in other.spec.notes)
    taught = mw.Model("slow ~ scale(Days) + (1 | Subject)", table, "bernoulli")
    assert any(
        note.startswith("What scale(Days) learned is of the d") for note in taught.spec.notes
    )
    memory, cells = one.fit(seed=1, draws=250).summary(), other.fit(seed=1, draws=250).summary()
    assert ((memory["estimate"] - cells["estimate"]).abs() < 1e-6 * memory["sd"]).all()

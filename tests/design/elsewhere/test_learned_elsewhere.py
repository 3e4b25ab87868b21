"""Models of tables that stay where they lie are those of the same rows in memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mixwell as mw
from mixwell.posterior.storage.rows_apart import recipe_to_save


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


def test_names_of_columns_need_no_rows() -> None:
    memory, elsewhere = both(*MODELS[1][:2])
    assert elsewhere.design.names == memory.design.names == tuple(memory.design.common)
    with pytest.raises(mw.MixwellError, match=r"Their names are model.design.names\."):
        list(elsewhere.design.common)


def test_models_without_sums_say_what_is_shared_in_their_place() -> None:
    counted = mw.Model(
        "Days ~ 1 + (1 | Subject)", pl.from_pandas(rows("sleepstudy")).lazy(), "poisson"
    )
    with pytest.raises(mw.DataError, match=r"were counted(.|\n)*numbers as weights"):
        counted.reduction()
    with pytest.raises(mw.DataError, match="are in memory, and no sums"):
        both(*MODELS[0][:2])[0].reduction()


def test_long_whole_numbers_group_rows_and_are_no_slopes() -> None:
    data = rows("sleepstudy")
    data["id"] = 2**53 + np.arange(len(data)) // 10  # doubles have half of them
    table = pl.from_pandas(data).lazy()
    model = mw.Model("Reaction ~ Days + (1 | id)", table)
    alone = mw.Model("Reaction ~ Days + (1 | id)", model.reduction())
    for each in (model, alone):
        assert each.design.blocks[0].levels == tuple(map(str, sorted(set(data["id"]))))
    fit = alone.fit(seed=1, draws=20)
    assert fit.ranef()["level"].astype(int).tolist() == sorted(set(data["id"]))
    with pytest.raises(mw.DataError, match=r"id holds whole numbers(.|\n)*factor\(\) makes levels"):
        mw.Model("Reaction ~ id", table)


def test_generalized_models_count_the_distinct_rows() -> None:
    data = rows("sleepstudy").assign(slow=lambda d: d["Reaction"] > 300)
    formula = "slow ~ Days + (1 | Subject)"
    table = pl.from_pandas(data).lazy()
    one, other = mw.Model(formula, data, "bernoulli"), mw.Model(formula, table, "bernoulli")
    assert any("180 rows of a Polars LazyFrame were counted" in note for note in other.spec.notes)
    memory, cells = one.fit(seed=1, draws=250).summary(), other.fit(seed=1, draws=250).summary()
    assert ((memory["estimate"] - cells["estimate"]).abs() < 1e-6 * memory["sd"]).all()


def repeated_rows() -> pd.DataFrame:
    """Rows of few values that occur unequally often, some of them missing."""
    rng = np.random.default_rng(4)
    n = 800
    g = rng.integers(0, 6, n)
    x = rng.choice([0.0, 1.0, 2.0, 5.0], n, p=[0.6, 0.2, 0.15, 0.05])
    z, w = rng.gamma(2.0, 1.0, n).round().clip(0, 6), rng.integers(0, 4, n).astype(float)
    eta = 0.3 * x - 0.1 * z + rng.normal(0, 0.3, 6)[g]
    made = {"y": rng.poisson(np.exp(eta)), "b": (eta > rng.logistic(size=n)).astype(int)}
    data = pd.DataFrame({**made, "x": x, "z": z, "w": w, "g": g.astype(str)})
    data.loc[3:9, "z"] = np.nan
    return data


COUNTED = "{} ~ scale(x) + ns(z, 3) + poly(w, 2) + (1 | g)"


@pytest.mark.parametrize(("family", "response"), [("poisson", "y"), ("bernoulli", "b")])
def test_rows_that_were_counted_teach_transforms_what_all_rows_do(
    family: str, response: str, tmp_path: Path
) -> None:
    data = repeated_rows()
    data.to_parquet(tmp_path / "rows.parquet")
    formula = COUNTED.format(response)
    one = mw.Model(formula, data, family)
    memory = one.fit(seed=1, draws=100)
    summary, columns = memory.summary(), one.design.evaluate(data.dropna()).common
    for table in (str(tmp_path / "rows.parquet"), pl.from_pandas(data).lazy()):
        other = mw.Model(formula, table, family)
        assert len(other.design.frame) < 600
        assert set(one.spec.notes) <= set(other.spec.notes)  # rows with gaps are counted, too
        found = other.design.evaluate(data.dropna()).common
        assert list(found.columns) == list(columns.columns)
        np.testing.assert_allclose(found, columns, rtol=1e-10, atol=1e-12)
        fit = other.fit(seed=1, draws=100)
        cells = fit.summary()
        for column in ("estimate", "lower", "upper"):
            assert ((summary[column] - cells[column]).abs() < 1e-6 * summary["sd"]).all()
        assert str(fit.explain()) == str(memory.explain())
        assert str(fit.slopes("z")) == str(memory.slopes("z"))
    again = mw.load(fit.save(tmp_path / "fit.nc"))
    assert str(again.slopes("z")) == str(fit.slopes("z"))
    assert str(again.summary()) == str(cells)


SEVERAL = [
    (["b ~ arm + (1 | site)", "k ~ arm"], ["bernoulli", "poisson"], {}),
    ("mvbind(z, k) ~ arm + (1 | site)", ["gaussian", "poisson"], {}),
    ("mvbind(z, k) ~ arm", "gaussian", {"rescor": True}),
    (["c ~ arm + (1 | site)", "zi ~ arm"], "zero_inflated_poisson", {}),
    (["k ~ arm", "disc ~ arm"], "cumulative", {}),
]


@pytest.mark.parametrize(("formula", "family", "choices"), SEVERAL)
def test_several_responses_and_parameters_are_fitted_to_counted_rows(
    formula: str | list[str], family: str | list[str], choices: dict[str, bool]
) -> None:
    rng, n = np.random.default_rng(4), 300
    data = pd.DataFrame(
        {"arm": rng.choice(["a", "b"], n), "site": [f"s{k}" for k in rng.integers(0, 6, n)]}
    )
    data["b"], data["k"] = (rng.random(n) < 0.4).astype(int), rng.poisson(1.5, n).clip(0, 4)
    data["z"] = np.round(rng.normal(size=n) + data["k"])
    data["c"] = 2 * data["k"] * (rng.random(n) < 0.6)
    table = mw.Model(formula, pl.from_pandas(data).lazy(), family, **choices)
    mw.options.rows_in_memory = None
    memory = mw.Model(formula, data, family, **choices)
    assert table.design.cells is not None
    assert table.priors.equals(memory.priors)
    one, two = (model.mode().fixef()["estimate"] for model in (table, memory))
    np.testing.assert_allclose(one, two, atol=1e-4)


def test_counted_rows_of_several_responses_weigh_as_much_in_pymc() -> None:
    rng, n = np.random.default_rng(4), 300
    data = pd.DataFrame({"b": rng.random(n) < 0.4, "k": rng.poisson(1.5, n)}).astype(int)
    given = "mvbind(b, k) ~ 1", pl.from_pandas(data).lazy(), ["bernoulli", "poisson"]
    counted = mw.Model(*given).pymc.point_logps()
    mw.options.rows_in_memory = None
    known = mw.Model(*given).pymc.point_logps()
    whole = counted["b"] + counted["k"] + counted["likelihood_weights"]
    assert whole == pytest.approx(known["b"] + known["k"], abs=0.03)  # each is rounded


def test_frequencies_of_a_table_count_rows_and_teach_nothing() -> None:
    data = repeated_rows().assign(n=lambda d: np.arange(len(d)) % 3)
    choices = {"weights": "n", "weight_kind": "frequency"}
    for formula in ("y ~ scale(x)", "y ~ scale(x) + n", "y ~ ."):
        one = mw.Model(formula, data, "poisson", **choices)
        other = mw.Model(formula, pl.from_pandas(data).lazy(), "poisson", **choices)
        assert other.design.observations == one.design.observations
        rows = data.dropna()
        found, columns = (model.design.evaluate(rows).common for model in (other, one))
        assert list(found.columns) == list(columns.columns)
        np.testing.assert_allclose(found, columns, rtol=1e-10, atol=1e-12)


def test_counted_rows_of_a_family_with_a_scale_are_written_out_and_saved(tmp_path: Path) -> None:
    data = repeated_rows()
    table = pl.from_pandas(data).lazy()
    one, other = (mw.Model("z ~ scale(x) + poly(w, 2)", rows, "student") for rows in (data, table))
    assert other.design.n == one.design.n
    assert one.spec.notes[0] in other.spec.notes
    found, columns = (model.design.evaluate(data.dropna()).common for model in (other, one))
    np.testing.assert_allclose(found, columns, rtol=1e-10, atol=1e-12)
    recipe, apart = recipe_to_save(other._recipe, other.spec)
    assert apart is None
    assert recipe.specify().design.n == one.design.n


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_products_that_add_up_to_one_another_are_the_same_ones_as_in_memory(seed: int) -> None:
    """8 different values carry 8 columns, whatever rounding leaves of the others."""
    rng = np.random.default_rng(seed)
    z = rng.integers(1, 9, 80) ** 2.0
    data = pd.DataFrame({"y": rng.normal(size=80), "z": z})
    formula = "y ~ ns(z, 3) * poly(z, 2)"
    one, other = mw.Model(formula, data), mw.Model(formula, pl.from_pandas(data).lazy())
    assert len(other.design.mean.fixed.names) == 8
    assert other.design.dropped == one.design.dropped


def purposes(table: pl.LazyFrame, formula: str) -> list[str]:
    return [query.purpose for query in mw.Model(formula, table).plan().entries]


@pytest.mark.parametrize("lacking", [None, "Days", "Subject"])
def test_rows_are_counted_again_only_where_the_first_query_found_gaps(lacking: str | None) -> None:
    data = rows("sleepstudy")
    if lacking is not None:
        data.loc[[3, 7], lacking] = None
    formula = "Reaction ~ Days + (Days | Subject)"
    table = pl.from_pandas(data).lazy()
    asked = [purpose for purpose in purposes(table, formula) if "range" in purpose]
    again = "count the rows that stay" in purposes(table, formula)
    assert (len(asked), again) == (1, lacking is not None)
    model = mw.Model(formula, table)
    assert str(model) == str(mw.Model(formula, data))

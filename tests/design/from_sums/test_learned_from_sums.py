"""Models of sums alone are those of the rows that were summed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mixwell as mw
from mixwell.design.sums.sums import Sums


@pytest.fixture(autouse=True)
def rows_stay_where_they_lie() -> Iterator[None]:
    mw.options.rows_in_memory = 0
    yield
    mw.options.rows_in_memory = None


def rows() -> pd.DataFrame:
    """Rows of sites with rooms, an hour of the day, a dose, and two covariates."""
    rng, n = np.random.default_rng(2), 600
    site, x = rng.integers(0, 20, n), 50 + 10 * rng.normal(size=n)
    room, hour = 3 * site + rng.integers(0, 3, n), rng.choice(["day", "dusk", "night"], n)
    y = 1 + 0.2 * x + (hour == "night") + rng.normal(size=20)[site] + rng.normal(size=n)
    numbers = {"y": y, "x": x, "z": rng.gamma(2.0, size=n), "dose": rng.integers(1, 4, n)}
    levels = {
        "hour": hour,
        "site": [f"s{k}" for k in site],
        "room": room,
        "gap": rng.normal(size=n),
    }
    return pd.DataFrame(numbers | levels)


def summed(formula: str, data: pd.DataFrame, **choices: object) -> Sums:
    """The sums of a formula's columns."""
    return mw.Model(formula, pl.from_pandas(data).lazy(), **choices).reduction()


FIXED = "y ~ I((x - 50) / 10) * hour + factor(dose)"
FORMULA = f"{FIXED} + (1 + I((x - 50) / 10) | site) + (1 | site:room)"


def test_sums_of_two_sites_are_fitted_as_the_rows_of_both(tmp_path: Path) -> None:
    data = rows()
    parts = data[data.index < 350], data[data.index >= 350]
    for k, part in enumerate(parts):
        summed(FORMULA, part).save(tmp_path / f"{k}.npz")
    sums = mw.combine([mw.load_reduction(tmp_path / f"{k}.npz") for k in range(2)])
    assert "the ends and the levels of y, x, dose, hour, site and room." in str(sums)
    fit = mw.Model(sums.formula, sums).fit(seed=1, draws=250)
    mw.options.rows_in_memory = None
    memory = mw.Model(FORMULA, data).fit(seed=1, draws=250)
    one, two = memory.summary(), fit.summary()
    for column in ("estimate", "lower", "upper"):
        assert ((one[column] - two[column]).abs() < 1e-6 * one["sd"]).all()
    assert str(fit) == str(memory)
    for ask in (
        lambda fit: fit.explain(),
        lambda fit: fit.coef(),
        lambda fit: fit.means("hour"),
        lambda fit: fit.means("hour", weights="proportional"),
        lambda fit: fit.means("hour", groups="existing"),
        lambda fit: fit.contrasts("pairwise", of="hour", by="x", at={"x": [40, 60]}),
        lambda fit: fit.slopes("x", by="hour"),
        lambda fit: fit.means("dose"),
        lambda fit: fit.joint_tests(),
    ):
        assert str(ask(fit)) == str(ask(memory))


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ scale(x) + poly(z, 2) + (1 | site)",
        "log(z) | subset(dose > 1) ~ ns(x, df = 3) * hour + (x || site)",
        "y ~ cr(z, df = 4) + (x > 50) + offset(gap) + (1 | room)",
        "y ~ I(x + 1e8) + bs(z, df = 5) + (1 | site/room)",
    ],
)
def test_what_was_learned_of_rows_is_that_of_their_sums(formula: str) -> None:
    table = pl.from_pandas(rows()).lazy()
    model = mw.Model(formula, table)
    alone = mw.Model(formula, model.reduction())
    assert alone.priors.equals(model.priors)
    assert str(alone.explain()) == str(model.explain())
    new = rows().head(5)
    for one, two in zip(
        (model.design.evaluate(new).common, *(b.matrix for b in model.design.evaluate(new).blocks)),
        (alone.design.evaluate(new).common, *(b.matrix for b in alone.design.evaluate(new).blocks)),
        strict=True,
    ):
        np.testing.assert_array_equal(one, two)


REFUSED = {
    "other columns": ("y ~ I(x * x) + (1 | site)", "not of this formula's columns", "x"),
    "another response": ("log(z) ~ x + (1 | site)", "another response", "y ~ x"),
    "several formulas": (
        ["y ~ x + (1 | site)", "sigma ~ x"],
        "one formula",
        "where the table lies",
    ),
}


@pytest.mark.parametrize(("formula", "said", "hint"), REFUSED.values(), ids=REFUSED)
def test_a_formula_of_other_columns_is_refused(
    formula: str | list[str], said: str, hint: str
) -> None:
    sums = summed("y ~ x + (1 | site)", rows())
    with pytest.raises(mw.DataError, match=said) as caught:
        mw.Model(formula, sums)
    assert hint in str(caught.value)


def test_what_sums_do_not_have_is_refused_in_a_sentence() -> None:
    data = rows()
    fit = mw.Model(FORMULA, summed(FORMULA, data)).fit(seed=1, draws=100)
    for ask, said in (
        (lambda: fit.loo("site"), "products of all columns by group"),
        (lambda: fit.means("hour", over="data"), "how many rows each combination of"),
        (lambda: fit.means("x", at={"x": "quartiles"}), "quantiles of x"),
        (lambda: fit.loo(), "one by one"),
        (lambda: fit.predictions(out="pred.parquet"), r"go through(.|\n)*predictions\(table, out="),
    ):
        with pytest.raises(mw.DataError, match=said):
            ask()
    days = data.assign(day=pd.Timestamp("2026-03-01") + pd.to_timedelta(data["dose"], "D"))
    with pytest.raises(mw.DataError, match=r"day is a date(.|\n)*make a text of it"):
        mw.Model("y ~ x + (1 | day)", summed("y ~ x + (1 | day)", days))
    with pytest.raises(mw.DataError, match="weighted rows"):
        mw.Model("y ~ x", summed("y ~ x", data, weights="z"))
    with pytest.raises(mw.DataError, match="a gaussian model with one formula"):
        mw.Model("y ~ x", summed("y ~ x", data), family="lognormal")


def test_merged_levels_of_numbers_are_levels_as_texts_are() -> None:
    data = rows().assign(id=lambda d: 10 * d["room"])
    formula = "y ~ x + (1 | id)"
    parts = data[data.index < 350], data[data.index >= 350]
    sums = mw.combine([summed(formula, part).merged(minimum=5) for part in parts])
    fit = mw.Model(sums.formula, sums).fit(seed=1, draws=50)
    assert "(fewer than 5 rows)" in fit.ranef()["level"].tolist()
    assert len(fit.means("id", groups="existing")) == len(sums.blocks[0].levels)


def test_other_codings_than_those_that_were_summed_are_refused() -> None:
    sums = summed("y ~ hour", rows(), contrasts={"hour": "sum"})
    assert mw.Model("y ~ hour", sums, contrasts={"hour": "sum"}).design.n == 600
    with pytest.raises(mw.DataError, match="not of this formula's columns"):
        mw.Model("y ~ hour", sums)

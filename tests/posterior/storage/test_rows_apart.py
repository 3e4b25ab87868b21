"""Fits whose rows lie elsewhere are saved without them, and loaded with the table given again."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import mixwell as mw
from mixwell.fit import Fit
from mixwell.posterior.storage import store


@pytest.fixture(autouse=True)
def rows_stay_where_they_lie() -> Iterator[None]:
    mw.options.rows_in_memory = 0
    yield
    mw.options.rows_in_memory = None


def rows() -> pd.DataFrame:
    data = mw.load_data("sleepstudy").assign(Subject=lambda d: d["Subject"].astype(str))
    return data.assign(slow=(data["Reaction"] > 300).astype(int))


def fitted(formula: str, family: str = "gaussian") -> Fit:
    model = mw.Model(formula, pl.from_pandas(rows()).lazy(), family)
    return model.fit(seed=1, draws=50)


FORMULA = "Reaction ~ Days + (Days | Subject)"


def test_a_fit_is_loaded_with_its_table_and_answers_as_before(tmp_path: Path) -> None:
    fit = fitted(FORMULA)
    path = fit.save(tmp_path / "fit.nc")
    table = tmp_path / "rows.parquet"
    rows().to_parquet(table)
    loaded = mw.load(path, data=str(table))
    assert str(loaded) == str(fit)
    assert str(loaded.joint_tests()) == str(fit.joint_tests())
    with pytest.raises(mw.DataError, match="Residuals go through the rows"):
        loaded.residuals()


def test_rows_in_memory_serve_too_and_answer_for_themselves(tmp_path: Path) -> None:
    fit = fitted(FORMULA)
    path = fit.save(tmp_path / "fit.nc")
    mw.options.rows_in_memory = None
    loaded = mw.load(path, data=rows())
    assert str(loaded.summary()) == str(fit.summary())
    assert len(loaded.residuals()) == 180


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "180 rows stayed where they lay"),
        (rows().head(100), "made with 180 rows, of these 100 are used"),
        (rows().assign(Subject="s" + rows()["Subject"]), 'draws of "308" where .* "s308"'),
        (rows()[rows()["Days"] < 9], "made with 180 rows, of these 162 are used"),
        (rows().assign(Reaction=lambda d: d["Reaction"] + 0.01), "Reaction had mean 298.508"),
    ],
)
def test_a_file_of_rows_elsewhere_asks_for_these_rows(
    tmp_path: Path, data: pd.DataFrame | None, said: str
) -> None:
    path = fitted(FORMULA).save(tmp_path / "fit.nc")
    with pytest.raises(mw.DataError, match=said):
        mw.load(path, data=data)


WRONG = {
    "other rows": (FORMULA, {"data": rows().head(100)}, "of these 100 are used"),
    "no rows": (FORMULA, {}, "180 rows stayed where they lay"),
    "rows without a column": (FORMULA, {"data": rows().drop(columns="Days")}, "no column 'Days'"),
    "rows though it has its own": ("slow ~ Days", {"data": rows()}, "holds the data of its fit"),
    "functions that are none": ("slow ~ Days", {"functions": {"f": 1}}, "f"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_given_with_a_file_is_refused_before_its_draws_are_read(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    formula, given, said = WRONG[what]
    path = fitted(formula, "bernoulli" if "slow" in formula else "gaussian").save(tmp_path / "f.nc")
    monkeypatch.setattr(store, "read_draws", lambda *_: pytest.fail("the draws were read"))
    with pytest.raises(mw.MixwellError, match=said):
        mw.load(path, **given)


def test_counted_rows_are_in_the_file(tmp_path: Path) -> None:
    fit = fitted("slow ~ Days + (1 | Subject)", "bernoulli")
    path = fit.save(tmp_path / "fit.nc")
    loaded = mw.load(path)
    said = "The 180 rows of a Polars LazyFrame were counted: 180 distinct rows of"
    assert said in " ".join(str(loaded).split())
    assert (str(loaded), str(loaded.spec)) == (str(fit), str(fit.spec))
    assert loaded.refit().spec.notes == fit.spec.notes
    with pytest.raises(mw.DataError, match="holds the data of its fit"):
        mw.load(path, data=rows())


def test_a_run_of_rows_elsewhere_is_not_kept_while_it_goes_on(tmp_path: Path) -> None:
    model = mw.Model(FORMULA, pl.from_pandas(rows()).lazy())
    with pytest.raises(mw.DataError, match="A run of rows that lie elsewhere is not kept"):
        model.fit(seed=1, draws=50, checkpoint=tmp_path / "run")

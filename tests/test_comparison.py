"""Fits held against each other: the numbers, the words, and what is refused."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mixwell as mw

SLOPES, INTERCEPTS = "Reaction ~ Days + (Days | Subject)", "Reaction ~ Days + (1 | Subject)"


def rows() -> pd.DataFrame:
    """The sleep study with subjects as texts."""
    data = mw.load_data("sleepstudy")
    return data.assign(Subject=data["Subject"].astype(str))


def fitted(formula: str, data: pd.DataFrame, *, elsewhere: bool = False) -> mw.Fit:
    """Fit a model of rows in memory, or of a table that stays where it lies."""
    mw.options.rows_in_memory = 0 if elsewhere else None
    try:
        given = pl.from_pandas(data).lazy() if elsewhere else data
        return mw.Model(formula, given).fit(seed=1, draws=250)
    finally:
        mw.options.rows_in_memory = None


@pytest.fixture(scope="module")
def fits() -> dict[str, mw.Fit]:
    data = rows()
    return {
        "slopes": fitted(SLOPES, data),
        "intercepts": fitted(INTERCEPTS, data),
        "far": fitted(SLOPES, data.iloc[::-1], elsewhere=True),
    }


def some(fits: dict[str, mw.Fit], *names: str) -> dict[str, mw.Fit]:
    return {name: fits[name] for name in names}


def test_differences_of_groups_have_errors_over_groups(fits: dict[str, mw.Fit]) -> None:
    table = mw.compare(some(fits, "intercepts", "slopes"), by="logo")
    one, two = (fits[name].loo("Subject") for name in ("intercepts", "slopes"))
    away = one.elpd - two.elpd
    row = table.loc["intercepts"]
    assert row["elpd_diff"] == pytest.approx(away.sum())
    assert row["dse"] == pytest.approx(np.sqrt(len(away)) * away.std(ddof=1))
    assert row["se"] == pytest.approx(one.error)
    assert table.equals(mw.compare(some(fits, "intercepts", "slopes"), group="Subject"))


def test_what_is_compared_stands_in_the_print_with_what_speaks_against_it(
    fits: dict[str, mw.Fit],
) -> None:
    table = mw.compare(some(fits, "intercepts", "slopes"), by="logo")
    lines = str(table).splitlines()
    assert lines[0] == "18 levels of Subject left out in turn, each predicted from the others"
    away, error = -table["elpd_diff"].iloc[1], table["dse"].iloc[1]
    assert f"behind it is intercepts by {away:.1f} (standard error {error:.1f})." in lines[-3]
    assert lines[-2] == "Of fewer than 100 levels standard errors are rough."
    assert lines[-1].endswith("in 1 level of slopes.")
    assert lines[-2] in table._repr_html_()
    assert type(table[["elpd"]]) is pd.DataFrame
    assert "if all are equally probable beforehand" in str(
        mw.compare(some(fits, "intercepts", "slopes"), by="evidence")
    )


def test_models_in_memory_are_compared_with_those_elsewhere(fits: dict[str, mw.Fit]) -> None:
    table = mw.compare(some(fits, "far", "intercepts"), by="logo")
    memory = mw.compare(some(fits, "slopes", "intercepts"), by="logo")
    expected = memory.rename(index={"slopes": "far"})
    for column in ("elpd", "elpd_diff", "se", "dse", "p", "weight"):
        np.testing.assert_allclose(table[column], expected[column], rtol=1e-6, atol=1e-9)
    evidence = mw.compare(some(fits, "far", "intercepts"), by="evidence")
    assert evidence.index.tolist() == ["far", "intercepts"]
    with pytest.raises(mw.DataError, match="rows of far are not in memory"):
        mw.compare(some(fits, "far", "intercepts"))


REFUSED = {
    "another response": (
        "log(Reaction) ~ Days + (1 | Subject)",
        lambda data: data,
        "different rows or responses in 18 levels of Subject",
        "308: responses that add up to 3421.34 and 58.1041",
    ),
    "fewer rows": (
        INTERCEPTS,
        lambda data: data.iloc[1:],
        "different rows or responses in 1 level of Subject",
        "308: 10 and 9 rows",
    ),
    "fewer levels": (
        INTERCEPTS,
        lambda data: data[data["Subject"] != "309"],
        "different levels of Subject",
        "in slopes or in other only: 309",
    ),
    "another factor": (
        "Reaction ~ Days + (1 | person)",
        lambda data: data.rename(columns={"Subject": "person"}),
        "different factors: Subject and person",
        'group="..."',
    ),
}


@pytest.mark.parametrize(("formula", "change", "said", "where"), REFUSED.values(), ids=REFUSED)
def test_groups_of_other_rows_are_refused(
    fits: dict[str, mw.Fit],
    formula: str,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    said: str,
    where: str,
) -> None:
    other = fitted(formula, change(rows()), elsewhere=True)
    with pytest.raises(mw.DataError, match=said) as caught:
        mw.compare({"slopes": fits["slopes"], "other": other}, by="logo")
    assert where in str(caught.value)


@pytest.mark.parametrize("by", ["loo", "logo", "evidence"])
def test_other_responses_in_the_same_rows_are_refused(fits: dict[str, mw.Fit], by: str) -> None:
    other = fitted("I(2 * Reaction) ~ Days + (1 | Subject)", rows())
    with pytest.raises(mw.DataError, match="different responses"):
        mw.compare({"slopes": fits["slopes"], "other": other}, by=by)
    if by == "evidence":
        with pytest.raises(mw.DataError, match="different responses"):
            mw.compare({"far": fits["far"], "other": other}, by=by)


def test_which_groups_are_left_out_must_be_known(fits: dict[str, mw.Fit]) -> None:
    alone = fitted("Reaction ~ Days", rows())
    with pytest.raises(mw.DataError, match="alone has no grouping factor"):
        mw.compare({**some(fits, "slopes"), "alone": alone}, by="logo")
    with pytest.raises(mw.DataError, match='slopes has no grouping factor "subjects"'):
        mw.compare(some(fits, "slopes", "intercepts"), by="logo", group="subjects")
    with pytest.raises(mw.DataError, match="no group is left out"):
        mw.compare(some(fits, "slopes", "intercepts"), by="evidence", group="Subject")

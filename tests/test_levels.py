"""Long identifiers, dates and intervals from fit to file: each level keeps its own estimate.

The truth is in the data: every level's responses lie within 0.1 of a mean of its own, far from the
others' means.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.text.level_labels import label_of

MEANS = np.array([5.0, -5.0, 10.0, -10.0])
LONG = 2**53
KINDS: dict[str, Any] = {
    "whole": np.array([LONG + 1, LONG, LONG + 2, LONG + 3]),
    "unsigned": np.array([2**64 - 1, 2**64 - 2, 3, 2**63], dtype="uint64"),
    "nullable": pd.array([LONG + 1, LONG, 7, 8], dtype="Int64"),
    "floats": np.array([0.1 + 0.2, 0.3, 1234567.0, 1234568.0]),
    "days": pd.to_datetime(["2026-03-04", "2026-03-01", "2026-03-02", "2026-03-03"]),
    "intervals": pd.Series(pd.cut([1.0, 3.0, 5.0, 7.0], 4)),
    "categories": pd.Categorical([LONG + 1, LONG, 7, 8], [7, LONG + 1, LONG, 8]),
}


def data_of(kind: str) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows = np.tile(np.arange(4), 6)
    frame = pd.DataFrame({"y": MEANS[rows] + rng.uniform(-0.1, 0.1, 24), "a": list("pq") * 12})
    return frame.assign(id=pd.Series(KINDS[kind]).array.take(rows), x=rng.normal(size=24))


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def grouped(kind: str) -> Any:
    return mw.Model("y ~ x + (1 | id)", data_of(kind)).fit(engine="exact", draws=100, seed=1)


@pytest.fixture(scope="module")
def fixed(kind: str) -> Any:
    return mw.Model("y ~ factor(id)", data_of(kind)).fit(engine="exact", draws=100, seed=1)


def test_every_row_is_predicted_by_its_own_level(grouped: Any, kind: str) -> None:
    data = data_of(kind)
    for rows in (data, data.iloc[::-1], data.iloc[[1]]):
        made = grouped.predictions(rows, groups="existing")["estimate"]
        np.testing.assert_allclose(made, rows["y"], atol=0.5)


def test_a_saved_file_gives_the_levels_back(grouped: Any, kind: str, tmp_path: Path) -> None:
    grouped.save(tmp_path / "fit.nc")
    loaded = mw.load(tmp_path / "fit.nc")
    new = data_of(kind).iloc[[3, 0, 2]]
    one, two = (fit.predictions(new, groups="existing")["estimate"] for fit in (grouped, loaded))
    np.testing.assert_allclose(one, two)
    pd.testing.assert_frame_equal(grouped.ranef(), loaded.ranef())


def test_each_level_has_a_row_of_its_own_in_ranef_and_in_the_draws(grouped: Any, kind: str) -> None:
    table = grouped.ranef().set_index("level")["estimate"]
    labels = grouped.idata["posterior"]["id"].values.tolist()
    assert table.index.tolist() == labels
    assert len(set(labels)) == 4
    own = data_of(kind).groupby("id", observed=True)["y"].mean()
    np.testing.assert_allclose(table, own - MEANS.mean(), atol=0.8)


def test_means_by_group_are_those_of_each_level(grouped: Any, kind: str) -> None:
    data = data_of(kind)
    made = grouped.means("id", groups="existing")
    assert len(set(made.labels)) == 4
    wanted = data.groupby("id", observed=True)["y"].mean()
    np.testing.assert_allclose(made["estimate"], wanted, atol=0.5)


def test_means_of_a_factor_are_found_by_value(fixed: Any, kind: str) -> None:
    data = data_of(kind)
    made = fixed.means("factor(id)")
    assert len(set(made.labels)) == 4
    wanted = data.groupby("id", observed=True)["y"].mean()
    np.testing.assert_allclose(made["estimate"], wanted, atol=0.2)
    for value, label, mean in zip(wanted.index, made.labels, wanted, strict=True):
        for asked in (value, label):
            one = fixed.means("factor(id)", at={"id": asked})
            np.testing.assert_allclose(one["estimate"], mean, atol=0.2)


def test_contrasts_name_the_levels_apart(fixed: Any) -> None:
    made = fixed.contrasts("pairwise", of="factor(id)")
    assert len(set(made.labels)) == 6
    assert len(set(fixed.comparisons("id").labels)) == 3


def test_the_table_prints_every_level_apart(fixed: Any) -> None:
    lines = str(fixed.means("factor(id)")).splitlines()[3:7]
    names = {line[: len(line) - len(line.lstrip())] + line.split("  ")[0].strip() for line in lines}
    assert len(names) == 4


def test_figures_name_the_levels_apart(fixed: Any, grouped: Any) -> None:
    axes = fixed.contrasts("pairwise", of="factor(id)").plot().axes[0]
    assert len({text.get_text() for text in axes.get_yticklabels()}) == 6
    axes = grouped.plot.ranef().axes[0]
    assert len({text.get_text() for text in axes.get_yticklabels()}) == 4


def test_weights_and_codings_find_levels_by_value(kind: str, tmp_path: Path) -> None:
    data = data_of(kind)
    values = pd.Series(KINDS[kind]).sort_values().tolist()
    weights = {values[0]: -1.0, values[3]: 1.0}
    rows = pd.DataFrame(
        {"first": [0.5, -0.5, 0, 0], "last": [0, 0, 1.0, -1.0], "half": [1, 1, -1, -1.0]}, values
    )
    coded = mw.Model("y ~ factor(id)", data, contrasts={"factor(id)": rows})
    fit = coded.fit(engine="exact", draws=100, seed=1)
    own = data.groupby("id", observed=True)["y"].mean().tolist()
    made = fit.contrasts({"step": weights}, of="factor(id)")
    np.testing.assert_allclose(made["estimate"], own[3] - own[0], atol=0.2)
    assert fit.fixef().loc["factor(id)[first]", "estimate"] == pytest.approx(
        own[0] - own[1], abs=0.2
    )
    fit.save(tmp_path / "coded.nc")
    assert mw.load(tmp_path / "coded.nc").spec.design.common.equals(coded.design.common)


def test_one_level_is_given_its_own_coordinates_by_value(kind: str) -> None:
    first, *others = pd.Series(KINDS[kind]).tolist()
    model = mw.Model("y ~ x + (1 | id)", data_of(kind))
    chosen = {first: "centered", **dict.fromkeys(others, "noncentered")}
    table = model.geometry({"id": chosen})
    centered = table.loc[table["choice"] == "centered", "level"].tolist()
    assert centered == [label_of(first)]

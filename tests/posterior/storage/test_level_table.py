"""Deviations in a Parquet file: those of the table, whole or not at all."""

from pathlib import Path

import pandas as pd
import pytest
from pyarrow import parquet

import mixwell as mw
from mixwell.posterior.level_deviations import Deviations
from mixwell.posterior.storage import level_table


@pytest.fixture(scope="module")
def fit() -> mw.Fit:
    data = mw.load_data("penicillin")
    model = mw.Model("diameter ~ 1 + (1 | plate) + (1 | sample)", data)
    return model.fit(seed=1, draws=100)


@pytest.mark.parametrize("together", [4, 50_000])
def test_the_file_holds_the_rows_of_the_table(
    fit: mw.Fit, tmp_path: Path, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(level_table, "_TOGETHER", together)
    target = fit.ranef(out=tmp_path / "r.parquet", ci_prob=0.5)
    table = fit.ranef(ci_prob=0.5)
    found = pd.read_parquet(target)
    pd.testing.assert_frame_equal(found, table.rename_axis(columns=None), check_dtype=False)
    notes = parquet.read_schema(target).metadata
    assert notes[b"summary"] == b"posterior mean and 50% equal-tailed interval"


def test_a_file_that_cannot_be_finished_leaves_the_old_one(
    fit: mw.Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = fit.ranef(out=tmp_path / "r.parquet")
    before = target.read_bytes()
    plain = Deviations.estimates

    def broken(self: Deviations, *given: object) -> dict:
        if len(self.labels) == 6:  # the second factor
            raise RuntimeError("broken off")
        return plain(self, *given)

    monkeypatch.setattr(Deviations, "estimates", broken)
    with pytest.raises(RuntimeError, match="broken off"):
        fit.ranef(out=target, ci_prob=0.5)
    assert target.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["r.parquet"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("r.csv", r"does not end in \.parquet\.[\s\S]*r\.parquet"),
        ("missing/r.parquet", "There is no directory"),
    ],
)
def test_other_places_are_refused_in_a_sentence(
    fit: mw.Fit, tmp_path: Path, name: str, said: str
) -> None:
    with pytest.raises(mw.DataError, match=said):
        fit.ranef(out=tmp_path / name)
    with pytest.raises(mw.DataError, match="out= takes the name of a file, not a int"):
        fit.ranef(out=3)  # type: ignore[call-overload]

"""Draws of many deviations on disk: the same as in memory, wherever they are asked for."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from tests.infer.direct.test_target import crossed

import mixwell as mw
from mixwell.infer.direct.rounds import direct_draws, effect_draws
from mixwell.infer.direct.rounds.effect_draws import DrawsFolder, HeldEffects, StoredEffects


def test_what_is_read_from_disk_is_what_was_added() -> None:
    rng, folder = np.random.default_rng(1), DrawsFolder(0)
    held, stored = HeldEffects(11, 8), StoredEffects(11, folder, 0)
    for number in range(150):
        if number == 101:
            held.halve()
            stored.halve()
        row = rng.normal(size=11).astype(np.float32).astype(np.float64)
        held.add(row)
        stored.add(row)
    every = slice(None)
    asked = (every, slice(3, 7), np.array([1, 2, 9]), slice(0, 0))
    for draws in (every, slice(0, 40), slice(33, 99)):
        for columns in asked:
            np.testing.assert_array_equal(stored.read(columns, draws), held.read(columns, draws))
    again = pickle.loads(pickle.dumps(stored))
    np.testing.assert_array_equal(again.read(every, every), held.read(every, every))


def test_the_files_go_with_the_last_that_reads_them() -> None:
    folder = DrawsFolder(0)
    path, stored = folder.path, StoredEffects(3, folder, 0)
    del folder
    assert path.exists()
    del stored
    assert not path.exists()


def test_a_disk_that_is_too_small_is_said_before_the_time_is_spent() -> None:
    with pytest.raises(mw.DataError, match=r"would take 1e\+09 GB on disk, where .* are free"):
        DrawsFolder(1e18)


@pytest.fixture(scope="module")
def model() -> mw.Model:
    return mw.Model("count ~ x + (1 + x | g) + (1 | h)", crossed(), family="poisson")


@pytest.fixture(scope="module")
def fits(model: mw.Model) -> tuple[mw.Fit, mw.Fit]:
    held = model.fit(engine="direct", draws=120, seed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(direct_draws, "HELD", 0)
        return held, model.fit(engine="direct", draws=120, seed=1)


def test_summaries_and_predictions_are_those_of_draws_in_memory(
    fits: tuple[mw.Fit, mw.Fit],
) -> None:
    held, stored = fits
    for ask in (mw.Fit.summary, mw.Fit.ranef, mw.Fit.coef, mw.Fit.r2):
        one, two = (ask(fit).select_dtypes("number").to_numpy(float) for fit in fits)
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)
    # of all draws, those too that were left out when draws were kept further apart
    means = np.atleast_1d(stored.posterior["r_g"].attrs["mean_of_levels"])
    kept = held.posterior["r_g"].mean(["chain", "draw", "g"])
    np.testing.assert_allclose(means, kept, atol=0.05)


def test_chains_are_judged_by_deviations_that_are_read_later(fits: tuple[mw.Fit, mw.Fit]) -> None:
    held, stored = (fit.diagnose().measured for fit in fits)
    assert stored["R-hat"] == pytest.approx(held["R-hat"], abs=1e-4)


def test_files_hold_them_all(fits: tuple[mw.Fit, mw.Fit], tmp_path: Path) -> None:
    _, stored = fits
    loaded = mw.load(stored.save(tmp_path / "fit.nc")).posterior
    xr.testing.assert_equal(loaded["r_g"], stored.posterior["r_g"].load())


def test_what_is_on_disk_is_not_sent_to_other_processes_beyond_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = StoredEffects(3, DrawsFolder(0), 0)
    stored.add(np.zeros(3))

    def refuse(numbers: float, what: str, **_: str) -> None:
        raise mw.DataError(what)

    monkeypatch.setattr(effect_draws, "require_memory", refuse)
    with pytest.raises(mw.DataError, match="1 draws of 3 deviations"):
        pickle.dumps(stored)

"""What is to be judged of very many parameters is found once, noted, and read back."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import mixwell as mw
from mixwell.diagnose.sampled import read_draws
from mixwell.posterior import screened as module
from mixwell.posterior.screened import has_many, note_screened, screened

LEVELS = 600


@pytest.fixture
def posterior() -> xr.Dataset:
    """Chains of many deviations of two effects, of which one has shifted and one does not move."""
    values = np.random.default_rng(1).normal(size=(2, 80, LEVELS, 2))
    values[1, :, 17, 1] += 5
    values[:, :, 23, 0] = 1.0
    dims = ("chain", "draw", "g", "g_effect")
    labels = {"g": [f"g{k}" for k in range(LEVELS)], "g_effect": ["Intercept", "x"]}
    posterior = xr.Dataset({"r_g": (dims, values)}, coords=labels)
    posterior["sigma"] = ("chain", "draw"), np.exp(values[..., 0, 0])
    return posterior


def test_levels_that_have_shifted_or_stand_still_are_among_those_that_are_judged(
    posterior: xr.Dataset,
) -> None:
    places = screened(posterior["r_g"])
    assert {17, 23} <= {*places.tolist()}
    assert len(places) <= 2 * module.CHOSEN < LEVELS
    assert not has_many(posterior["sigma"])


def test_what_was_noted_is_read_without_another_look_at_the_draws(
    posterior: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = xr.DataTree.from_dict({"posterior": posterior})
    before = read_draws(tree, None).stack
    note_screened(tree["posterior"].dataset)

    def looked(*given: object) -> None:
        raise AssertionError("all draws were read")

    monkeypatch.setattr(module, "screen", looked)
    after = read_draws(tree, None).stack
    assert after.labels == before.labels
    np.testing.assert_array_equal(after.values, before.values)


@pytest.mark.parametrize("noted", [[], [-1], [LEVELS], [0.5], ["g17"], [[1, 2]], 10**30])
def test_notes_that_cannot_be_right_are_passed_over(posterior: xr.Dataset, noted: object) -> None:
    found = screened(posterior["r_g"])
    posterior["r_g"].attrs["screened"] = noted
    np.testing.assert_array_equal(screened(posterior["r_g"]), found)


def test_a_fit_of_chains_has_the_note_and_so_has_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ALL_UP_TO", 5)
    monkeypatch.setattr(module, "CHOSEN", 2)
    model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    fit = model.fit(engine="direct", draws=50, chains=2, seed=1)
    kept = mw.load(fit.save(tmp_path / "fit.nc"))
    for each in (fit, kept):
        places = each.posterior["r_Subject"].attrs["screened"]
        np.testing.assert_array_equal(places, screened(fit.posterior["r_Subject"]))
        assert 2 <= len(places) <= 4
    monkeypatch.setattr(module, "screen", None)  # nothing asks again
    assert str(kept.diagnose()) == str(fit.diagnose())

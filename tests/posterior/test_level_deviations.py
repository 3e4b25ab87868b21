"""Draws that are made where they are read: the same ones however they are asked for."""

import copy
import pickle

import numpy as np
import pytest
import xarray as xr

import mixwell as mw
from mixwell.posterior import level_deviations
from mixwell.posterior.level_deviations import Deviations, lazy_variable, made_when_read

SHAPE = (2, 5, 23, 2)
DIMS = ("chain", "draw", "g", "g_effect")


class Made:
    """Draws that are a stream's first numbers, and a note of the levels that were asked for."""

    def __init__(self) -> None:
        self.asked: list[slice] = []

    def __call__(self, levels: slice, block: int) -> np.ndarray:
        self.asked.append(levels)
        return np.random.default_rng([7, block]).standard_normal(
            (10, levels.stop - levels.start, 2)
        )


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> tuple[Made, xr.DataArray]:
    monkeypatch.setattr(level_deviations, "_BLOCK", 4 * 20)  # four levels a block
    make = Made()
    labels = {"g": [f"l{i}" for i in range(23)], "g_effect": ["Intercept", "x"]}
    dataset = xr.Dataset({"r_g": lazy_variable(DIMS, SHAPE, make)}, coords=labels)
    return make, dataset["r_g"]


def test_nothing_is_made_before_it_is_read(made: tuple[Made, xr.DataArray]) -> None:
    make, variable = made
    repr(variable.to_dataset())
    assert variable.sizes == dict(zip(DIMS, SHAPE, strict=True))
    assert made_when_read(variable)
    assert make.asked == []


def test_only_the_blocks_of_the_levels_that_are_read_are_made(
    made: tuple[Made, xr.DataArray],
) -> None:
    make, variable = made
    variable.isel(g=[13, 1, 14]).to_numpy()
    assert sorted(part.start for part in make.asked) == [0, 12]


@pytest.mark.parametrize(
    "places",
    [
        {"g": slice(3, 9)},
        {"g": [22, 0, 7], "draw": slice(1, 4)},
        {"g": 5, "chain": 1},
        {"g_effect": 1, "draw": [0, 4]},
        {"chain": [1, 0]},
    ],
)
def test_parts_are_those_of_the_whole_before_and_after_it_was_read(
    made: tuple[Made, xr.DataArray], places: dict[str, object]
) -> None:
    _, variable = made
    before = variable.isel(places).to_numpy()
    whole = np.array(variable.to_numpy())
    held = xr.DataArray(whole, dims=DIMS).isel(places).to_numpy()
    np.testing.assert_array_equal(before, held)
    np.testing.assert_array_equal(variable.isel(places).to_numpy(), held)


def test_what_was_read_whole_is_kept(made: tuple[Made, xr.DataArray]) -> None:
    make, variable = made
    variable.to_numpy()
    variable.transpose("chain", "draw", ...).to_numpy()
    assert len(make.asked) == 6


def test_copies_and_pickles_give_the_same_draws(made: tuple[Made, xr.DataArray]) -> None:
    _, variable = made
    for other in (copy.deepcopy(variable), pickle.loads(pickle.dumps(variable))):
        np.testing.assert_array_equal(other.to_numpy(), variable.to_numpy())


def test_more_than_the_memory_allows_is_refused_whole_but_not_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variable = xr.Dataset({"r": lazy_variable(DIMS, (4, 1000, 10_000, 1), _zeros)})["r"]
    monkeypatch.setattr(mw.options, "_memory", 20_000_000)
    with pytest.raises(mw.DataError, match=r"4,000 draws of 10,000 deviations would take 0\.32 GB"):
        variable.to_numpy()
    assert variable[:, :, 9_999].shape == (4, 1000, 1)
    found = Deviations(tuple(map(str, range(10_000))), ("Intercept",), variable[:, :, :])
    assert found.mean().shape == (10_000, 1)


def _zeros(levels: slice, block: int) -> np.ndarray:
    return np.zeros((4000, levels.stop - levels.start, 1))


def test_summaries_of_blocks_are_those_of_all_draws(
    made: tuple[Made, xr.DataArray], monkeypatch: pytest.MonkeyPatch
) -> None:
    make, variable = made
    monkeypatch.setattr("mixwell.posterior.row_blocks.WHOLE", 1)
    monkeypatch.setattr("mixwell.posterior.row_blocks.PART", 7 * 20)
    found = Deviations(tuple(map(str, range(23))), ("Intercept", "x"), variable)
    mean, sd = found.mean(), found.sd()
    assert max(part.stop - part.start for part in make.asked) == 4
    assert len(make.asked) == 12  # every block once for each of the two
    draws = found.draws()
    np.testing.assert_allclose(mean, draws.mean(axis=(0, 1)), rtol=1e-14)
    np.testing.assert_allclose(sd, draws.std(axis=(0, 1), ddof=1), rtol=1e-14)
    np.testing.assert_allclose(
        found.quantiles([0.1, 0.9]), np.quantile(draws, [0.1, 0.9], axis=(0, 1))
    )

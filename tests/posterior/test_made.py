"""The record of what an engine did, in memory, in attributes and in files."""

import numpy as np
import pytest
import xarray as xr

import mixwell as mw
from mixwell.posterior.made import Made

RECORDS = [
    Made("exact", seed=3, k_hat=0.1, effective_number=900.0, engine_reason="integrated out"),
    Made("nuts", parameterization="mixed", adaptation="", engines_declined=("exact", "direct")),
    Made(),
]


@pytest.mark.parametrize("made", RECORDS, ids=str)
def test_a_record_is_read_as_it_was_written(made, tmp_path):
    one = xr.Dataset({"sigma": (("chain", "draw"), np.ones((1, 1)))})
    tree = xr.DataTree.from_dict({"posterior": one, "sample_stats": one})
    made.write(tree)
    assert Made.read(tree["posterior"].attrs) == made
    tree.to_netcdf(tmp_path / "draws.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "draws.nc", engine="h5netcdf") as stored:
        assert Made.read(stored["sample_stats"].attrs) == made


def test_attributes_of_files_of_earlier_versions_are_read():
    nuts = {"engine": "nuts", "geometry_by": "user", "seed": -1, "engine_reason": "asked for"}
    made = Made.read(nuts | {"created_at": "today"})
    assert (made.geometry_by, made.seed, made.independent) == ("user", None, False)
    assert Made.read({"engine": "exact", "k_hat": 0.2, "effective_number": 9.0}).independent


def test_a_fit_shows_the_record_as_a_mapping_and_keeps_it_on_disk(tmp_path):
    data = mw.load_data("sleepstudy")
    fit = mw.Model("Reaction ~ Days + (1 | Subject)", data).fit(draws=20, seed=1)
    assert set(fit.engine) == {
        "name", "reason", "parameterization", "geometry", "label", "settings",
    }  # fmt: skip
    assert fit.engine["label"].startswith("exact, ")
    again = mw.load(fit.save(tmp_path / "fit.nc"))
    assert again.made == fit.made


@pytest.mark.parametrize("seed", [None, 0, 1, 123456789])
@pytest.mark.parametrize("declined", [(), ("exact",), ("exact", "direct")])
def test_seeds_and_engines_that_declined_are_kept(seed, declined, make_idata) -> None:
    made = Made(
        engine="nuts", seed=seed, engines_declined=declined, geometry="rows", tuning_steps=500
    )
    idata = make_idata()
    made.write(idata)
    for group in ("posterior", "sample_stats"):
        assert Made.read(idata[group].attrs) == made
    assert idata["posterior"].attrs["seed"] == (-1 if seed is None else seed)
    assert "k_hat" not in idata["posterior"].attrs
    assert Made.read({"seed": -1}).seed is None


def test_a_summary_says_what_was_chosen() -> None:
    made = Made(engine="nuts", geometry="rows", parameterization="centered", label="4 chains")
    assert made.summary == {
        "name": "nuts",
        "reason": "asked for",
        "parameterization": "centered",
        "geometry": "rows",
        "label": "4 chains",
        "settings": "",
    }


def test_only_nuts_and_engines_that_nobody_knows_leave_trees() -> None:
    assert Made("nuts", parameterization="mixed").has_trees
    assert Made(engine="").has_trees
    assert not Made("exact", k_hat=0.1).has_trees
    assert not Made("direct").has_trees

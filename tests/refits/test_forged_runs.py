"""Folders of runs whose notes were changed, with the right checksums of the change."""

import functools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from tests.infer.direct.test_target import crossed
from tests.posterior.storage.changed_notes import changed

import mixwell as mw
from mixwell.infer.choose import choose_engine
from mixwell.infer.direct.rounds import rounds
from mixwell.infer.engines.table import ENGINES
from mixwell.posterior.storage import store
from mixwell.refits import checkpoints
from mixwell.refits.run_folder import RunFolder

#: Texts in the place of the settings, which are JSON in JSON.
TEXTS = ("{", "3", "[]", "null", '{"nothing": 1}', "[" * 100_000)


class Killed(BaseException):
    """What ends a process without a word."""


class Drawn(Exception):
    """What is raised in the place of drawing."""


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """The folder of a run that was killed after its first block of draws."""
    folder = tmp_path_factory.mktemp("forged") / "run"
    model = mw.Model("count ~ x + (1 | g) + (1 | h)", crossed(), family="poisson")
    write = RunFolder.write

    def once(self: RunFolder, *given: Any) -> bool:
        if self.blocks:
            raise Killed
        return write(self, *given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "EVERY", 0.02)
        patch.setattr(rounds, "_TURN", 0.01)
        patch.setattr(RunFolder, "write", once)
        with pytest.raises(Killed):
            model.fit(engine="direct", seed=1, draws=200, chains=2, checkpoint=folder)
    return folder


@pytest.fixture(autouse=True)
def no_draws(monkeypatch) -> None:
    def ready(spec, settings, built, checkpoint) -> None:
        choose_engine(spec, settings, built)
        assert checkpoint.engine in {"", *(engine.name for engine in ENGINES)}
        assert checkpoint.seconds >= 0
        assert checkpoint.leg >= 0
        raise Drawn

    monkeypatch.setattr(checkpoints, "run", ready)


def forge(path: Path, notes: Any) -> None:
    with xr.open_datatree(path, engine="h5netcdf") as opened:
        tree = opened.load()
    own = tree["mixwell"].to_dataset()
    del own.attrs["checksum"]
    own = own.assign_attrs(model=json.dumps(notes))
    tree["mixwell"] = xr.DataTree(own.assign_attrs(checksum=store._checksum(own)))
    path.unlink()
    tree.to_netcdf(path, engine="h5netcdf")


def outcome(folder: Path) -> str:
    left = {path.name: path.read_bytes() for path in folder.glob("[!.]*")}
    try:
        mw.resume(folder)
    except Drawn:
        return "drawn"
    except mw.MixwellError as error:
        assert {path.name: path.read_bytes() for path in folder.glob("[!.]*")} == left
        return str(error)
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("name", ["run.nc", "draws-00001.nc"])
def test_nothing_that_is_noted_of_a_run_can_be_changed_to_an_error_of_pythons(
    run: Path, name: str, tmp_path: Path, monkeypatch
) -> None:
    notes, tree = store.read_groups(run / name)
    settings = json.loads(notes.get("engine", {}).get("settings", "{}"))
    further = [
        *((what, json.dumps(new)) for what, new in changed(settings)),
        *zip(TEXTS, TEXTS, strict=True),
    ]
    forged = [
        *changed(notes),
        *((f"settings: {what}", {**notes, "engine": {"settings": text}}) for what, text in further),
    ]
    folder = Path(shutil.copytree(run, tmp_path / "run"))
    read = functools.cache(store.read_groups)
    assert outcome(folder) == "drawn"
    said = {}
    for what, new in forged:
        answer = (new, tree)
        monkeypatch.setattr(
            store, "read_groups", lambda path, a=answer: a if path.name == name else read(path)
        )
        said[what] = outcome(folder)
    assert len(said) > 100
    assert said["('run',): 'left out'"] != "drawn"
    assert all("\n" in text for text in said.values() if text != "drawn")


def test_a_forged_file_with_the_right_checksums_is_refused(run: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(run, tmp_path / "run"))
    block = folder / "draws-00001.nc"
    notes, _ = store.read_groups(block)
    forge(block, notes)
    assert outcome(folder) == "drawn"
    forge(block, {**notes, "drawn": ["direct"]})
    assert '"draws-00001.nc" is damaged' in outcome(folder).replace(f"{folder}/", "")
    assert "group mixwell" in outcome(folder)


def test_a_run_whose_settings_cannot_be_stays_as_it_is(run: Path, tmp_path: Path) -> None:
    """A new run that fails leaves nothing; one that is gone on with is not this process's own."""
    folder = Path(shutil.copytree(run, tmp_path / "run"))
    (folder / "draws-00001.nc").unlink()
    notes, _ = store.read_groups(folder / "run.nc")
    forge(folder / "run.nc", {**notes, "engine": {"settings": '{"draws": -3}'}})
    with pytest.warns(mw.MixwellWarning, match="begins anew"):
        assert "draws" in outcome(folder)
    assert (folder / "run.nc").exists()

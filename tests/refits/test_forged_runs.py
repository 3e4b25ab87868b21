"""Folders of runs whose notes were changed, with the right checksums of the change."""

import functools
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from tests.infer.direct.test_target import crossed
from tests.posterior.storage.changed_notes import changed

import mixwell as mw
from mixwell.infer.choose import choose_engine
from mixwell.infer.choose import run as draw
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
    read, choices = functools.cache(store.read_groups), store.read_choices
    assert outcome(folder) == "drawn"
    said = {}
    for what, new in forged:
        answer = (new, tree)
        monkeypatch.setattr(
            store, "read_groups", lambda path, a=answer: a if path.name == name else read(path)
        )
        monkeypatch.setattr(
            store,
            "read_choices",
            lambda path, n=new: (n, choices(path)[1]) if path.name == name else choices(path),
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


def at(group: str, change: Any) -> Any:
    """Return what changes one group of a block."""

    def changed_block(tree: xr.DataTree) -> xr.DataTree:
        new = tree.copy()
        new[group] = xr.DataTree(change(tree[group].to_dataset()))
        return new

    return changed_block


def renamed(chain: str) -> Any:
    """Return what has the draws of the first chain be those of another one."""

    def changed_block(tree: xr.DataTree) -> xr.DataTree:
        names = {name: str(name).replace("_0", f"_{chain}") for name in tree.children}
        return xr.DataTree.from_dict({names[n]: node.to_dataset() for n, node in tree.items()})

    return changed_block


def with_values(name: str, work: Any) -> Any:
    """Return what changes the values of one variable, whatever becomes of their shape."""

    def change(group: xr.Dataset) -> xr.Dataset:
        values = np.asarray(work(group[name].values))
        dims = [*group[name].dims, "more", "further"][: values.ndim]
        sizes = zip(dims, values.shape, strict=True)
        own = [dim if group.sizes.get(dim) in (None, n) else f"{dim}{n}" for dim, n in sizes]
        return group.assign({name: (own, values)})

    return change


def put(place: int, value: float) -> Any:
    def work(values: np.ndarray) -> np.ndarray:
        new = values.astype(float)
        new[place] = value
        return new

    return work


DRAWS, KNOWN, END = "posterior_0", "sample_stats_0", "position_0"
#: What may be wrong of arrays: shapes, types, values that no chain leaves.
ARRAYS: dict[str, Any] = {
    **{f"{n}: {what}": at(DRAWS, with_values(n, work)) for n in ("t", "x") for what, work in {
        "narrower": lambda v: v[:, 1:], "wider": lambda v: np.c_[v, v], "turned": lambda v: v.T,
        "shorter": lambda v: v[1:], "one number a draw": lambda v: v[:, 0],
        "texts": lambda v: v.astype(str), "infinite": lambda v: v / 0.0,
        "complex": lambda v: v + 1j, "a number": lambda v: v[0, 0],
        "cubes": lambda v: v[..., None],
    }.items()},
    **{f"{n} left out": at(DRAWS, lambda g, n=n: g.drop_vars(n)) for n in ("t", "x")},
    "a further variable": at(DRAWS, lambda g: g.assign(b=g["t"])),
    **{f"every {new}": at(KNOWN, with_values("every", lambda v, new=new: np.full(len(v), new)))
       for new in (0, -1, 1e300, np.nan, np.inf, "1")},
    **{f"{n} left out ": at(KNOWN, lambda g, n=n: g.drop_vars(n)) for n in ("lp", "every")},
    "statistics: wider": at(KNOWN, with_values("lp", lambda v: np.c_[v, v])),
    "statistics: shorter": at(KNOWN, lambda g: g.isel(draw=slice(1, None))),
    "position: shorter": at(END, with_values("position", lambda v: v[:-1])),
    "position: longer": at(END, with_values("position", lambda v: np.r_[v, v])),
    "position: a table": at(END, with_values("position", lambda v: v[:, None])),
    "position: texts": at(END, with_values("position", lambda v: v.astype(str))),
    "position: none": at(END, lambda g: g.drop_vars("position")),
    **{f"position {k}: {value}": at(END, with_values("position", put(k, value)))
       for k in (0, 1, 4, 5, 8, -1) for value in (np.nan, np.inf)},
    "iterations below 0": at(END, with_values("position", put(0, -5))),
    "goal below 0": at(END, with_values("position", put(1, -5))),
    "first: none": at(END, lambda g: g.drop_vars("first")),
    "first: several": at(END, lambda g: g.assign(first=("k", [1, 2]))),
    "chain 7": renamed("7"),
    "chain -1": renamed("-1"),
    "chain of letters": renamed("x"),
    "no chain": lambda tree: xr.DataTree.from_dict(
        {name: node.to_dataset() for name, node in tree.items() if not name.endswith("_0")}
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ARRAYS)
def test_arrays_of_a_block_that_no_chain_of_the_model_left_are_refused(
    run: Path, what: str, tmp_path: Path, monkeypatch
) -> None:
    def ready(*_: object, **__: object) -> None:
        raise Drawn

    folder = Path(shutil.copytree(run, tmp_path / "run"))
    block = folder / "draws-00001.nc"
    monkeypatch.setattr(checkpoints, "run", draw)
    monkeypatch.setattr(rounds.Rounds, "draw", ready)
    notes, tree = store.read_groups(block)
    read = store.read_groups
    assert outcome(folder) == "drawn"
    with np.errstate(all="ignore"):
        forged = ARRAYS[what](tree)
    monkeypatch.setattr(
        store, "read_groups", lambda path: (notes, forged) if path == block else read(path)
    )
    said = outcome(folder)
    if what == "no chain":  # it begins with the others
        assert said == "drawn"
    else:
        assert "were changed since" in said or "was changed since" in said

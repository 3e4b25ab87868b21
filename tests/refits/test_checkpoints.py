"""Runs that are killed, broken off, out of disk: what was drawn is kept, and gone on with.

One process runs in the background and is killed; here the same small model is compiled once.
"""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from tests.processes import running

import mixwell as mw
from mixwell.infer import until
from mixwell.infer.pymc.kept import nutpie_chains, watched_chains
from mixwell.infer.stretches import ChainStretch
from mixwell.numeric.chains import ess_bulk
from mixwell.posterior.storage import store
from mixwell.refits.run_folder import RunFolder

RNG = np.random.default_rng(3)
X = RNG.normal(size=60)
DATA = pd.DataFrame({"x": X, "y": 2 + X + RNG.normal(size=60)})
ASKED: dict[str, Any] = {
    "engine": "nuts", "draws": 60_000, "tune": 200, "chains": 2, "seed": 4, "cores": 2,
}  # fmt: skip
#: Fits twice: first where files may not become larger than the notes of a run, then to be killed.
BACKGROUND = """
import json, resource, sys, time, warnings
import pandas as pd
import mixwell as mw
from mixwell.infer.pymc.compiled_model import compiled_model
from mixwell.infer.pymc.kept import nutpie_chains as chains
from mixwell.refits.run_folder import RunFolder

folder, asked = sys.argv[1], json.loads(sys.argv[2])
chains.EVERY = 0.2
model = mw.Model("y ~ x", pd.read_csv(f"{folder}/data.csv"))
compiled_model(model.pymc, model.spec.variables)  # numba keeps files, too
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    fit = model.fit(checkpoint=f"{folder}/full", **{**asked, "draws": 2_000})
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(json.dumps([fit.posterior.sizes["draw"], [str(each.message) for each in said]]), flush=True)

write = RunFolder.write
def waiting(folder, *given):
    done = write(folder, *given)
    while len(folder.blocks) == 2:  # until it is killed
        time.sleep(1)
    return done
RunFolder.write = waiting
chains.EVERY, chains._PAUSE = 0.02, 0.005
model.fit(checkpoint=f"{folder}/killed", **asked)
"""


@pytest.fixture(scope="module")
def model() -> mw.Model:
    return mw.Model("y ~ x", DATA)


@pytest.fixture(scope="module", autouse=True)
def often():
    """Have blocks of draws written often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nutpie_chains, "EVERY", 0.2)
        yield


@pytest.fixture(scope="module")
def background(tmp_path_factory, model):
    """Run and kill the other process: its folder, what it said, and the answers to others."""
    folder = tmp_path_factory.mktemp("background")
    DATA.to_csv(folder / "data.csv", index=False, float_format="%.17g")
    command = [sys.executable, "-c", BACKGROUND, str(folder), json.dumps(ASKED)]
    answers = []
    with running(command) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        while not (folder / "killed/draws-00002.nc").exists() and process.poll() is None:
            time.sleep(0.005)
        for write in (mw.resume, lambda path: model.fit(checkpoint=path, **ASKED)):
            with pytest.raises(mw.DataError) as refused:
                write(folder / "killed")
            answers.append(str(refused.value))
        process.send_signal(signal.SIGKILL)
    return folder, said, answers, process.pid


@pytest.fixture
def killed(background, tmp_path) -> Path:
    return Path(shutil.copytree(background[0] / "killed", tmp_path / "run"))


@pytest.fixture(scope="module")
def whole(model) -> mw.Fit:
    """The same run, in which nothing happened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(os.environ.get("TMPDIR", "/tmp"))
        folder = Path(f"whole-{os.getpid()}")
        fit = model.fit(checkpoint=folder, **ASKED)
        shutil.rmtree(folder)
    return fit


@pytest.fixture(scope="module")
def resumed(background, tmp_path_factory):
    """Two fits that go on with copies of the run that was killed, and what was kept of it."""
    folders = [tmp_path_factory.mktemp("again") / "run" for _ in range(2)]
    for folder in folders:
        shutil.copytree(background[0] / "killed", folder)
    kept = stretches(folders[0])
    return [mw.resume(folder) for folder in folders], kept, folders


def stretches(path: Path) -> list[ChainStretch]:
    folder = RunFolder.open(path)
    try:
        folder.asked(None, None)
        return folder.read()[0]
    finally:
        folder.close()


def drawn(kept: list[ChainStretch], chain: int) -> np.ndarray:
    return np.concatenate([part.draws["b"].values for part in kept if part.chain == chain])


def test_draws_that_were_kept_are_those_of_a_run_that_nobody_killed(resumed, whole):
    (fit, _), kept, _ = resumed
    for chain in range(2):
        own = drawn(kept, chain)
        assert 0 < len(own) < ASKED["draws"]
        np.testing.assert_array_equal(own, whole.posterior["b"].values[chain, : len(own)])
        np.testing.assert_array_equal(own, fit.posterior["b"].values[chain, : len(own)])
        statistics = [p.statistics["diverging"].values for p in kept if p.chain == chain]
        found = fit.tree["sample_stats"]["diverging"].values[chain, : len(own)]
        np.testing.assert_array_equal(np.concatenate(statistics), found)


def test_a_run_that_goes_on_draws_what_was_not_drawn_yet(resumed, whole):
    (fit, again), kept, _ = resumed
    assert dict(fit.posterior.sizes) == dict(whole.posterior.sizes)
    for chain in range(2):
        n = len(drawn(kept, chain))
        sigma = fit.posterior["sigma"].values[chain]
        assert not np.isin(sigma[n:], whole.posterior["sigma"].values[chain]).any()
    assert not np.isin(*fit.posterior["sigma"].values).any()
    xr.testing.assert_equal(fit.posterior, again.posterior)


def test_chains_that_went_on_agree_with_those_that_were_not_killed(resumed, whole):
    (fit, _), *_ = resumed
    both = fit.summary(), whole.summary()
    error = np.hypot(both[0]["mcse"], both[1]["mcse"])
    assert (abs(both[0]["estimate"] - both[1]["estimate"]) < 5 * error).all()
    assert (both[0]["rhat"] < 1.01).all()
    np.testing.assert_allclose(both[0]["sd"], both[1]["sd"], rtol=0.05)


def test_a_fit_says_that_it_was_resumed_and_a_file_keeps_it(resumed, tmp_path):
    (fit, _), kept, _ = resumed
    counts = sorted(len(drawn(kept, chain)) for chain in range(2))
    said = f"after {counts[0]} to {counts[1]} draws a chain with 200 new warmup draws"
    assert fit.made.resumed == said
    assert f"resumed {said}" in " ".join(str(fit).split())
    assert fit.posterior.attrs["resumed"] == said
    assert mw.load(fit.save(tmp_path / "fit.nc")).made == fit.made
    assert json.loads(fit.engine["settings"])["engine"] == "nuts"


def test_a_run_that_has_ended_is_loaded(resumed, monkeypatch):
    (fit, _), _, (folder, _) = resumed
    assert sorted(os.listdir(folder)) == ["fit.nc", "run.nc"]
    monkeypatch.setattr(nutpie_chains, "draw_in_background", None)
    xr.testing.assert_equal(mw.resume(folder).posterior, fit.posterior)


def test_two_runs_do_not_write_into_one_folder(background):
    *_, answers, process = background
    for said in answers:
        assert "Another run writes to" in said
        assert f"process {process}" in said


def test_a_run_that_was_killed_in_warm_up_begins_anew_and_says_so(killed, whole):
    for path in killed.glob("draws-*.nc"):
        path.unlink()
    with pytest.warns(mw.MixwellWarning, match="begins anew"):
        fit = mw.resume(killed)
    xr.testing.assert_equal(fit.posterior, whole.posterior)
    assert fit.made.resumed is None


def test_a_chain_without_draws_begins_while_the_others_go_on(killed):
    kept = [part for part in stretches(killed) if part.chain == 1]
    folder = RunFolder.open(killed)
    folder.asked(None, None)
    for path in killed.glob("draws-*.nc"):
        path.unlink()
    for part in kept:
        folder.write([part], {"leg": 0, "seconds": 1.0, "drawn": ["nuts", "asked for"]})
    folder.close()
    fit = mw.resume(killed)
    np.testing.assert_array_equal(
        fit.posterior["b"].values[1, : len(drawn(kept, 1))], drawn(kept, 1)
    )
    assert "after 0 to" in str(fit.made.resumed)
    assert (fit.summary()["rhat"] < 1.01).all()


def test_an_interrupt_keeps_what_was_drawn_until_then(model, tmp_path, whole, monkeypatch):
    write, calls = RunFolder.write, []

    def interrupted(folder: RunFolder, *given: Any) -> bool:
        done = write(folder, *given)
        calls.append(given)
        if len(calls) == 1:  # the block is in its place, which nobody could note any more
            signal.raise_signal(signal.SIGINT)
        return done

    monkeypatch.setattr(RunFolder, "write", interrupted)
    monkeypatch.setattr(nutpie_chains, "EVERY", 0.0)
    monkeypatch.setattr(nutpie_chains, "_PAUSE", 0.002)
    folder, few = tmp_path / "run", ASKED["draws"]
    asked = {**ASKED, "draws": 3 * few}  # enough that no chain ends before the first look
    with pytest.warns(mw.MixwellWarning) as said:
        fit = model.fit(checkpoint=folder, **asked)
    n = fit.posterior.sizes["draw"]
    assert 0 < n < asked["draws"]
    assert "interrupted" in str(said[0].message)
    assert f'mw.resume("{folder}")' in str(said[1].message)
    assert len(drawn(stretches(folder), 0)) >= n
    later = mw.resume(folder)
    both = min(n, few)
    np.testing.assert_array_equal(later.posterior["b"][:, :both], whole.posterior["b"][:, :both])
    assert later.posterior.sizes["draw"] == asked["draws"]


def test_a_full_disk_stops_no_chain_and_is_said_once_for_draws_and_once_for_the_fit(background):
    folder, (draws, said), *_ = background
    assert draws == 2_000
    assert len(said) == 2
    assert all("files may not become so large here" in text for text in said)
    assert "Sampling goes on" in said[0]
    assert "Save the fit elsewhere." in said[1]
    assert os.listdir(folder / "full") == ["run.nc"]


def damage(folder: Path) -> None:
    path = folder / "draws-00001.nc"
    content = bytearray(path.read_bytes())
    place = content.index(np.float64(stretches(folder)[0].draws["b"].values[5, 0]).tobytes())
    content[place] ^= 1
    path.write_bytes(content)


def newer(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "PLAIN_FORMAT", store.FORMAT + 1)
        store.write_groups(folder / "run.nc", {}, {"engine": {}})


def of_another(folder: Path) -> None:
    opened = RunFolder.open(folder)
    part = stretches_of(opened)
    opened.run = "another"
    opened.write(part, {"leg": 0, "seconds": 1.0, "drawn": ["nuts", ""]})
    opened.close()


def stretches_of(opened: RunFolder) -> list[ChainStretch]:
    opened.asked(None, None)
    return opened.read()[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (damage, "is damaged, or was changed(.|\n)*Remove it and those after it"),
        (lambda f: (f / "draws-00001.nc").unlink(), "lacks a block of draws: draws-00001.nc"),
        (of_another, "is a block of another run"),
        (newer, "in a newer format"),
        (lambda f: (f / "run.nc").write_bytes(b"\x89HDF\r\n\x1a\n"), "is damaged"),
        (
            lambda f: mw.Model("y ~ x + (1 | x)", DATA.round(0)).fit(draws=9).save(f / "run.nc"),
            "is a saved fit",
        ),
        (lambda f: (f / "run.nc").unlink(), "holds no run: there is no run.nc in it"),
        (lambda f: (shutil.rmtree(f), f.mkdir()), "is empty"),
        (shutil.rmtree, "There is no folder"),
        (lambda f: (shutil.rmtree(f), f.touch()), "is a file, not the folder of a run"),
    ],
)
def test_a_folder_that_cannot_be_gone_on_with_is_a_sentence(
    killed: Path, change: Callable[[Path], object], said: str
):
    change(killed)
    left = sorted(killed.glob("[!.]*"))
    with pytest.raises(mw.DataError, match=said):
        mw.resume(killed)
    assert sorted(killed.glob("[!.]*")) == left


def test_a_folder_that_holds_something_takes_no_new_run(killed, model, tmp_path):
    with pytest.raises(mw.DataError, match=r"holds a run already: y ~ x(.|\n)*mw\.resume"):
        model.fit(checkpoint=killed, **ASKED)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/thesis.tex").touch()
    with pytest.raises(mw.DataError, match=r"holds other files: thesis\.tex"):
        model.fit(checkpoint=tmp_path / "other", **ASKED)
    assert os.listdir(tmp_path / "other") == ["thesis.tex"]
    with pytest.raises(mw.DataError, match="cannot be made a folder"):
        model.fit(checkpoint=tmp_path / "other/thesis.tex", **ASKED)


def test_a_folder_that_may_not_be_written_is_a_sentence(model, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(mw.DataError, match="cannot be"):
        model.fit(checkpoint=tmp_path, **ASKED)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"checkpoint": 3}, "takes the name of a folder, not 3"),
        ({"callback": print}, "cannot keep callback"),
        ({"initvals": {"sigma": 1.0}}, "while they are made with initvals"),
        ({"nuts_sampler": "blackjax"}, "while they are made with nuts_sampler"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_no_run(model, tmp_path, options, said):
    folder = tmp_path / "run"
    with pytest.raises(mw.MixwellError, match=said):
        model.fit(**{**ASKED, "checkpoint": folder, **options})
    assert not folder.exists() or os.listdir(folder) == []


def test_a_model_edited_by_hand_has_no_checkpoint(tmp_path):
    edited = mw.Model("y ~ x", DATA)
    edited.pymc.add_coord("more", [1])
    with edited.pymc:
        import pymc as pm

        pm.Potential("pull", -edited.pymc["sigma"])
    with pytest.raises(mw.SamplingError, match="edited by hand"):
        edited.fit(checkpoint=tmp_path / "run", **ASKED)
    assert not (tmp_path / "run").exists()


def test_the_exact_engine_keeps_its_draws_when_they_are_made(tmp_path):
    data = mw.load_data("sleepstudy")
    fit = mw.Model("Reaction ~ Days + (1 | Subject)", data).fit(
        draws=100, seed=1, checkpoint=tmp_path / "run"
    )
    again = mw.resume(tmp_path / "run")
    xr.testing.assert_equal(again.posterior, fit.posterior)
    assert again.made == fit.made
    refitted = fit.refit(draws=50, checkpoint=tmp_path / "other")
    assert mw.resume(tmp_path / "other").posterior.equals(refitted.posterior)


@pytest.mark.slow
def test_pymcs_own_chains_go_on_from_where_they_were_broken_off(tmp_path, model):
    from mixwell.infer.pymc.kept import watched_chains

    asked = {**ASKED, "draws": 300, "nuts_sampler": "pymc", "cores": 1, "progressbar": False}
    plain = model.fit(**asked)
    folder, calls = tmp_path / "run", []

    class Broken(watched_chains._Watch):
        def __call__(self, trace: Any, draw: Any) -> None:
            calls.append(draw)
            if len(calls) == 850:  # in the second chain, after its 150th draw is recorded
                raise KeyboardInterrupt
            super().__call__(trace, draw)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watched_chains, "_Watch", Broken)
        with (
            pytest.warns(mw.MixwellWarning, match="interrupted"),
            pytest.warns(mw.MixwellWarning, match="goes on from there"),
        ):
            model.fit(checkpoint=folder, **asked)
    fit = mw.resume(folder)
    np.testing.assert_array_equal(fit.posterior["b"][0], plain.posterior["b"][0])
    np.testing.assert_array_equal(fit.posterior["b"][1, :150], plain.posterior["b"][1, :150])
    assert fit.posterior.sizes["draw"] == 300
    assert fit.made.resumed == "after 150 to 300 draws a chain with 200 new warmup draws"


@pytest.mark.parametrize("sampler", ["nutpie", "pymc"])
def test_nuts_ends_when_time_is_over_and_keeps_what_is_drawn(model, sampler, monkeypatch):
    """A clock that is slow until every chain has drawn, and then far ahead."""
    looks = [0]

    def monotonic() -> float:
        looks[0] += 1
        return 0.0 if looks[0] < {"nutpie": 12, "pymc": 3000}[sampler] else 100.0

    for module in (nutpie_chains, watched_chains, until):
        monkeypatch.setattr(module, "time", SimpleNamespace(
            monotonic=monotonic, perf_counter=time.perf_counter
        ))  # fmt: skip
    monkeypatch.setattr(nutpie_chains, "EVERY", 1e9)
    asked = {**ASKED, "draws": 10**5, "tune": 100, "max_time": 50, "nuts_sampler": sampler}
    if sampler == "pymc":
        asked.update(cores=1, progressbar=False, draws=5_000, chains=1)
    with pytest.warns(mw.MixwellWarning, match="Sampling was .* when max_time was over"):
        fit = model.fit(**asked)
    assert 0 < fit.posterior.sizes["draw"] < asked["draws"]


def test_nuts_goes_on_from_its_last_draws_until_they_are_worth_what_was_asked_for(model, whole):
    fit = model.fit(**{**ASKED, "draws": 100}, min_ess=600)
    values = [fit.posterior[name].values.reshape(2, -1, k) for name, k in (("b", 2), ("sigma", 1))]
    assert min(float(ess_bulk(each).min()) for each in values) >= 600
    assert fit.posterior.sizes["draw"] > 250
    assert fit.made.resumed is None
    both = fit.summary(), whole.summary()
    error = np.hypot(both[0]["mcse"], both[1]["mcse"])
    assert (abs(both[0]["estimate"] - both[1]["estimate"]) < 5 * error).all()

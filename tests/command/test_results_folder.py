"""A folder of results has one writer at a time, and files of others stay as they are."""

import os
import signal
import sys
from pathlib import Path

import pytest
from tests.processes import running

import mixwell as mw
from mixwell.command.results_folder import results_folder
from mixwell.whole_files import write_text

NAMES = ["draws.nc", "summary.csv"]
ENDLESS = """
import itertools, pathlib, sys
from mixwell.command.results_folder import results_folder
with results_folder(pathlib.Path(sys.argv[1]), force=False) as folder:
    folder.require(["summary.csv"], 0)
    for number in itertools.count():
        folder.put("summary.csv", lambda path: path.write_text(f"{number:9}" * 100_000))
        print(number, flush=True)
"""


def put(folder: Path, name: str, text: str, *, force: bool = False) -> None:
    with results_folder(folder, force=force) as held:
        held.require([name], 0)
        held.put(name, lambda path: write_text(path, text))


def test_what_a_run_wrote_the_next_may_replace(tmp_path: Path) -> None:
    put(tmp_path, "summary.csv", "old")
    put(tmp_path, "summary.csv", "new")
    assert (tmp_path / "summary.csv").read_text() == "new"


@pytest.mark.parametrize("edited", [True, False])
def test_what_others_wrote_or_edited_stays_unless_forced(tmp_path: Path, edited: bool) -> None:
    if edited:
        put(tmp_path, "summary.csv", "old")
    (tmp_path / "summary.csv").write_text("mine")
    with pytest.raises(mw.DataError, match=r"did not write, or .* since: summary\.csv"):
        put(tmp_path, "summary.csv", "new")
    assert (tmp_path / "summary.csv").read_text() == "mine"
    put(tmp_path, "summary.csv", "new", force=True)
    assert (tmp_path / "summary.csv").read_text() == "new"


def test_a_file_that_comes_during_the_run_stays_too(tmp_path: Path) -> None:
    with results_folder(tmp_path, force=False) as held:
        held.require(NAMES, 0)
        (tmp_path / "draws.nc").write_text("mine")
        with pytest.raises(mw.DataError, match="did not write"):
            held.put("draws.nc", lambda path: write_text(path, "new"))
    assert (tmp_path / "draws.nc").read_text() == "mine"
    assert os.listdir(tmp_path) == ["draws.nc"]


def test_only_what_runs_wrote_is_removed(tmp_path: Path) -> None:
    put(tmp_path, "ranef_a.png", "old")
    put(tmp_path, "ranef_b.png", "old")
    (tmp_path / "ranef_b.png").write_text("edited")
    (tmp_path / "ranef_c.png").write_text("mine")
    with results_folder(tmp_path, force=False) as held:
        held.put("draws.nc", lambda path: write_text(path, "new"))
        held.remove_others("draws.nc")
    assert {".mixwell", "draws.nc", "ranef_b.png", "ranef_c.png"} == {*os.listdir(tmp_path)}


def test_a_record_from_a_stranger_names_no_files_elsewhere(tmp_path: Path) -> None:
    folder, victim = tmp_path / "results", tmp_path / "victim.png"
    put(folder, "trace.png", "same")
    victim.write_text("same")
    record = (folder / ".mixwell").read_text()
    (folder / ".mixwell").write_text(record + record.replace("trace.png", "../victim.png"))
    with results_folder(folder, force=False) as held:
        held.remove_others("draws.nc")
    assert victim.exists()
    assert not (folder / "trace.png").exists()


@pytest.mark.parametrize("name", [".mixwell", "summary.csv"])
def test_links_in_the_folder_are_not_written_through(tmp_path: Path, name: str) -> None:
    victim, folder = tmp_path / "victim", tmp_path / "results"
    victim.write_text("old")
    folder.mkdir()
    (folder / name).symlink_to(victim)
    with pytest.raises(mw.DataError):
        put(folder, "summary.csv", "new")
    if name == "summary.csv":
        put(folder, "summary.csv", "new", force=True)
        assert (folder / name).read_text() == "new"
    assert victim.read_text() == "old"


def test_a_second_run_is_refused_before_it_computes(tmp_path: Path) -> None:
    with (
        results_folder(tmp_path, force=False),
        pytest.raises(mw.DataError, match="Another run of mixwell is writing"),
    ):
        put(tmp_path, "summary.csv", "new", force=True)
    put(tmp_path, "summary.csv", "new")
    assert (tmp_path / "summary.csv").read_text() == "new"


def test_what_a_killed_run_left_is_cleared_and_its_file_is_known(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ENDLESS, str(tmp_path)]
    for _ in range(3):
        with running(command) as process:
            assert process.stdout is not None
            for _ in range(3):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        assert len((tmp_path / "summary.csv").read_text()) == 900_000
    put(tmp_path, "summary.csv", "new")
    assert {*os.listdir(tmp_path)} == {".mixwell", "summary.csv"}


def test_a_run_without_results_leaves_nothing(tmp_path: Path) -> None:
    with results_folder(tmp_path / "a", force=False):
        pass
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_directory_in_the_place_of_a_file_is_never_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(mw.DataError, match="holds a directory"):
        put(tmp_path, name, "new", force=True)


def test_too_little_space_is_found_before_anything_is_computed(tmp_path: Path) -> None:
    with (
        results_folder(tmp_path, force=False) as held,
        pytest.raises(mw.DataError, match="1,000,000,000,000 MB are needed"),
    ):
        held.require(NAMES, 1e18)


def test_a_size_that_files_may_not_have_is_found_before_anything_is_computed(
    tmp_path: Path,
) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with results_folder(tmp_path, force=False) as held:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
        try:
            with pytest.raises(mw.DataError, match="files may not become so large here"):
                held.require(NAMES, 30_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("file/results", "there is no such directory"),
        ("file", "there is a file of that name"),
        ("x" * 300, "the name is too long"),
    ],
)
def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(mw.DataError, match=f"cannot be written to: {reason}"):
        put(tmp_path / name, "summary.csv", "new")


def test_a_folder_without_the_right_to_write_is_said(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(mw.DataError, match="no right to write"):
        put(tmp_path, "summary.csv", "new")

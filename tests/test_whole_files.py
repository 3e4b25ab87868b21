"""Files are put in place whole: what stood there stands until all of the new one is written."""

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.processes import running

import mixwell as mw
from mixwell import whole_files
from mixwell.interrupts import held_interrupts
from mixwell.whole_files import WholeFile, reason_of, replacing, write_text

LIMITED = """
import resource, sys
import mixwell as mw
fit = mw.load(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    fit.save(sys.argv[1])
except mw.DataError as error:
    print(error)
"""
STOPPED = """
import sys, time
from mixwell.whole_files import replacing
with replacing(sys.argv[1]) as file:
    file.write(b"half")
    print("half", flush=True)
    time.sleep(60)
"""
ENDLESS = """
import sys
import mixwell as mw
fit = mw.load(sys.argv[1])
while True:
    fit.save(sys.argv[1])
    print("saved", flush=True)
"""


@pytest.fixture
def saved(tmp_path: Path, sleepstudy_fit: mw.Fit) -> Path:
    return sleepstudy_fit.save(tmp_path / "fit.nc")


def test_a_file_is_replaced_whole_and_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    path.chmod(0o640)
    write_text(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a.txt"]


def test_long_data_written_in_pieces_and_over_each_other_is_what_was_written(
    tmp_path: Path,
) -> None:
    path, long = tmp_path / "a.bin", bytes(range(256)) * 2**17
    with replacing(path) as file:
        file.write(b"start")
        file.write(long)
        file.write(b"end")
        file.seek(2)
        file.write(long)
    assert path.read_bytes() == b"st" + long + long[-3:] + b"end"


def test_a_failure_in_the_middle_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def interrupted() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("at", [1, 3, 10, 25, 60])
def test_an_interrupt_while_hdf5_writes_ends_it_and_the_old_file_stands(
    saved: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raised within a call of HDF5's, it is lost, and the process crashes."""
    fit, before = mw.load(saved), saved.read_bytes()
    write, count = WholeFile.write, 0

    def interrupted(file: WholeFile, data: object) -> int:
        nonlocal count
        count += 1
        if count == at:
            signal.raise_signal(signal.SIGINT)
        return write(file, data)

    monkeypatch.setattr(WholeFile, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit.save(saved)
    assert count > at
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_an_interrupt_does_not_end_writing_within_a_block_that_holds_it(tmp_path: Path) -> None:
    with held_interrupts() as held:
        with replacing(tmp_path / "a.bin") as file:
            file.write(b"half ")
            signal.raise_signal(signal.SIGINT)
            file.write(b"and half")
        assert held.take()
    assert (tmp_path / "a.bin").read_bytes() == b"half and half"


def test_a_link_is_followed_and_a_pipe_gets_the_whole(tmp_path: Path) -> None:
    target, link, pipe = (tmp_path / name for name in ("target", "link", "pipe"))
    write_text(target, "old")
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    write_text(pipe, "through")
    assert reader.communicate()[0] == b"through"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("absent/a.txt", "there is no such directory"),
        ("", "it is a directory"),
        ("x" * 300, "too long"),
    ],
)
def test_what_the_system_refuses_is_a_sentence(tmp_path: Path, place: str, reason: str) -> None:
    with pytest.raises(mw.DataError, match=reason):
        write_text(tmp_path / place, "text")


def test_a_folder_that_may_not_be_written_is_a_sentence(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(mw.DataError, match="no right to write"):
        write_text(tmp_path / "a.txt", "text")


def test_a_full_disk_keeps_the_old_file_and_the_process_ends_well(saved: Path) -> None:
    before = saved.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(saved)], capture_output=True, text=True, check=True
    )
    assert "files may not become so large here" in done.stdout
    assert "The file that was there is unchanged." in done.stdout
    assert done.stderr == ""
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


@pytest.mark.parametrize("wait", [0.0, 0.05, 0.13])
def test_a_process_killed_while_it_saves_leaves_a_file_that_loads(saved: Path, wait: float) -> None:
    command = [sys.executable, "-c", ENDLESS, str(saved)]
    with running(command) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
    assert mw.load(saved).spec.formulas


def test_two_that_save_at_once_leave_one_of_both_whole(saved: Path) -> None:
    command = [sys.executable, "-c", ENDLESS, str(saved)]
    with running(command) as one, running(command) as other:
        for process in (one, other):
            assert process.stdout is not None
            for _ in range(3):
                assert process.stdout.readline() == "saved\n"
        for process in (one, other):
            process.kill()
    assert mw.load(saved).spec.formulas


def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_writes_is_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.txt"
    command = [sys.executable, "-c", STOPPED, str(path)]
    with running(command) as process:
        assert process.stdout is not None
        process.stdout.readline()
        write_text(path, "first")
        assert len(os.listdir(tmp_path)) == 2
        process.send_signal(signal.SIGKILL)
    assert len(os.listdir(tmp_path)) == 2
    write_text(path, "second")
    assert os.listdir(tmp_path) == ["a.txt"]
    assert path.read_text() == "second"


def test_hidden_files_of_others_are_left_alone(tmp_path: Path) -> None:
    for name in (".part", ".film.part", ".0123456789ab.parts", "0123456789ab.part"):
        (tmp_path / name).touch()
    (tmp_path / ".0123456789ab.part").mkdir()
    write_text(tmp_path / "a.txt", "text")
    assert len(os.listdir(tmp_path)) == 6


def test_many_threads_that_write_at_once_do_not_sweep_each_other_s_files(tmp_path: Path) -> None:
    def write(worker: int) -> None:
        for k in range(40):
            write_text(tmp_path / f"{worker % 3}.txt", f"{worker} {k}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert sorted(os.listdir(tmp_path)) == ["0.txt", "1.txt", "2.txt"]


def open_file(path: str | Path) -> WholeFile:
    return WholeFile(os.open(path, os.O_RDWR | os.O_CREAT))


def test_a_file_is_written_at_once_and_has_places(tmp_path: Path) -> None:
    with open_file(tmp_path / "a") as file:
        assert file.readable()
        assert file.writable()
        assert file.seekable()
        assert file.write(b"abcdef") == 6
        assert (tmp_path / "a").read_bytes() == b"abcdef"  # nothing waits in memory
        assert (file.seek(0, os.SEEK_CUR), file.seek(1), file.read(3)) == (6, 1, b"bcd")
        assert file.truncate() == 4
        assert file.truncate(10) == 10
        file.seek(0)
        assert file.read() == b"abcd" + bytes(6)
        assert file.read(5) == b""
        file.finish()
        assert file.failure is None


def test_after_a_failure_a_writer_goes_on_without_writing_until_it_is_asked() -> None:
    with open_file("/dev/full") as file:
        assert file.write(b"lost") == 4
        first = file.failure
        assert isinstance(first, OSError)
        assert file.write(b"more") == 4
        assert file.truncate(3) == 3
        assert file.failure is first
        with pytest.raises(OSError, match="No space"):
            file.require_written()
        with pytest.raises(OSError, match="No space"):
            file.finish()


def test_what_failed_to_be_written_is_read_as_zeros(tmp_path: Path) -> None:
    with open_file(tmp_path / "a") as file:
        file.write(b"abc")
        file.failure = OSError("odd")
        file.seek(0)
        assert file.read(5) == b"abc\0\0"


def test_a_failure_is_said_whatever_the_writer_raises_then(tmp_path: Path) -> None:
    def written() -> None:
        with replacing(tmp_path / "a.txt") as file:
            file.failure = OSError(errno.ENOSPC, "No space left on device")
            raise RuntimeError

    with pytest.raises(mw.DataError, match="the disk is full") as found:
        written()
    assert "Nothing was written." in str(found.value)
    assert os.listdir(tmp_path) == []


def test_who_has_the_old_file_open_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with path.open() as old:
        with replacing(path) as file:
            (part,) = tmp_path.glob(".*.part")  # next to it: one disk, so that it can be renamed
            file.write(b"new")
        assert not part.exists()
        assert old.read() == "old"
    assert path.read_text() == "new"


def test_whether_the_old_file_stands_is_said(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def refuse(*given: object) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("mixwell.whole_files._begun", refuse)
    for place, hint in (
        (path, "The file that was there is unchanged."),
        (tmp_path / "b", "Nothing"),
    ):
        with pytest.raises(mw.DataError, match="no right to write there") as found:
            write_text(place, "new")
        assert hint in str(found.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "x"), "the disk is full"),
        (OSError(errno.EPERM, "x"), "you have no right to write there"),
        (OSError(errno.EIO, "Input/output error"), "input/output error"),
        (OSError("Odd"), "odd"),
    ],
)
def test_reasons_are_said_in_a_few_words(error: OSError, said: str) -> None:
    assert reason_of(error) == said


def test_room_is_asked_for_long_data_only_and_not_after_a_failure(
    tmp_path: Path, monkeypatch
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(whole_files, "_LONG", 10)
    monkeypatch.setattr(
        os, "posix_fallocate", lambda _, start, size: asked.append((start, size)), raising=False
    )
    with replacing(tmp_path / "a.txt") as file:
        file.write(b"123456789")
        file.write(b"1234567890")
        file.write(b"1234567890AB")
        assert asked == [(9, 10), (19, 12)]
    (tmp_path / "b.txt").touch()
    failed = WholeFile(os.open(tmp_path / "b.txt", os.O_RDONLY))
    failed.write(b"12")
    assert failed.failure is not None
    failed.write(b"1234567890")
    assert len(asked) == 2
    failed.close()


def test_the_disk_is_set_to_work_while_long_data_are_still_written(
    tmp_path: Path, monkeypatch
) -> None:
    flushed: list[int] = []
    flush = os.fsync

    def counted(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_size)
        flush(descriptor)

    monkeypatch.setattr(whole_files, "_PIECE", 10)
    monkeypatch.setattr(os, "fsync", counted)
    with replacing(tmp_path / "a.txt") as file:
        file.write(b"1234567890")
        file._wait()
        assert flushed == [10]
        file.write(b"123")
        assert flushed == [10]
    assert flushed[1] == 13


def test_a_failure_of_the_disk_meanwhile_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch
) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    failures = iter([OSError(errno.EIO, "Input/output error")])  # said to the first who asks

    def fails_once(descriptor: int) -> None:
        for failure in failures:
            raise failure

    monkeypatch.setattr(whole_files, "_PIECE", 2)
    monkeypatch.setattr(os, "fsync", fails_once)
    with pytest.raises(mw.DataError, match="input/output error"):
        write_text(path, "new and long")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]

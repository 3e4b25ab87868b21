"""The progress bar: when it is shown, and that nothing of it stays."""

from contextlib import nullcontext
from io import StringIO

import pytest

import mixwell as mw
from mixwell import progress
from mixwell.progress import Progress


def work(progressbar: bool | None) -> None:
    with Progress("Counting", 4, progressbar) as bar:
        for _ in range(4):
            bar.add(1)


def test_a_bar_that_is_asked_for_is_shown_and_wiped(capsys: pytest.CaptureFixture[str]) -> None:
    work(True)
    written = capsys.readouterr().err
    assert "Counting [#######" in written
    assert "of 4 rows" in written
    assert written.endswith(" \r")


@pytest.mark.parametrize("asked", [None, False])
def test_there_is_none_where_it_cannot_be_seen_or_is_not_wanted(
    asked: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    work(asked)
    assert capsys.readouterr().err == ""


def test_on_a_terminal_only_long_work_shows_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "shows_progress", lambda: True)
    work(None)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    work(None)
    assert "Counting" in capsys.readouterr().err


def test_work_of_unknown_length_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("Seeking", None, True, "step") as line:
        for _ in range(3):
            line.add(1)
    written = capsys.readouterr().err
    assert "Seeking: step 1, 0 s so far" in written
    assert written.endswith(" \r")


@pytest.mark.parametrize("wrong", ["yes", 1, 0.0, [True]])
def test_another_value_is_refused(wrong: object) -> None:
    with pytest.raises(mw.DataError, match=r"^progressbar is "):
        Progress("Counting", 4, wrong)  # type: ignore[arg-type]


class Notebook(StringIO):
    """Standard output as a notebook's kernel has it."""


Notebook.__module__ = "ipykernel.iostream"


@pytest.mark.parametrize("installed", [True, False])
def test_the_extra_with_a_notebook_s_widgets_is_named_where_they_are_missing(
    installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = object() if installed else None
    monkeypatch.setattr(progress, "find_spec", {"ipywidgets": found}.__getitem__)
    assert progress.shows_progress(True, widgets=True)
    monkeypatch.setattr("sys.stdout", Notebook())
    said = pytest.warns(mw.MixwellWarning, match=r"mixwell\[notebook\]")
    with nullcontext() if installed else said:
        assert progress.shows_progress(widgets=True) is installed
    assert progress.shows_progress()
    assert not progress.shows_progress(False, widgets=True)

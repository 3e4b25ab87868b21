"""The progress bar: when it is shown, and that nothing of it stays."""

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


@pytest.mark.parametrize("wrong", ["yes", 1, 0.0, [True]])
def test_another_value_is_refused(wrong: object) -> None:
    with pytest.raises(mw.DataError, match=r"^progressbar is "):
        Progress("Counting", 4, wrong)  # type: ignore[arg-type]

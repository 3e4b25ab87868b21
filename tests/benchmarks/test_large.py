"""The measurement of large data runs, on small ones here."""

import json
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("large")


@pytest.mark.parametrize("case", ["predictions", "responses", "residuals", "loo", "ppc", "means"])
def test_a_case_is_measured_and_printed(
    large: ModuleType, case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    large.fit("gaussian", tmp_path, 200, 12)
    large.measure(case, tmp_path)
    printed = json.loads(capsys.readouterr().out)
    assert printed["case"] == case
    assert printed["seconds"] > 0


def test_builds_are_compared_and_what_fails_says_why(
    large: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = iter(
        [({"seconds": 2.0, "gigabytes": 0.5}, ""), ({"seconds": 8.0, "gigabytes": 1.5}, "")]
    )
    monkeypatch.setattr(large, "process", lambda *_: next(made))
    folders = {Path("new"): Path("a"), Path("old"): Path("b")}
    assert "| 2.0 s | 0.50 GB | 8.0 s | 1.50 GB | 4.0 | 3 |" in large.row("loo", folders, 1)
    failed = iter([({"seconds": 2.0, "gigabytes": 0.5}, ""), ({}, "MemoryError")])
    monkeypatch.setattr(large, "process", lambda *_: next(failed))
    assert "| 2.0 s | 0.50 GB | MemoryError |" in large.row("loo", folders, 1)

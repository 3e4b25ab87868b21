"""The measurement of marginal means runs with the house as it is."""

import json
from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_a_case_is_measured_and_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    rows = import_module("estimands").run("factorial")
    printed = json.loads(capsys.readouterr().out)
    assert (printed["case"], printed["rows"], rows) == ("factorial", 3, 3)


@pytest.mark.parametrize("name", ["exact", "geometry", "translate", "run"])
def test_every_script_finds_what_it_imports(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    assert import_module(name).__doc__

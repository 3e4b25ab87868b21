"""The measurement of models of many groups runs, on few here."""

import json
from argparse import Namespace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def many_groups(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = import_module("many_groups")
    monkeypatch.setattr(module, "GROUPS", 12)
    small = {name: (formula, family, 90) for name, (formula, family, _) in module.CASES.items()}
    monkeypatch.setattr(module, "CASES", small)
    return module


@pytest.mark.parametrize("case", ["gaussian", "poisson without x", "binomial"])
def test_fit_and_steps_are_measured(
    many_groups: ModuleType, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    many_groups.measure(case, 100, list(many_groups.STEPS))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines] == ["fit", "print", "report", "ranef"]
    assert all(clock > 0 and peak > 0.05 for _, clock, _, peak in lines)


def test_a_process_that_takes_too_long_says_at_which_step(many_groups: ModuleType) -> None:
    options = Namespace(draws=100, steps=["print"], most=0.05)
    cells = many_groups.process(many_groups.THIS, "gaussian", options)
    assert cells == {"fit": "not in 0.05 s | | "}

"""The comparison with other packages: its command line, what it reads and what it writes."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """The modules of the comparison."""
    monkeypatch.syspath_prepend(str(ROOT))
    names = ("cases", "compare", "page", "process", "__main__")
    return {name: import_module(f"benchmarks.peers.{name}") for name in names}


def test_help_is_printed_and_names_the_options() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peers", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for option in ("--only", "--peers", "--data", "--repeats", "--results", "--write"):
        assert option in done.stdout


def test_the_last_marked_line_is_the_report(peers: dict[str, ModuleType]) -> None:
    read = peers["process"].read_report
    assert read('a table\n#report {"printed": 1}\n#report {"printed": 2}\n') == {"printed": 2}
    assert read("a table without a report\n") is None


def test_a_process_is_timed_from_its_start_to_its_printed_report(
    peers: dict[str, ModuleType], tmp_path: Path
) -> None:
    process = peers["process"]
    code = (
        "import json, time; block = bytearray(60_000_000); now = time.time(); "
        'print("#report", json.dumps({"imported": now, "printed": now + 2, "shape": [0]}))'
    )
    finished = process.run_process([sys.executable, "-c", code], 60, tmp_path)
    run = process.to_run("a case", "a package", finished, ess=500.0)
    assert 2 < run.seconds < 2 + finished.ended - finished.started
    assert run.after_import == pytest.approx(2, abs=1e-4)
    assert 60 < run.memory < 2000
    assert run.ess_rate == pytest.approx(500 / run.seconds)
    assert process.Run.from_json(run.to_json()) == run


def test_a_process_that_takes_too_long_is_ended_and_one_that_fails_says_why(
    peers: dict[str, ModuleType], tmp_path: Path
) -> None:
    process = peers["process"]
    slow = process.run_process([sys.executable, "-c", "import time; time.sleep(60)"], 0.3, tmp_path)
    assert process.to_run("a case", "a package", slow, None).note == "over 0.3 s"
    wrong = process.run_process([sys.executable, "-c", "raise SystemExit('no data')"], 60, tmp_path)
    assert process.to_run("a case", "a package", wrong, None).note == "no data"


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ("Traceback:\n  File x\nValueError: no rows\n", "ValueError: no rows"),
        ("Error in f(x) :\n  no rows\nCalls: f -> g\nExecution halted\n", "no rows"),
        ("", ""),
    ],
)
def test_what_went_wrong_is_the_last_telling_line(
    peers: dict[str, ModuleType], errors: str, said: str
) -> None:
    assert peers["process"].last_words(errors) == said


def test_every_case_has_a_formula_for_every_package_or_a_reason(
    peers: dict[str, ModuleType], tmp_path: Path
) -> None:
    compare = peers["compare"]
    for case in peers["cases"].CASES.values():
        assert set(case.cannot) <= set(compare.PEERS)
        assert set(case.instead) <= set(compare.PEERS)
        for peer in set(compare.PEERS) - {"shell"}:
            command = compare.command(case, peer, tmp_path)
            assert Path(command[1]).exists()
            assert command[4] == case.formula_for(peer)


def test_the_page_has_times_ratios_effective_numbers_and_reasons(
    peers: dict[str, ModuleType],
) -> None:
    run = peers["process"].Run
    runs = [
        run("sleepstudy", "mixwell", 2.0, 0.25, 0.2, 2.1, 190.0, 3800.0, "exact"),
        run("sleepstudy", "shell", 2.5, processor=2.4, memory=190.0),
        run("sleepstudy", "bambi", 10.0, 4.0, None, 12.0, 450.0, 1000.0),
        run("sleepstudy", "lme4", note="R is not installed"),
    ]
    text = peers["page"].page(runs, "2 cores.", 3, 30.0, None)
    assert "| sleepstudy | 2.00 | 0.25 | 0.20 | 0.3 | 10.0 | - | 5.0 |" in text
    assert "| sleepstudy | exact | 3,800 / 1,900 | 1,000 / 100 |" in text
    assert "0.25 of bambi's 10.0 s" in text
    assert "- lme4: R is not installed (sleepstudy)." in text
    assert "Many rows" not in text


def test_the_page_says_how_many_times_a_group_mean_a_large_fit_takes(
    peers: dict[str, ModuleType],
) -> None:
    large = {
        "rows": 10_000_000,
        "levels": 100_000,
        "groupby": 0.2,
        "steps": {"reduction and parameters": 0.5, "summary": 0.1},
        "memory": 512.3,
        "data": 180.0,
        "engine": "exact",
    }
    text = peers["page"].page([], "2 cores.", 3, 30.0, large)
    assert "10,000,000 rows" in text
    assert "| reduction and parameters | 0.50 | 2.5 | 3 |" in text
    assert "| summary | 0.10 | 0.5 | - |" in text

"""The comparison with other packages: its command line, what it reads and what it writes."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.signal import lfilter

ROOT = Path(__file__).parents[2]


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """The modules of the comparison."""
    monkeypatch.syspath_prepend(str(ROOT))
    names = ("cases", "compare", "page", "process", "simulated", "__main__")
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
    held = np.ones(40_000_000)  # of this process, which is not what is measured
    finished = process.run_process([sys.executable, "-c", code], 60, tmp_path)
    assert held.all()
    worth = {"ess": 500.0, "least": 300.0, "rhat": 1.004}
    run = process.to_run("a case", "a package", finished, worth)
    assert 2 < run.seconds < 2 + finished.ended - finished.started
    assert run.after_import == pytest.approx(2, abs=1e-4)
    assert 60 < run.memory < 300
    assert run.ess_rate == pytest.approx(500 / run.seconds)
    assert run.work_rate == pytest.approx(300 / run.processor)
    assert process.Run.from_json(run.to_json()) == run


def test_a_process_that_takes_too_long_is_ended_and_one_that_fails_says_why(
    peers: dict[str, ModuleType], tmp_path: Path
) -> None:
    process = peers["process"]
    slow = process.run_process([sys.executable, "-c", "import time; time.sleep(60)"], 0.3, tmp_path)
    assert process.to_run("a case", "a package", slow, {}).note == "over 0.3 s"
    wrong = process.run_process([sys.executable, "-c", "raise SystemExit('no data')"], 60, tmp_path)
    assert process.to_run("a case", "a package", wrong, {}).note == "no data"


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
    assert "| sleepstudy | 2.00 | 0.25 | 0.20 | 0.3 | 10.0 | 5.0 |" in text
    assert "| sleepstudy | exact | 3,800 / 1,900 | 1,000 / 100 |" in text
    assert "0.25 of bambi's 10.0 s" in text
    assert "- lme4: R is not installed (sleepstudy)." in text
    assert "Many rows" not in text
    assert "Side by side" not in text


def test_whole_processes_stand_side_by_side_with_what_their_draws_are_worth(
    peers: dict[str, ModuleType],
) -> None:
    run, name = peers["process"].Run, "two_formulas"
    worth = {"least": 400.0, "rhat": 1.004}
    runs = [
        run(name, "mixwell", 2.0, 0.5, 0.4, 2.5, 190.0, 800.0, "direct", **worth),
        run(name, "bambi", 10.0, 4.0, None, 20.0, 450.0, 1000.0, **worth),
        run(name, "lme4", note="no formula for sigma"),
        run(name, "glmmTMB", 1.6, 0.2, None, 1.5, 200.0),
        run("sites", "mixwell", note="over 600 s"),
    ]
    text = peers["page"].page(runs, "2 cores.", 3, 30.0, None)
    assert f"| {name} | mixwell | 2.00 | 2.50 | 190 | 400 | 1.004 | 160 |" in text
    assert f"| {name} | bambi, nutpie | 10.0 | 20.0 | 450 | 400 | 1.004 | 20 |" in text
    assert f"| {name} | glmmTMB | 1.60 | 1.50 | 200 | - | - | - |" in text
    assert "| sites | mixwell | over 600 s | - |" in text
    assert f"| {name} | 2.00 | 3 | 8.0 | 1.2 |" in text
    assert f"`fit(draws=250, min_ess=400)` in {name}." in text


def test_the_least_effective_numbers_are_those_of_parameters_and_of_everything(
    peers: dict[str, ModuleType], tmp_path: Path
) -> None:
    """Draws that depend on the one before by .6 are worth a quarter; constants are left out."""
    noise = np.random.default_rng(1).normal(size=(3, 4, 1000))
    noise[2] = lfilter([0.8], [1, -0.6], noise[2])
    noise[0] = 1.0
    noise.tofile(tmp_path / "draws.bin")
    found = peers["compare"]._worth(tmp_path / "draws.bin", 2, noise.shape)
    assert found["ess"] == pytest.approx(4000, rel=0.15)
    assert found["least"] == pytest.approx(1000, rel=0.25)
    assert 1 <= found["rhat"] < 1.02


def test_a_fresh_process_has_empty_caches_and_another_one_the_user_s(
    peers: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "the user's")
    code = (
        "import json, os; home = os.environ['XDG_CACHE_HOME']; "
        "there = os.path.isdir(home) and os.listdir(home); "
        'print("#report", json.dumps({"home": home, "there": there}))'
    )
    run = peers["process"].run_process
    usual, fresh = (run([sys.executable, "-c", code], 60, tmp_path, fresh=f) for f in (False, True))
    assert usual.report["home"] == "the user's"
    assert fresh.report["home"] != "the user's"
    assert fresh.report["there"] == []


def test_simulated_data_have_every_level_and_are_the_same_every_time(
    peers: dict[str, ModuleType],
) -> None:
    simulated = peers["simulated"]
    assert set(simulated.SIMULATED) <= set(peers["cases"].CASES)
    frame = simulated.crossed(500, 100, 20)
    assert (frame.g.nunique(), frame.h.nunique()) == (100, 20)
    assert frame.equals(simulated.crossed(500, 100, 20))
    assert set(simulated.counts(500, 100, 20).columns) == {"x", "g", "h", "y"}
    assert simulated.sites(500, 50).groupby("site", observed=True).size().sum() == 500


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

"""When chains of the direct engine end: effective numbers, time, interrupts, and hopeless cases."""

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.infer.direct.test_target import crossed
from tests.processes import running

import mixwell as mw
from mixwell.infer import until
from mixwell.infer.declined import Declined
from mixwell.infer.direct.chain import Chain
from mixwell.infer.direct.peak import find_peak
from mixwell.infer.direct.rounds import direct_draws, rounds
from mixwell.infer.direct.rounds.chain_record import ChainRecord
from mixwell.infer.direct.rounds.direct_draws import sample_directly
from mixwell.infer.direct.target import build_target
from mixwell.infer.settings import Settings
from mixwell.numeric.chains import ess_bulk
from mixwell.refits.run_folder import RunFolder

ASKED: dict[str, Any] = {"engine": "direct", "seed": 8, "draws": 100}


@pytest.fixture(scope="module", autouse=True)
def strict() -> Iterator[None]:
    """Judge the few draws of these tests as if they were many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "RHAT_BY_CHANCE", 0.0)
        yield


@pytest.fixture(scope="module")
def model() -> mw.Model:
    return mw.Model("count ~ x + (1 | g) + (1 | h)", crossed(), family="poisson")


@pytest.fixture(scope="module")
def whole(model: mw.Model) -> mw.Fit:
    """Draws that a second round makes: in these a hundred draws a chain are too few."""
    fit = model.fit(**{**ASKED, "engine": "auto"})
    assert re.search(r"one in [248] draws kept", fit.made.label)
    return fit


def test_draws_are_made_until_they_are_worth_what_was_asked_for(model: mw.Model) -> None:
    fit = model.fit(**ASKED, min_ess=700)
    r = fit.posterior["r_g"].values[..., 0]
    others = [fit.posterior[name].values for name in ("b", "sd_g", "sd_h")]
    assert r.shape[1] > 175
    assert min(float(ess_bulk(values).min()) for values in (r, *others)) >= 700
    assert json.loads(fit.engine["settings"])["min_ess"] == 700


def test_what_cannot_be_reached_is_said(model: mw.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "LONGEST_FOR_ESS", 1)
    with pytest.warns(mw.MixwellWarning, match=r"min_ess=1e\+06 was not reached \(R-hat"):
        model.fit(**ASKED, min_ess=10**6)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A time that passes by a second with every iteration."""
    clock, iterate = SimpleNamespace(now=0.0, monotonic=lambda: clock.now), ChainRecord.iterate

    def slowly(record: ChainRecord, warmup: int) -> None:
        clock.now += 1.0
        iterate(record, warmup)

    monkeypatch.setattr(ChainRecord, "iterate", slowly)
    for module in (rounds, until):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.mark.usefixtures("clock")
def test_when_time_is_over_what_was_drawn_is_kept_and_said(model: mw.Model) -> None:
    asked = {**ASKED, "engine": "auto", "draws": 10**6, "max_time": 1000}
    with pytest.warns(mw.MixwellWarning, match=r"stopped when max_time was over: \d+ of 1000000"):
        fit = model.fit(**asked)
    assert fit.made.engine == "direct"
    assert fit.made.label.endswith("stopped when max_time was over")
    assert fit.posterior.sizes["draw"] > 100  # of 600 iterations after warm-up, by turns
    assert np.isfinite(fit.posterior["r_g"].values).all()


@pytest.mark.usefixtures("clock")
def test_time_that_is_over_before_the_first_draw_is_an_error(
    model: mw.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "WARMUP", 10**7)
    with pytest.raises(mw.SamplingError, match=r"stopped before the first draw.*\n.*max_time"):
        model.fit(**ASKED, tune=10**7, max_time=10)


def test_an_interrupt_while_the_mode_is_sought_is_an_error(
    model: mw.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_draws, "find_peak", lambda *_: signal.raise_signal(signal.SIGINT))
    with pytest.raises(mw.SamplingError, match="before the first draw, while its start was sought"):
        model.fit(**ASKED)


def test_a_long_search_for_the_mode_says_at_which_step_it_is(
    model: mw.Model, capsys: pytest.CaptureFixture[str]
) -> None:
    model.fit(**ASKED, progressbar=True)
    written = capsys.readouterr().err.split("\r")
    steps = [line for line in written if line.startswith("Seeking the mode: step ")]
    assert steps[0].startswith("Seeking the mode: step 1, 0 s so far")
    later = next(k for k, line in enumerate(written) if line.startswith("Sampling ["))
    assert not written[later - 1].strip()  # the line is gone when the bar begins


IN_BACKGROUND = """
import json, sys, threading, warnings
sys.path.insert(0, sys.argv[1])
import mixwell as mw
from mixwell.infer.direct.rounds.chain_record import ChainRecord
from tests.infer.direct.test_target import crossed

note, chains, one_at_a_time = ChainRecord.note, set(), threading.Lock()
def noted(record):
    note(record)
    with one_at_a_time:
        if len(record) > 20:
            chains.add(id(record))
        if len(chains) == 3:
            chains.add(None)
            print("drawn", flush=True)
ChainRecord.note = noted
model = mw.Model("count ~ x + (1 | g) + (1 | h)", crossed(), family="poisson")
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    fit = model.fit(engine="direct", draws=10**6, chains=3, seed=1)
print(json.dumps([fit.posterior.sizes["draw"], fit.made.label, [str(w.message) for w in said]]))
"""


def test_an_interrupt_keeps_what_was_drawn_and_says_so() -> None:
    command = [sys.executable, "-c", IN_BACKGROUND, os.fspath(Path(__file__).parents[4])]
    with running(command) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert line == "drawn\n"
        draws, label, said = json.loads(process.stdout.read())
    assert process.returncode == 0
    assert 20 < draws < 10**6
    assert label.endswith(", interrupted")
    assert [f"interrupted: {draws} of 1000000 draws a chain are kept" in each for each in said] == [
        True
    ]


def interrupted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, in which an interrupt comes when it is called first."""
    calls = []

    def called(*given: Any, **named: Any) -> Any:
        calls.append(named)
        if len(calls) == 1:
            signal.raise_signal(signal.SIGINT)
        return function(*given, **named)

    return called


@pytest.mark.parametrize("name", ["measures", "_widen"])
def test_an_interrupt_between_two_rounds_keeps_what_was_drawn(
    model: mw.Model, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {**ASKED, "tune": 50, "draws": 200}
    monkeypatch.setattr(rounds.Rounds, name, interrupted(getattr(rounds.Rounds, name)))
    monkeypatch.setattr(rounds, "RHAT_MAXIMUM", 0.5)  # as if one round were not enough
    monkeypatch.setattr(rounds, "STEP_MINIMUM", 0.0)
    with pytest.warns(mw.MixwellWarning, match=r"interrupted: \d+ of 200 draws a chain are kept"):
        fit = model.fit(**asked)
    assert fit.made.label.endswith(", interrupted")
    assert 0 < fit.posterior.sizes["draw"] <= 200


def test_an_interrupt_when_all_is_drawn_loses_nothing(
    model: mw.Model, whole: mw.Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_draws, "labeled_draws", interrupted(direct_draws.labeled_draws))
    with pytest.warns(mw.MixwellWarning, match="came when all draws had been made: they are kept"):
        fit = model.fit(**{**ASKED, "engine": "auto"})
    np.testing.assert_array_equal(fit.posterior["b"], whole.posterior["b"])
    assert fit.made.label == whole.made.label


def test_an_interrupt_when_chains_are_declined_is_not_lost(
    model: mw.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "STEP_MINIMUM", 10.0)
    monkeypatch.setattr(rounds, "Declined", interrupted(Declined))
    with pytest.raises(KeyboardInterrupt):
        sample_directly(model.spec, Settings(seed=1, draws=100))


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("STEP_MINIMUM", 10.0, r"far from the gaussian .* steps a draw"),
        ("ACCEPTANCE_MINIMUM", 1.0, r"accepts \d+ % of its moves only"),
        ("RHAT_MAXIMUM", 0.5, r"did not come together in 1,600 draws each \(R-hat 1\.0"),
    ],
)
def test_chains_in_trouble_are_declined_with_their_measures(
    model: mw.Model, limit: str, value: float, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, limit, value)
    found = sample_directly(model.spec, Settings(seed=1, draws=100))
    assert isinstance(found, Declined)
    assert re.search(said, found.reason)
    assert found.measures


class Killed(BaseException):
    """What ends a process without a word."""


@pytest.mark.parametrize("apart", [1, 2])
def test_a_run_that_was_killed_goes_on_to_the_draws_of_one_that_was_not(
    model: mw.Model, whole: mw.Fit, apart: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit by bit, from before and from after draws were kept further apart."""
    monkeypatch.setattr(rounds, "EVERY", 0.02)
    monkeypatch.setattr(rounds, "_TURN", 0.01)
    write = RunFolder.write

    def killed(folder: RunFolder, *given: Any) -> bool:
        """Die once a block is written: how many there are hangs on how busy a machine is."""
        kept = write(folder, *given)
        if any(int(part.statistics["every"][-1]) == apart for part in given[0]):
            raise Killed
        return kept

    monkeypatch.setattr(RunFolder, "write", killed)
    with pytest.raises(Killed):
        model.fit(**{**ASKED, "engine": "auto"}, checkpoint=tmp_path / "run")
    monkeypatch.setattr(RunFolder, "write", write)
    fit = mw.resume(tmp_path / "run")
    assert "resumed after" in fit.made.label
    for group in ("posterior", "sample_stats"):
        for name, values in whole.tree[group].data_vars.items():
            np.testing.assert_array_equal(fit.tree[group][name].values, values.values)
    assert fit.made.engine_reason == whole.made.engine_reason
    assert mw.load(tmp_path / "run" / "fit.nc").made == fit.made


def test_chains_of_another_engine_do_not_go_on_with_draws_that_were_given_up(
    model: mw.Model, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    fit = model.fit(**ASKED, checkpoint=folder)
    (folder / "fit.nc").unlink()
    opened = RunFolder.open(folder)
    opened.asked(None, None)
    for engine in ("direct", "nuts"):
        part = SimpleNamespace(chain=0, position=np.zeros(2), first=0)
        part.draws = fit.posterior[["b"]].isel(chain=0, drop=True)
        part.statistics = fit.tree["sample_stats"].to_dataset().isel(chain=0, drop=True)
        notes = {"leg": 0, "seconds": 1.0, "drawn": [engine, "asked for"]}
        assert opened.write([part], notes)  # type: ignore[list-item]
    kept, notes = opened.read()
    opened.close()
    assert [len(part) for part in kept] == [100]
    assert notes[-1].drawn[0] == "nuts"
    shutil.rmtree(folder)


def test_a_few_draws_are_judged_by_what_chance_makes_of_their_r_hats(
    model: mw.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The R-hats of 25 draws a chain exceed 1.01 however good chains are."""
    monkeypatch.undo()
    monkeypatch.setattr(rounds, "RHAT_BY_CHANCE", 20.0)
    found = sample_directly(model.spec, Settings(seed=1, draws=25, chains=2))
    assert not isinstance(found, Declined)


@pytest.mark.parametrize(
    ("measures", "short"),
    [
        ((1.0, 400.0, 400.0), False),
        ((1.0, 400.0, 399.0), True),
        ((1.0, 399.0, 400.0), True),
        ((1.011, 4000.0, 4000.0), True),
    ],
)
def test_chains_go_on_until_diagnose_has_nothing_to_say(
    model: mw.Model, measures: tuple[float, float, float], short: bool
) -> None:
    """R-hat and both effective numbers, with the thresholds that `diagnose()` has."""
    peak = find_peak(target := build_target(model.spec))
    assert not isinstance(peak, Declined)
    run = rounds.Rounds(target, partial(Chain, peak), Settings(seed=1), None, stored=False)
    assert run.short(rounds.Measures(*measures)) is short

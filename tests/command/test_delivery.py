"""Once there are draws, nothing that fails loses them; pipes, statuses, what is said."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import mixwell as mw
from mixwell.cli import app
from mixwell.command.delivery import output_names, size_of_draws

FORMULA = "Reaction ~ Days + (Days | Subject)"
COMMAND = f"{sys.executable} -c 'from mixwell.cli import main; main()'"
FIT = f'{COMMAND} fit sleepstudy "Reaction ~ Days" --draws 100 --seed 1'


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def shell(commands: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", commands], capture_output=True, text=True, cwd=folder
    )


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """Give temporary files a folder of their own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def fail(*arguments, **options):
    raise RuntimeError("Something broke.")


@pytest.mark.parametrize(
    ("broken", "lost"),
    [
        ("mixwell.fit.Fit.summary", "summary.csv"),
        ("mixwell.plots.fit_figures.Plots.trace", "trace.png"),
        ("mixwell.plots.fit_figures.Plots.ranef", "ranef_Subject.png"),
        ("mixwell.report.fit_page.fit_page", None),
    ],
)
def test_a_step_that_fails_keeps_the_draws_and_all_other_steps(
    sampled, monkeypatch, tmp_path, broken, lost
):
    monkeypatch.setattr(broken, fail)
    result = run("fit", "sleepstudy", FORMULA, "--out", tmp_path)
    assert result.exit_code == 1
    names = {*output_names(mw.load(tmp_path / "draws.nc").spec)} - {lost}
    assert {*os.listdir(tmp_path)} - {".mixwell"} == names
    assert f"{lost or 'The summary'} " in result.stderr
    assert "RuntimeError: Something broke." in result.stderr
    assert f'The draws are kept in "{tmp_path / "draws.nc"}"' in result.stderr


def test_an_interrupt_while_the_draws_are_saved_ends_the_command_after_that(
    sampled, monkeypatch, tmp_path
):
    save = mw.Fit.save

    def interrupted(fit, path):
        signal.raise_signal(signal.SIGINT)
        return save(fit, path)

    monkeypatch.setattr(mw.Fit, "save", interrupted)
    result = run("fit", "sleepstudy", FORMULA, "--out", tmp_path)
    assert result.exit_code == 130
    assert mw.load(tmp_path / "draws.nc").summary().loc["Days", "estimate"] == pytest.approx(
        10, abs=2
    )


def test_draws_that_cannot_be_saved_there_are_saved_elsewhere(
    sampled, monkeypatch, tmp_path, elsewhere
):
    def full(*arguments):
        raise mw.DataError("The disk is full.")

    monkeypatch.setattr("mixwell.command.results_folder.ResultsFolder.put", full)
    result = run("fit", "sleepstudy", FORMULA, "--quiet", "--out", tmp_path / "results")
    assert result.exit_code == 1
    assert "draws.nc was not written: The disk is full." in result.stderr
    assert "Population-level effects" in result.stdout
    (kept,) = elsewhere.glob("*/draws.nc")
    assert f'kept in "{kept}"' in result.stderr
    assert mw.load(kept).summary().loc["Days", "estimate"] == pytest.approx(10, abs=1)


def test_a_summary_that_fails_keeps_the_draws_where_no_folder_was_asked_for(
    sampled, monkeypatch, elsewhere
):
    monkeypatch.setattr("mixwell.report.fit_page.fit_page", fail)
    result = run("fit", "sleepstudy", FORMULA)
    assert result.exit_code == 1
    (kept,) = elsewhere.glob("*/draws.nc")
    assert f'kept in "{kept}"' in result.stderr


def test_draws_that_can_be_kept_nowhere_are_still_summarized(sampled, monkeypatch, tmp_path):
    monkeypatch.setattr("mixwell.fit.Fit.save", fail)
    result = run("fit", "sleepstudy", FORMULA, "--quiet", "--out", tmp_path)
    assert result.exit_code == 1
    assert "could not be kept elsewhere either" in result.stderr
    assert "Population-level effects" in result.stdout


def test_files_of_an_earlier_model_do_not_stay_next_to_the_new_draws(sampled, tmp_path):
    run("fit", "sleepstudy", FORMULA, "--out", tmp_path)
    assert (tmp_path / "ranef_Subject.png").exists()
    assert run("fit", "sleepstudy", "Reaction ~ Days", "--out", tmp_path).exit_code == 0
    assert not (tmp_path / "ranef_Subject.png").exists()


def test_an_edited_file_is_found_before_sampling(sampled, tmp_path):
    (tmp_path / "summary.csv").write_text("mine")
    result = run("fit", "sleepstudy", FORMULA, "--out", tmp_path)
    assert result.exit_code == 2
    assert sampled == {}
    assert (tmp_path / "summary.csv").read_text() == "mine"
    assert run("fit", "sleepstudy", FORMULA, "--out", tmp_path, "--force").exit_code == 0


def test_names_of_figures_differ_even_where_those_of_factors_hardly_do(spec_of, make_idata):
    columns = {"y": range(12), "a b": [*"aabbcc"] * 2, "a-b": [*"abc"] * 4, "A_B": [*"abab"] * 3}
    long = {"x" * 300: [*"abcabd"] * 2, "x" * 200: [*"abcabe"] * 2}
    formula = "y ~ " + " + ".join(f"(1 | `{name}`)" for name in [*columns, *long][1:])
    names = output_names(mw.Model(formula, pd.DataFrame(columns | long)).spec)
    assert len({name.casefold() for name in names}) == len(names)
    assert max(len(name.encode()) for name in names) < 255


def test_the_size_of_draws_is_known_before_they_are_made(sampled, tmp_path):
    run("fit", "sleepstudy", FORMULA, "--out", tmp_path)
    path = tmp_path / "draws.nc"
    # 2 coefficients and 2 deviations of 18 people in 4 chains of 250 draws
    size = size_of_draws(mw.load(path).spec, 1000)
    assert size == 8 * 1000 * (2 + 36)
    assert size < path.stat().st_size < 2 * size


def test_a_reader_that_goes_away_ends_as_other_commands_do_and_loses_no_file(tmp_path):
    # the reader is gone before anything is printed
    done = shell(f"{FIT} --out results | true", tmp_path)
    assert done.returncode == 141
    assert "Error" not in done.stderr
    assert "Exception" not in done.stderr
    assert {*os.listdir(tmp_path / "results")} >= {"draws.nc", "summary.csv", "trace.png"}


def test_help_into_a_pipe_without_a_reader_is_silent(tmp_path):
    done = shell(f"{COMMAND} data | true", tmp_path)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_full_disk_behind_standard_output_is_said_and_the_draws_are_kept(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    done = shell(f"TMPDIR={tmp_path} {FIT} > /dev/full", tmp_path)
    assert done.returncode == 1
    assert "cannot be printed: the disk is full." in done.stderr
    assert "Traceback" not in done.stderr
    assert [*tmp_path.glob("mixwell-*/draws.nc")]
    done = shell(f"{COMMAND} --help > /dev/full", tmp_path)
    assert (done.returncode, done.stderr.count("the disk is full")) == (1, 1)


def test_two_runs_at_once_leave_the_results_of_one(tmp_path):
    done = shell(
        f"{FIT} --out results & one=$!\n{FIT} --out results\nother=$?\nwait $one\necho $? $other",
        tmp_path,
    )
    assert {*done.stdout.splitlines()[-1].split()} == {"0", "2"}
    assert "Another run of mixwell is writing" in done.stderr
    fit = mw.load(tmp_path / "results" / "draws.nc")
    written = pd.read_csv(tmp_path / "results" / "summary.csv", index_col="parameter")
    assert written.loc["Days", "sd"] == pytest.approx(fit.summary().loc["Days", "sd"])


def test_letters_that_a_terminal_does_not_have_are_no_reason_to_fail(tmp_path):
    table = pd.DataFrame({"y": range(8), "рост": [1, 2, 3, 5] * 2})
    table.to_csv(tmp_path / "a.csv", index=False)
    command = f"{COMMAND} fit a.csv 'y ~ рост' --draws 100"
    done = shell(f"PYTHONIOENCODING=latin-1 {command}", tmp_path)
    assert done.returncode == 0
    assert r"\u0440\u043e\u0441\u0442" in done.stdout

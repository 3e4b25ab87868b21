"""The command line: what it prints, writes and returns; the fit itself stands in by hand."""

import re
import subprocess
import sys

import nbformat
import pandas as pd
import pytest
from typer.testing import CliRunner

import mixwell as mw
from mixwell.cli import app

FORMULA = "Reaction ~ Days + (Days | Subject)"


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_healthy_fit_prints_its_summary_and_ends_with_0(sampled):
    result = run("fit", "sleepstudy", FORMULA)
    assert result.exit_code == 0
    assert "Population-level effects:" in result.stdout
    assert "The chains have converged" in result.stdout
    assert result.stderr == ""


def test_a_fit_that_did_not_converge_is_printed_and_ends_with_1(sampled):
    sampled["diverging"] = 7
    result = run("fit", "sleepstudy", FORMULA)
    assert result.exit_code == 1
    assert "divergences: 7" in result.stdout


def test_advice_is_given_in_options_of_the_command(sampled):
    sampled["diverging"] = 7
    result = run("fit", "sleepstudy", FORMULA)
    assert "  Next: --engine exact" in result.stdout
    assert "fit.refit" not in result.stdout
    assert "fit.diagnose" not in result.stdout


def test_a_sampler_that_fails_ends_with_1_and_a_message(monkeypatch):
    def fail(spec, settings, built):
        raise mw.SamplingError("No chain finished.")

    monkeypatch.setattr("mixwell.fit.run", fail)
    result = run("fit", "sleepstudy", FORMULA)
    assert result.exit_code == 1
    assert result.stderr == "Error: No chain finished.\n"


def test_a_failure_below_is_one_message_too(monkeypatch):
    def fail(*settings):
        raise RuntimeError("All initialization points failed\nInitial point: {...}")

    monkeypatch.setattr("mixwell.infer.pymc.nuts.sample", fail)
    monkeypatch.setattr("mixwell.infer.built_model.BuiltModel.model", None)
    result = run("fit", "sleepstudy", FORMULA, "--engine", "nuts")
    assert result.exit_code == 1
    assert "All initialization points failed" in result.stderr
    assert "Traceback" not in result.stderr


def test_options_reach_the_sampler(sampled):
    result = run(
        *("fit", "sleepstudy", FORMULA, "--seed", 5, "--draws", 20, "--tune", 30, "--chains", 2),
        *("--engine", "nuts", "--parameterization", "centered", "--target-accept", 0.9),
    )
    assert result.exit_code == 0
    expected = {"seed": 5, "draws": 20, "tune": 30, "chains": 2, "target_accept": 0.9}
    assert expected.items() <= sampled.items()


def test_choices_reach_the_model(sampled):
    run(
        *("fit", "warpbreaks", "breaks ~ wool * tension", "sigma ~ wool"),
        *("--family", "student", "--link", "log"),
        *("--prior", "nu = Gamma(2, 0.1)", "--contrast", "tension=sum"),
    )
    spec = sampled["spec"]
    assert spec.family.name == "student"
    assert spec.link == "log"
    assert "tension[S.L]" in spec.design.common.columns
    assert list(spec.design.parameters) == ["sigma"]
    assert str(spec.priors["nu"]) == "Gamma(2, 0.1)"


def test_weights_are_of_the_kind_that_is_named(sampled):
    run("fit", "warpbreaks", "breaks ~ wool", "--weights", "breaks", "--weight-kind", "frequency")
    assert sampled["spec"].design.n == 1520
    wrong = run("fit", "warpbreaks", "breaks ~ wool", "--weights", "breaks", "--weight-kind", "own")
    assert wrong.exit_code == 2


def test_quiet_prints_nothing(sampled):
    result = run("fit", "sleepstudy", FORMULA, "--quiet")
    assert result.output == ""


def test_out_writes_draws_summary_and_figures(sampled, tmp_path):
    folder = tmp_path / "new" / "results"
    result = run("fit", "sleepstudy", FORMULA, "--out", folder)
    assert result.exit_code == 0
    assert {file.name for file in folder.iterdir()} == {
        ".mixwell",
        "draws.nc",
        "summary.csv",
        "coefficients.png",
        "trace.png",
        "ranef_Subject.png",
    }
    written = pd.read_csv(folder / "summary.csv", index_col="parameter")
    kept = mw.load(folder / "draws.nc").summary()
    assert written.loc["Days", "sd"] == pytest.approx(kept.loc["Days", "sd"])
    assert str(mw.load(folder / "draws.nc")) + "\n" == result.stdout
    assert "Wrote draws.nc" in result.stderr


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "tsv", "parquet", "feather"])
def test_data_may_be_a_file(sampled, tmp_path, ending):
    path = tmp_path / f"nights.{ending}"
    data = mw.load_data("sleepstudy").assign(Subject=lambda d: d["Subject"].astype("str"))
    match ending:
        case "parquet":
            data.to_parquet(path)
        case "feather":
            data.to_feather(path)
        case _:
            data.to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    assert run("fit", path, FORMULA).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["slepstudy", FORMULA], ['"slepstudy"', 'Did you mean "sleepstudy"?']),
        (["nights.csv", FORMULA], ['no file "nights.csv"']),
        (["sleepstudy", "Reaction ~ Days x"], ["^"]),
        (["sleepstudy", "Reaction ~ Dyas"], ["Dyas", "Days"]),
        (["sleepstudy", FORMULA, "--family", "gausian"], ["gaussian"]),
        (["sleepstudy", FORMULA, "--prior", "sd_Subjct=HalfNormal(1)"], ["sd_Subject"]),
        (["sleepstudy", FORMULA, "--prior", "sigma"], ['has no "="', "--prior"]),
        (["sleepstudy", FORMULA, "sigma ~ Days", "--engine", "exact"], ["exact engine", "sigma"]),
        (["sleepstudy", FORMULA, "--target-accept", "1"], ["target_accept"]),
        (["sleepstudy", FORMULA, "--draws", "0"], ["--draws"]),
        (["sleepstudy", FORMULA, "--engine", "nutz"], ["--engine", "nuts"]),
        (["sleepstudy", FORMULA, "--missing", "keep"], ["--missing"]),
        (["sleepstudy", FORMULA, "--saturated", "yes"], ["--saturated", "refuse"]),
        (["sleepstudy", "Reaction ~ Days + (1 | Subject:Days)"], ["each of the 180 rows"]),
        (["sleepstudy", FORMULA, "--out", ""], ["--out", "it is empty"]),
        (["sleepstudy"], ["FORMULA"]),
        (["sleepstudy", FORMULA, "--color", "red"], ["--color"]),
    ],
)
def test_bad_input_ends_with_2_and_one_message(arguments, parts):
    result = run("fit", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for part in parts:
        assert part in result.stderr


def test_saturated_random_effects_are_allowed_by_an_option():
    arguments = ["sleepstudy", "Reaction ~ Days + (1 | Subject:Days)", "--saturated", "allow"]
    result = run("fit", *arguments, "--draws", 150, "--seed", 1)
    assert result.exit_code == 0
    assert "comes from their priors alone" in " ".join(result.stderr.split())
    assert '"Reaction ~ Days + (1 | Subject)" in place of the formula' in result.stdout


def test_refusals_name_options_of_the_command():
    result = run("fit", "sleepstudy", "Reaction ~ Days + (1 | Subject:Days)")
    assert result.exit_code == 2
    assert "--saturated allow" in result.stderr
    assert 'saturated="' not in result.stderr


@pytest.mark.parametrize("formula", [FORMULA, "y ~ x + (1 | a/b)"])
def test_a_formula_in_the_place_of_the_data_is_said(formula):
    result = run("fit", formula, "sleepstudy")
    assert result.exit_code == 2
    assert "DATA comes before FORMULA" in result.stderr
    assert f"mixwell fit DATA '{formula}'" in result.stderr


def test_a_missing_file_names_its_neighbors(tmp_path):
    (tmp_path / "nights.csv").write_text("x\n1\n")
    result = run("fit", tmp_path / "nigths.csv", FORMULA)
    assert result.exit_code == 2
    assert 'Did you mean "nights.csv"?' in result.stderr


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("empty.csv", b""),
        ("torn.parquet", b"PAR1"),
        ("bytes.csv", b"\xff\xfe\x00"),
        ("a.xlsx", b""),
    ],
)
def test_a_file_that_cannot_be_read_is_bad_input(tmp_path, name, contents):
    (tmp_path / name).write_bytes(contents)
    result = run("fit", tmp_path / name, FORMULA)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


def test_an_out_that_is_a_file_is_bad_input(tmp_path):
    (tmp_path / "taken").write_text("")
    result = run("fit", "sleepstudy", FORMULA, "--out", tmp_path / "taken")
    assert result.exit_code == 2
    assert "--out" in result.stderr


def test_data_lists_the_shipped_sets():
    result = run("data")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("sleepstudy")


def test_data_shows_columns_and_first_rows_of_one():
    result = run("data", "sleepstudy")
    assert "average reaction time" in result.stdout
    assert "249.56" in result.stdout


def test_data_of_an_unknown_name_is_bad_input():
    assert run("data", "slepstudy").exit_code == 2


def test_version_is_printed():
    assert run("--version").stdout == f"mixwell {mw.__version__}\n"


def test_help_does_not_import_what_is_heavy():
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom mixwell.cli import app\n"
        "CliRunner().invoke(app, ['fit', '--help'])\n"
        "print([name for name in ('pandas', 'numpy', 'pymc', 'arviz_base') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


SCRIPT = "# Sleep\nfm <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy)\nAIC(fm)\n"


@pytest.fixture
def r_script(tmp_path):
    path = tmp_path / "sleep.R"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def test_a_translation_is_printed_and_what_is_left_out_told_on_standard_error(r_script):
    result = run("translate", r_script)
    assert result.exit_code == 0
    assert result.stdout == str(mw.r.translate(SCRIPT))
    assert "Line 3 is not translated: AIC() has no counterpart" in result.stderr
    assert result.stderr.endswith("Notes on differences: 2. Statements not translated: 1.\n")


def test_a_translation_is_written_to_a_python_file(r_script, tmp_path):
    result = run("translate", r_script, "--out", tmp_path / "sleep.py")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert (tmp_path / "sleep.py").read_text(encoding="utf-8") == str(mw.r.translate(SCRIPT))


def test_a_translation_is_written_to_a_notebook(r_script, tmp_path):
    assert run("translate", r_script, "--out", tmp_path / "sleep.ipynb").exit_code == 0
    notebook = nbformat.read(tmp_path / "sleep.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert "mw.Model" in notebook.cells[1].source


def test_the_ending_of_a_document_says_how_it_is_read(tmp_path):
    path = tmp_path / "report.Rmd"
    path.write_text("Words.\n\n```{r}\nx <- 1\n```\n", encoding="utf-8")
    assert run("translate", path).stdout == "import mixwell as mw\n\n# Words.\n\nx = 1\n"


def test_broken_r_is_bad_input_with_line_column_and_caret(r_script):
    r_script.write_text("x <- (1 +\n", encoding="utf-8")
    result = run("translate", r_script)
    assert result.exit_code == 2
    assert "line 1, column" in result.stderr
    assert "^" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("missing.R",), "cannot be read"),
        (("sleep.R", "--out", "sleep.txt"), "neither a .py nor a .ipynb"),
        (("sleep.R", "--out", "no/such/folder/sleep.py"), "cannot be written"),
    ],
)
def test_paths_that_do_not_work_are_bad_input(r_script, monkeypatch, arguments, said):
    monkeypatch.chdir(r_script.parent)
    result = run("translate", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_translating_does_not_import_what_is_heavy(r_script):
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom mixwell.cli import app\n"
        f"CliRunner().invoke(app, ['translate', {str(r_script)!r}])\n"
        "print([name for name in ('pandas', 'numpy', 'pymc', 'arviz_base') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_edited_translation_is_not_overwritten_unless_forced(r_script, tmp_path):
    out = tmp_path / "sleep.py"
    assert run("translate", r_script, "--out", out).exit_code == 0
    assert run("translate", r_script, "--out", out).exit_code == 0
    out.write_text("mine", encoding="utf-8")
    result = run("translate", r_script, "--out", out)
    assert result.exit_code == 2
    assert "is there already, with other contents" in result.stderr
    assert out.read_text(encoding="utf-8") == "mine"
    assert run("translate", r_script, "--out", out, "--force").exit_code == 0
    assert out.read_text(encoding="utf-8") == str(mw.r.translate(SCRIPT))


def test_a_script_may_come_from_a_pipe():
    result = CliRunner().invoke(app, ["translate", "-"], input="x <- 1\n")
    assert result.stdout == "import mixwell as mw\n\nx = 1\n"


@pytest.mark.parametrize("command", [[], ["fit"], ["translate"]])
def test_help_tells_the_exit_statuses(command):
    said = " ".join(run(*command, "--help").stdout.split())
    for status in ("0 when", "1 when", "2 when", "130 when", "141 when"):
        assert status in said


def test_data_come_from_standard_input_and_what_was_understood_is_a_note(sampled):
    data = mw.load_data("sleepstudy").to_csv(index=False, sep=";", decimal=",")
    result = CliRunner().invoke(app, ["fit", "-", FORMULA], input=data)
    assert result.exit_code == 0
    assert 'Note: The columns of standard input are separated by ";".' in result.stderr
    assert sampled["spec"].response.values[0] == 249.56


def test_a_command_before_the_pipe_that_gives_nothing_is_said():
    result = CliRunner().invoke(app, ["fit", "-", FORMULA], input="")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: standard input is empty.")


def test_a_fit_is_kept_in_a_folder_and_printed_again_from_there(tmp_path):
    first = run("fit", "sleepstudy", FORMULA, "--draws", 50, "--checkpoint", tmp_path / "run")
    again = run("resume", tmp_path / "run")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert again.stdout == first.stdout


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "is empty"),
        ({"notes.txt": "mine"}, "holds no run"),
        ({"run.nc": "not one"}, "is not a netCDF file"),
    ],
)
def test_a_folder_without_a_run_is_bad_input(tmp_path, files, said):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    result = run("resume", tmp_path)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_fit_ends_with_an_effective_number_or_a_time():
    asked = ("--draws", 50, "--min-ess", 900, "--max-time", 100)
    result = run("fit", "sleepstudy", FORMULA, *asked, "--seed", 1)
    assert result.exit_code == 0
    worth = int(re.search(r"worth\s+([\d,]+)\s+draws", result.stdout)[1].replace(",", ""))
    assert worth >= 900
    refused = run("fit", "sleepstudy", FORMULA, "--max-time", 0)
    assert refused.exit_code == 2
    assert "max_time is 0" in refused.stderr


def test_a_checkpoint_in_a_folder_that_is_used_is_bad_input(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    result = run("fit", "sleepstudy", FORMULA, "--checkpoint", tmp_path)
    assert result.exit_code == 2
    assert "holds other files: notes.txt" in result.stderr
    assert [file.name for file in tmp_path.iterdir() if file.suffix] == ["notes.txt"]

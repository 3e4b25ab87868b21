"""The command `mixwell`: fit a model, translate an R script, look at the shipped data.

How it ends, with which status, stands in `command/console.py`. Everything heavy is imported by the
commands themselves, so that `mixwell --help` answers at once.
"""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mixwell._version import __version__
from mixwell.command.console import (
    FAILED,
    REFUSED,
    STATUSES,
    messages,
    printed,
    run_as_command,
    say,
    writing_to_pipes,
)
from mixwell.command.given_texts import read_pairs, require_formulas, table_of
from mixwell.command.plain_files import read_source, write_unless_edited
from mixwell.errors import DataError
from mixwell.infer.engines.table import ENGINE_NAMES
from mixwell.progress import no_bars_but_asked

if TYPE_CHECKING:
    import pandas as pd

    from mixwell.command.results_folder import ResultsFolder
    from mixwell.fit import Fit
    from mixwell.model import Model
    from mixwell.tables.lazy.lazy_table import LazyTable


class Parameterization(StrEnum):
    """The coordinates in which NUTS samples the random effects."""

    auto = "auto"
    centered = "centered"
    noncentered = "noncentered"
    mixed = "mixed"
    whitened = "whitened"


class Missing(StrEnum):
    """What is done about rows with missing values."""

    drop = "drop"
    error = "error"


class WeightKind(StrEnum):
    """What the weights of rows are."""

    precision = "precision"
    frequency = "frequency"
    survey = "survey"


class SaturatedEffects(StrEnum):
    """What is done about as many random effects as rows."""

    refuse = "refuse"
    allow = "allow"


app = typer.Typer(
    help="Bayesian mixed models from lme4-style formulas.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=STATUSES,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line."""
    run_as_command(lambda: app(prog_name="mixwell"))


def _version(wanted: bool) -> None:
    if wanted:
        printed(f"mixwell {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Bayesian mixed models from lme4-style formulas."""


DataOption = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A shipped dataset; a CSV, TSV, Parquet or Arrow file or pipe, a folder or a quoted "
        "pattern of such files; or - for standard input.",
    ),
]
FormulaOption = Annotated[
    list[str],
    typer.Argument(
        metavar="FORMULA...", help='Such as "y ~ x + (x | group)"; further ones as "sigma ~ x".'
    ),
]
FamilyOption = Annotated[str, typer.Option(help="The response's distribution.")]
LinkOption = Annotated[str | None, typer.Option(help="The link function, if not the usual one.")]
PriorOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=TEXT", help='A prior, such as "sd_user=HalfNormal(1)"; repeatable.'),
]
ContrastOption = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN=CODING", help='A coding, such as "block=sum"; repeatable.'),
]
WeightsOption = Annotated[str | None, typer.Option(help="The column of weights.")]
WeightKindOption = Annotated[
    WeightKind | None,
    typer.Option(help="What the weights are: how exact rows are, how many, or of a survey."),
]
MissingOption = Annotated[Missing, typer.Option(help="Rows with missing values.")]

SaturatedOption = Annotated[
    SaturatedEffects, typer.Option(help="As many random effects as rows, next to residuals.")
]


def _known_engine(name: str) -> str:
    if name not in ENGINE_NAMES:
        listed = ", ".join(map(repr, ENGINE_NAMES))
        raise typer.BadParameter(f"{name!r} is not one of {listed}.")
    return name


EngineOption = Annotated[
    str,
    typer.Option(
        metavar=f"<{'|'.join(ENGINE_NAMES)}>",
        callback=_known_engine,
        help="How the posterior is computed.",
    ),
]
ParameterizationOption = Annotated[
    Parameterization, typer.Option(help="Coordinates of the random effects.")
]
DrawsOption = Annotated[int, typer.Option(min=1, help="Draws kept from each chain.")]
TuneOption = Annotated[int, typer.Option(min=1, help="Warmup draws of each chain.")]
ChainsOption = Annotated[int, typer.Option(min=1, help="Number of chains.")]
SeedOption = Annotated[int | None, typer.Option(min=0, help="Seed: the same gives the same draws.")]
TargetAcceptOption = Annotated[
    float | None, typer.Option(help="Acceptance that the step size aims at, between 0 and 1.")
]
MinEssOption = Annotated[
    float | None,
    typer.Option(metavar="NUMBER", help="Go on until the least effective number of draws is this."),
]
MaxTimeOption = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="End sampling after this time, and keep what is drawn."),
]


def _named_folder(text: str) -> Path:
    if not text:  # as of a variable of the shell that is not set: not the folder one is in
        raise typer.BadParameter("it is empty.")
    return Path(text)


CheckpointOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        parser=_named_folder,
        help="Keep draws in this new directory while chains run; `mixwell resume DIR` goes on.",
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        parser=_named_folder,
        help="Also write draws.nc, summary.csv and figures to this directory.",
    ),
]
ForceOption = Annotated[
    bool,
    typer.Option(
        "--force", help="Overwrite files of others, and files changed since mixwell wrote them."
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Print neither progress nor result.")]


@app.command("fit", epilog=STATUSES)
def fit_command(
    data: DataOption,
    formula: FormulaOption,
    family: FamilyOption = "gaussian",
    link: LinkOption = None,
    prior: PriorOption = None,
    contrast: ContrastOption = None,
    weights: WeightsOption = None,
    weight_kind: WeightKindOption = None,
    missing: MissingOption = Missing.drop,
    saturated: SaturatedOption = SaturatedEffects.refuse,
    engine: EngineOption = "auto",
    parameterization: ParameterizationOption = Parameterization.auto,
    draws: DrawsOption = 1000,
    tune: TuneOption = 1000,
    chains: ChainsOption = 4,
    seed: SeedOption = None,
    target_accept: TargetAcceptOption = None,
    checkpoint: CheckpointOption = None,
    min_ess: MinEssOption = None,
    max_time: MaxTimeOption = None,
    out: OutOption = None,
    force: ForceOption = False,
    quiet: QuietOption = False,
) -> None:
    """Fit FORMULA to DATA and print the summary."""
    choices: dict[str, Any] = {
        "family": family,
        "link": link,
        "weights": weights,
        "weight_kind": None if weight_kind is None else weight_kind.value,
        "missing": missing.value,
        "saturated": saturated.value,
    }
    asked: dict[str, Any] = {
        "engine": engine,
        "parameterization": parameterization.value,
        "draws": draws,
        "tune": tune,
        "chains": chains,
        "target_accept": target_accept,
        "seed": seed,
        "progressbar": False if quiet else None,
        "checkpoint": checkpoint,
        "min_ess": min_ess,
        "max_time": max_time,
    }
    with _surroundings(quiet=quiet) as held:
        with messages(REFUSED):
            require_formulas(formula)
            table = table_of(data)
            choices["priors"] = read_pairs(prior, "--prior")
            choices["contrasts"] = read_pairs(contrast, "--contrast")
            model = _checked_model(formula, table, choices, asked)
            folder = None if out is None else _folder_for(model, asked, out, held, force=force)
        with messages(FAILED, DataError):
            fitted = model.fit(**asked)
        status = _deliver(fitted, folder, quiet=quiet)
    raise typer.Exit(status)


@contextmanager
def _surroundings(*, quiet: bool = False) -> Iterator[ExitStack]:
    """Draw figures to files, write to pipes as they are read, and close what is held at the end.

    Where it is `quiet`, no bar is shown.
    """
    os.environ["MPLBACKEND"] = "Agg"  # a window may be wanted, but not be there
    with ExitStack() as held:
        held.enter_context(writing_to_pipes())
        if quiet:
            held.enter_context(no_bars_but_asked())
        yield held


def _checked_model(
    formula: list[str],
    data: "pd.DataFrame | LazyTable",
    choices: dict[str, Any],
    asked: dict[str, Any],
) -> "Model":
    """Return the model, which one of the engines can draw from as it was asked."""
    from mixwell.infer.choose import choose_engine
    from mixwell.infer.settings import Settings
    from mixwell.model import Model

    model = Model(formula, data, **choices)
    choose_engine(model.spec, Settings(**asked))
    return model


def _folder_for(
    model: "Model", asked: dict[str, Any], out: Path, held: ExitStack, *, force: bool
) -> "ResultsFolder":
    """Return the folder of results, which can take what the fit will give."""
    from mixwell.command.delivery import output_names, size_of_draws
    from mixwell.command.results_folder import results_folder

    folder = held.enter_context(results_folder(out, force=force))
    size = size_of_draws(model.spec, asked["draws"] * asked["chains"])
    folder.require(output_names(model.spec), size)
    return folder


def _deliver(fitted: "Fit", folder: "ResultsFolder | None", *, quiet: bool) -> int:
    """Write and print the results; returns the exit status that they deserve."""
    with messages(FAILED):
        from mixwell.command.delivery import deliver

        return deliver(fitted, folder, quiet=quiet)


@app.command("resume", epilog=STATUSES)
def resume_command(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="What --checkpoint was given to `mixwell fit`.")
    ],
    out: OutOption = None,
    force: ForceOption = False,
    quiet: QuietOption = False,
) -> None:
    """Go on with a fit that was broken off, and print the summary."""
    with _surroundings(quiet=quiet) as held:
        with messages(REFUSED):
            from mixwell.command.results_folder import results_folder
            from mixwell.saved_fits import resume

            results = None if out is None else held.enter_context(results_folder(out, force=force))
        with messages(FAILED, DataError):
            fitted = resume(folder, progressbar=False if quiet else None)
        status = _deliver(fitted, results, quiet=quiet)
    raise typer.Exit(status)


@app.command("data")
def data_command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A set to look into; without it all are listed."),
    ] = None,
) -> None:
    """List the shipped datasets, or show one's columns, source and first rows."""
    with messages(REFUSED):
        from mixwell.data import dataset, datasets, load_data

        if name is None:
            width = max(len(each) for each in datasets())
            text = "\n".join(
                f"{each:<{width}}  {entry.rows:>6} rows  {entry.description}"
                for each, entry in datasets().items()
            )
        else:
            text = f"{dataset(name)}\n\n{load_data(name).head().to_string()}"
    with messages(FAILED):
        printed(text)


@app.command("translate", epilog=STATUSES)
def translate_command(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="SCRIPT",
            help="An R script, R Markdown or Quarto document; - is standard input.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write to this .py or .ipynb file instead of printing."),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Translate SCRIPT from R to Python; nothing is run.

    What differs from R and what stayed a comment is printed on standard error.
    """
    with messages(REFUSED):
        from mixwell.r.translator import translate

        if out is not None and out.suffix not in (".py", ".ipynb"):
            raise DataError(f'"{out}" is neither a .py nor a .ipynb file.', where="--out")
        script = read_source(str(path), "SCRIPT")
        made = translate(script, suffix=path.suffix, source=str(path))
    with messages(FAILED if out is None else REFUSED):
        if out is None:
            printed(str(made), raw=True)
        else:
            text = str(made) if out.suffix == ".py" else json.dumps(made.notebook())
            write_unless_edited(out, text, force=force)
    for left in made.untranslated:
        say(f"Line {left.line} is not translated: {left.reason}")
    counts = (len(made.notes), len(made.untranslated))
    say("Notes on differences: {}. Statements not translated: {}.".format(*counts))

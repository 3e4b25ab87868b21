"""The command `mixwell`: fit a model, translate an R script, look at the shipped data.

Exit status 0; 1 when there was a problem with sampling (results are still printed where there are
any); 2 when the input is bad, with one message on standard error. Everything heavy is imported by
the commands themselves, so that `mixwell --help` answers at once.
"""

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, cast

import typer

from mixwell._version import __version__
from mixwell.errors import DataError, MixwellError, MixwellWarning
from mixwell.infer.engines import ENGINE_NAMES
from mixwell.whole_files import replacing, write_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from mixwell.fit import Fit

SAMPLING_PROBLEM, BAD_INPUT = 1, 2


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


app = typer.Typer(
    help="Bayesian mixed models from lme4-style formulas.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line."""
    app(prog_name="mixwell")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mixwell {__version__}")
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
        metavar="DATA", help="A shipped dataset or a CSV, TSV, Parquet or Feather file."
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
MissingOption = Annotated[Missing, typer.Option(help="Rows with missing values.")]


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
OutOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Also write draws.nc, summary.csv and figures to this directory."
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Print neither progress nor result.")]


@app.command("fit", context_settings={"ignore_unknown_options": False})
def fit_command(
    data: DataOption,
    formula: FormulaOption,
    family: FamilyOption = "gaussian",
    link: LinkOption = None,
    prior: PriorOption = None,
    contrast: ContrastOption = None,
    weights: WeightsOption = None,
    missing: MissingOption = Missing.drop,
    engine: EngineOption = "auto",
    parameterization: ParameterizationOption = Parameterization.auto,
    draws: DrawsOption = 1000,
    tune: TuneOption = 1000,
    chains: ChainsOption = 4,
    seed: SeedOption = None,
    target_accept: TargetAcceptOption = None,
    out: OutOption = None,
    quiet: QuietOption = False,
) -> None:
    """Fit FORMULA to DATA and print the summary.

    Exit status: 0; 1 when the draws cannot be relied on or the sampler failed; 2 for bad input.
    """
    asked: dict[str, Any] = {
        "engine": engine,
        "parameterization": parameterization.value,
        "draws": draws,
        "tune": tune,
        "chains": chains,
        "target_accept": target_accept,
        "seed": seed,
        "progressbar": False if quiet else None,
    }
    with _messages(BAD_INPUT):
        from mixwell.infer.choose import choose_engine
        from mixwell.infer.settings import Settings
        from mixwell.model import Model

        model = Model(
            formula,
            _table(data),
            family,
            link=link,
            priors=_pairs(prior, "--prior"),
            contrasts=_pairs(contrast, "--contrast"),
            weights=weights,
            missing=missing.value,
        )
        choose_engine(model.spec, Settings(**asked))
        if out is not None:
            with _on_disk(out, "made a directory", "--out"):
                out.mkdir(parents=True, exist_ok=True)
    with _messages(SAMPLING_PROBLEM):
        fitted = model.fit(**asked)
    if not quiet:
        typer.echo(_shown(fitted))
    if out is not None:
        with _messages(SAMPLING_PROBLEM):
            _write(fitted, out, quiet=quiet)
    if fitted.diagnose().grave:
        raise typer.Exit(SAMPLING_PROBLEM)


@app.command("data")
def data_command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A set to look into; without it all are listed."),
    ] = None,
) -> None:
    """List the shipped datasets, or show one's columns, source and first rows."""
    with _messages(BAD_INPUT):
        from mixwell.data import dataset, datasets, load_data

        if name is None:
            width = max(len(each) for each in datasets())
            for each, entry in datasets().items():
                typer.echo(f"{each:<{width}}  {entry.rows:>6} rows  {entry.description}")
        else:
            typer.echo(f"{dataset(name)}\n\n{load_data(name).head().to_string()}")


@app.command("translate")
def translate_command(
    path: Annotated[
        Path, typer.Argument(metavar="SCRIPT", help="An R script, R Markdown or Quarto document.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write to this .py or .ipynb file instead of printing."),
    ] = None,
) -> None:
    """Translate SCRIPT from R to Python; nothing is run.

    What differs from R and what stayed a comment is printed on standard error.
    """
    with _messages(BAD_INPUT):
        from mixwell.r.translator import translate

        if out is not None and out.suffix not in (".py", ".ipynb"):
            raise DataError(f'"{out}" is neither a .py nor a .ipynb file.', where="--out")
        with _on_disk(path, "read", "SCRIPT"):
            script = path.read_bytes()
        made = translate(script, suffix=path.suffix, source=str(path))
        if out is None:
            typer.echo(str(made), nl=False)
        else:
            text = str(made) if out.suffix == ".py" else json.dumps(made.notebook())
            write_text(out, text)
    for left in made.untranslated:
        typer.echo(f"Line {left.line} is not translated: {left.reason}", err=True)
    counts = (len(made.notes), len(made.untranslated))
    typer.echo("Notes on differences: {}. Statements not translated: {}.".format(*counts), err=True)


@contextmanager
def _on_disk(path: Path, what: str, where: str) -> Iterator[None]:
    """Turn a failure of the system into an error that says what cannot be done with a path."""
    try:
        yield
    except OSError as error:
        raise DataError(f'"{path}" cannot be {what}: {error.strerror}.', where=where) from None


@contextmanager
def _messages(status: int) -> Iterator[None]:
    """Turn mixwell's errors and warnings into plain messages; an error ends with this status."""
    with warnings.catch_warnings():
        warnings.filterwarnings("default", category=MixwellWarning)
        warnings.showwarning = _show_warning(warnings.showwarning)
        try:
            yield
        except MixwellError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(status) from None


def _show_warning(otherwise: Callable[..., None]) -> Callable[..., None]:
    def show(message: Warning | str, category: type[Warning], *place: object) -> None:
        if issubclass(category, MixwellWarning):
            typer.echo(f"Note: {message}", err=True)
        else:
            otherwise(message, category, *place)

    return show


def _table(data: str) -> "pd.DataFrame":
    """Return the table that DATA means: a file where there is one, else a shipped set."""
    from mixwell.data import load_data
    from mixwell.tables.files import READERS, read_table

    path = Path(data)
    if path.is_file() or path.name.lower().endswith(tuple(READERS)) or path.parent != Path():
        return read_table(path)
    return load_data(data)


def _pairs(texts: list[str] | None, option: str) -> dict[str, str] | None:
    """Read NAME=TEXT pairs."""
    if not texts:
        return None
    pairs = {}
    for text in texts:
        place = _equals(text)
        if place is None:
            raise DataError(f'"{text}" has no "=".', where=option, hint="Write it as NAME=TEXT.")
        pairs[text[:place].strip()] = text[place + 1 :].strip()
    return pairs


def _equals(text: str) -> int | None:
    # Names of coefficients may hold brackets and comparisons: I(x == 1), cut(x, breaks = 3)[a].
    depth = 0
    for place, character in enumerate(text):
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "=" and depth == 0:
            return place
    return None


def _shown(fitted: "Fit") -> str:
    """Return the summary and all findings, whose next steps are options of this command."""
    from mixwell.report.fit_page import fit_page
    from mixwell.show.page import page_text

    found = fitted.diagnose().for_command_line()
    closing = "" if found.findings else found.verdict
    page = fit_page(fitted.drawn, fitted.made, closing, ok=found.ok)
    return f"{page_text(page)}\n{found}" if found.findings else page_text(page)


def _write(fitted: "Fit", folder: Path, *, quiet: bool) -> None:
    fitted.save(folder / "draws.nc")
    write_text(folder / "summary.csv", fitted.summary().to_csv())
    written = ["draws.nc", "summary.csv"]
    figures = {"trace": fitted.plot.trace}
    if fitted.spec.design.mean.fixed.names:
        figures["coefficients"] = fitted.plot.coefficients
    for name, draw in figures.items():
        _write_figure(draw(), folder / f"{name}.png")
        written.append(f"{name}.png")
    for group in fitted.drawn.groups:
        name = f"ranef_{_file_name(group.label)}.png"
        _write_figure(fitted.plot.ranef(group.label), folder / name)
        written.append(name)
    if not quiet:
        print(f"Wrote {', '.join(written)} to {folder}", file=sys.stderr)


def _write_figure(figure: "Figure", path: Path) -> None:
    with replacing(path) as file:
        figure.savefig(cast(IO[bytes], file), format="png", dpi=150)


def _file_name(label: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in label)

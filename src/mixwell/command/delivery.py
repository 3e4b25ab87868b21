"""What is done with a fit once it is there: nothing that fails then loses the draws."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from mixwell.command.console import BROKEN_PIPE, FAILED, printed, say
from mixwell.command.results_folder import DRAWS, SUMMARY, ResultsFolder
from mixwell.errors import MixwellError
from mixwell.interrupts import held_interrupts
from mixwell.whole_files import replacing, write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mixwell.fit import Fit
    from mixwell.specify.spec import Spec

__all__ = ["deliver", "output_names", "size_of_draws"]

type Output = Callable[["Fit", Path], object]
type Drawing = Callable[["Fit"], "Figure"]

_LONGEST_NAME = 100  # letters of a grouping factor in the name of a file: a name has 255 bytes


def deliver(fitted: "Fit", folder: ResultsFolder | None, *, quiet: bool) -> int:
    """Save the draws, print the summary, write the further files; return the exit status.

    Every step is tried, whatever became of those before it; further files only where the
    draws are. Where a step failed and the draws are in no folder, they are saved among the
    temporary files, and the place is said.
    """
    steps = _Steps()
    placed: list[str] = []

    def place(name: str, write: Output) -> None:
        with steps.guarded(f"{name} was not written"):
            assert folder is not None
            folder.put(name, partial(write, fitted))
            placed.append(name)

    if folder is not None:
        with held_interrupts():  # which end the command once the draws are safe
            place(DRAWS, _save)
    read = True
    if not quiet or steps.failed:
        with steps.guarded("The summary cannot be shown"):
            read = printed(_shown(fitted))
    try:
        if folder is not None and placed:
            with steps.guarded("Files of an earlier run were not removed"):
                folder.remove_others(DRAWS)
            for name, write in _outputs(fitted.spec).items():
                place(name, write)
    finally:
        if folder is not None and placed and not quiet:
            say(f"Wrote {', '.join(placed)} to {folder.folder}")
    grave = False
    with steps.guarded("The draws were not diagnosed"):
        grave = fitted.diagnose().grave
    if steps.failed and folder is not None and placed:
        say(f'The draws are kept in "{folder.folder / DRAWS}": mw.load() reads them.')
    elif steps.failed:
        _rescue(fitted)
    if steps.failed or grave:
        return FAILED
    return 0 if read else BROKEN_PIPE


def output_names(spec: "Spec") -> list[str]:
    """Return the names of all files that a fit of a specification gives, the draws first."""
    return [DRAWS, *_outputs(spec)]


def size_of_draws(spec: "Spec", draws: int) -> float:
    """Return how many bytes so many draws of a specification take, at the least."""
    coefficients = sum(len(predictor.fixed.names) for predictor in spec.predictors.values())
    deviations = sum(len(found.levels) * len(found.effects) for found in spec.layout.factors)
    return 8.0 * draws * (coefficients + deviations)


class _Steps:
    """Steps of which each is tried; what fails is said, and noted."""

    failed = False

    @contextmanager
    def guarded(self, what: str) -> Iterator[None]:
        """Say what failed, in mixwell's own words or with the name of an error from below."""
        try:
            yield
        except Exception as error:
            self.failed = True
            own = isinstance(error, MixwellError)
            say(f"Error: {what}: {error if own else f'{type(error).__name__}: {error}'}")


def _outputs(spec: "Spec") -> dict[str, Output]:
    """Return the files next to the draws, by name, each with how it is written."""
    figures: dict[str, Drawing] = {"trace": lambda fit: fit.plot.trace()}
    if spec.design.mean.fixed.names:
        figures["coefficients"] = lambda fit: fit.plot.coefficients()
    for found in spec.layout.factors:
        name = _unlike(f"ranef_{_file_name(found.label)}", figures)
        figures[name] = partial(_deviations, found.label)
    outputs: dict[str, Output] = {SUMMARY: _write_summary}
    return outputs | {f"{name}.png": partial(_write_figure, figures[name]) for name in figures}


def _save(fitted: "Fit", path: Path) -> None:
    fitted.save(path)


def _deviations(label: str, fitted: "Fit") -> "Figure":
    return fitted.plot.ranef(label)


def _write_summary(fitted: "Fit", path: Path) -> None:
    write_text(path, fitted.summary().to_csv())


def _write_figure(draw: Drawing, fitted: "Fit", path: Path) -> None:
    figure = draw(fitted)
    with replacing(path) as file:
        figure.savefig(cast(IO[bytes], file), format="png", dpi=150)


def _file_name(label: str) -> str:
    plain = label.replace("`", "")
    letters = (letter if letter.isalnum() or letter in "-_." else "_" for letter in plain)
    return "".join(letters).encode()[:_LONGEST_NAME].decode(errors="ignore")


def _unlike(name: str, taken: Iterable[str]) -> str:
    """Return the name, or with a number behind it one that no other has, whatever their case."""
    known = {other.casefold() for other in taken}
    tried = (name, *(f"{name}_{number}" for number in range(2, len(known) + 3)))
    return next(each for each in tried if each.casefold() not in known)


def _shown(fitted: "Fit") -> str:
    """Return the summary and all findings, whose next steps are options of this command."""
    from mixwell.report.fit_page import fit_page
    from mixwell.show.page import page_text

    found = fitted.diagnose().for_command_line()
    closing = "" if found.findings else found.verdict
    page = fit_page(fitted.drawn, fitted.made, closing, ok=found.ok)
    return f"{page_text(page)}\n{found}" if found.findings else page_text(page)


def _rescue(fitted: "Fit") -> None:
    """Save the draws among the temporary files, and say where."""
    try:
        kept = fitted.save(Path(tempfile.mkdtemp(prefix="mixwell-")) / DRAWS)
    except Exception as error:
        say(f"Error: the draws could not be kept elsewhere either: {error}")
    else:
        say(f'The draws are kept in "{kept}": mw.load() reads them.')

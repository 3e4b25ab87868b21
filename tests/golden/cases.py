"""All cases by name, and how one of them is run."""

import fnmatch
import os
import time
from pathlib import Path

from .record import Record

#: One thread a library, so that sums do not depend on how many processors there are.
THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA")
#: Set in the environment of all processes of a run.
MARK = "MIXWELL_GOLDEN"
TRANSLATIONS = "r/translations"


def settle() -> None:
    """Fix what results could depend on, before anything heavy is imported."""
    for name in THREADS:
        os.environ[f"{name}_NUM_THREADS"] = "1"
    os.environ.update(COLUMNS="100", MPLBACKEND="Agg", TERM="dumb", NO_COLOR="1")
    os.environ.update({"PYTHONHASHSEED": "0", MARK: "1"})


def names(pattern: str = "") -> list[str]:
    """Return the names of the cases that match: with wildcards, else those that contain it."""
    from .fits import FITS
    from .graphs import GRAPHS
    from .others import OTHERS

    every = [*FITS, *GRAPHS, *OTHERS, TRANSLATIONS]
    return [name for name in every if matches(name, pattern)]


def matches(name: str, pattern: str) -> bool:
    """Say whether a case's name has the pattern in it, or is matched by its wildcards."""
    return pattern in name or fnmatch.fnmatch(name, pattern)


def run(name: str, scripts: Path) -> Record:
    """Run a case; `scripts` is the folder of the R scripts to translate."""
    settle()
    from .fits import FITS, record_fit
    from .graphs import GRAPHS, record_graph
    from .others import OTHERS, record_translations

    record = Record()
    if name in FITS:
        record_fit(record, FITS[name])
    elif name in GRAPHS:
        record_graph(record, GRAPHS[name])
    elif name in OTHERS:
        OTHERS[name](record)
    else:
        found = {path.name: path.read_bytes() for path in sorted(scripts.iterdir())}
        record_translations(record, found)
    return record


def timed(job: tuple[str, Path]) -> tuple[str, Record, float]:
    """Run a case, in whatever process; return its name, its record and the seconds it took."""
    started = time.perf_counter()
    record = run(*job)
    return job[0], record, time.perf_counter() - started

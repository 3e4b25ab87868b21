"""Stored outcomes of cells: `results.json`, one line a quantity, written whole after each cell."""

import json
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .cells import KEPT, Cell
from .replicate import Outcome

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).with_name("results.json")
_LIBRARIES = ("numpy", "scipy", "pymc", "pytensor", "nutpie", "numba")

#: What is stored of a cell: its choices, its outcome, and what it was run with.
type Stored = dict[str, Any]


def read_results() -> dict[str, Stored]:
    """Return the stored cells by name, their ranks as lists of numbers."""
    if not RESULTS.exists():
        return {}
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    for stored in found.values():
        stored["ranks"] = {
            name: [int(rank) for rank in ranks.split()] for name, ranks in stored["ranks"].items()
        }
    return dict(found)


def store_result(cell: Cell, outcome: Outcome) -> None:
    """Put a cell's outcome in the place of what is stored of it."""
    found = read_results()
    found[cell.name] = {
        "priors": cell.priors,
        "kept": KEPT,
        "replications": len(next(iter(outcome.ranks.values()))),
        "seconds": round(outcome.seconds),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": _commit(),
        "versions": {name: version(name) for name in _LIBRARIES},
        "not_exact": outcome.not_exact,
        "refused": dict(outcome.refused),
        "declined": dict(outcome.declined),
        "marked": dict(outcome.marked),
        "ranks": outcome.ranks,
    }
    for stored in found.values():
        stored["ranks"] = {
            name: " ".join(map(str, ranks)) for name, ranks in stored["ranks"].items()
        }
    whole = RESULTS.with_suffix(".new")
    whole.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    whole.replace(RESULTS)


def _commit() -> str:
    """Return the commit that last changed the package, marked where files differ from it."""
    asked = ["git", "log", "-1", "--format=%h", "--", "src"]
    commit = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    changed = ["git", "diff", "--quiet", "HEAD", "--", "src"]
    differs = subprocess.run(changed, cwd=ROOT, check=False).returncode
    return f"{commit.strip()}{' with changes' if differs else ''}"

"""What the package says and gives, stored once and compared later: by hand, around a refactoring.

    uv run python -m tests.golden store FOLDER [--only PATTERN] [--jobs N]
    uv run python -m tests.golden compare FOLDER [--only PATTERN] [--jobs N] [--tolerance]
    uv run python -m tests.golden list

Only public names are used. `compare` runs every case again; texts must be equal line by line and
numbers bit by bit, with --tolerance to 1e-10 (log densities 1e-12) of the largest of an array. The
exit status is 1 where anything differs. What is smaller than 1e-13 of the largest is reported as
"rounding": the last bit of a sum depends on where its numbers lie in memory, which a refactoring
moves.
"""

import argparse
import json
import multiprocessing
import platform
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from .cases import matches, names, settle, timed
from .compare import Differences, differences
from .record import ROOT, Record, file_name

_LIBRARIES = ("numpy", "scipy", "pandas", "xarray", "arviz", "pymc", "pytensor", "nutpie", "bambi")


def main() -> int:
    settle()
    asked = _arguments()
    if asked.action == "list":
        print("\n".join(names(asked.only)))
        return 0
    folder: Path = asked.folder.resolve()
    started = time.perf_counter()
    status = _store(folder, asked) if asked.action == "store" else _compare(folder, asked)
    print(f"({time.perf_counter() - started:.0f} s)", file=sys.stderr)
    return status


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("action", choices=("store", "compare", "list"))
    parser.add_argument("folder", type=Path, nargs="?", default=Path("golden"))
    parser.add_argument("--only", default="", metavar="PATTERN", help="cases by name")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--tolerance", action="store_true", help="numbers need not be bit-equal")
    parser.add_argument("--full", action="store_true", help="show every difference")
    parser.add_argument("--times", action="store_true", help="show how long each case takes")
    return parser.parse_args()


def _store(folder: Path, asked: argparse.Namespace) -> int:
    scripts = _scripts(folder)
    if not scripts.exists():
        from .others import scripts_of_tests

        scripts.mkdir(parents=True)
        for name, text in scripts_of_tests().items():
            (scripts / name).write_bytes(text)
    wanted = names(asked.only)
    assert len({file_name(name) for name in wanted}) == len(wanted)
    counts: Counter[str] = Counter()
    for name, record in _runs(wanted, scripts, asked):
        record.save(folder, name)
        counts.update(texts=len(record.texts), labels=len(record.labels))
        counts.update(kind for kind, _ in record.arrays.values())
    (folder / "made.meta").write_text(json.dumps(_made(), indent=1), encoding="utf-8")
    said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    print(f"{len(wanted)} cases stored in {folder}: {said}")
    return 0


def _compare(folder: Path, asked: argparse.Namespace) -> int:
    known = [json.loads(p.read_text(encoding="utf-8"))["case"] for p in folder.glob("*.json")]
    wanted = names(asked.only)
    gone = sorted(n for n in known if matches(n, asked.only) and n not in wanted)
    if not known:
        print(f"{folder} holds no cases.")
        return 1
    _say_versions(folder)
    kinds: Counter[str] = Counter()
    cases: Counter[str] = Counter()
    for name, record in _runs([n for n in wanted if n in known], _scripts(folder), asked):
        found = differences(name, Record.load(folder, name), record, tolerant=asked.tolerance)
        cases.update(found.counts.keys())
        kinds.update(found.counts)
        cases["all"] += 1
        cases["unequal"] += bool(found.counts)
        _show(found, full=asked.full)
    for name in gone:
        print(f"{name}: stored, but no case any more")
    for name in (n for n in wanted if n not in known):
        print(f"{name}: a case that was not stored")
    said = ", ".join(f"{kind} {cases[kind]} ({kinds[kind]} parts)" for kind in sorted(kinds))
    print(
        f"{cases['all']} cases, {cases['all'] - cases['unequal']} equal, {cases['unequal']} differ"
        + (f": {said}" if said else "")
    )
    return int(bool(cases["unequal"]) or bool(gone))


def _runs(
    wanted: list[str], scripts: Path, asked: argparse.Namespace
) -> Iterator[tuple[str, Record]]:
    """Run cases, each in a fresh process, and give them in their order."""
    jobs = [(name, scripts) for name in wanted]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.golden.preload"])
    with context.Pool(max(1, asked.jobs), maxtasksperchild=1) as pool:
        yield from _reported(pool.imap(timed, jobs, chunksize=1), asked, len(jobs))


def _reported(
    made: Iterator[tuple[str, Record, float]], asked: argparse.Namespace, total: int
) -> Iterator[tuple[str, Record]]:
    for place, (name, record, seconds) in enumerate(made, 1):
        if asked.times:
            print(f"{place}/{total} {seconds:6.2f} s {name}", file=sys.stderr)
        yield name, record


def _show(found: Differences, *, full: bool) -> None:
    if not found.counts:
        return
    print(f"{found.case}: {', '.join(f'{n} {kind}' for kind, n in found.counts.items())}")
    shown = found.lines if full else found.lines[:40]
    print("\n".join(shown))
    if len(shown) < len(found.lines):
        print(f"  ... {len(found.lines) - len(shown)} more lines (--full)")


def _scripts(folder: Path) -> Path:
    return folder / "scripts"


def _made() -> dict[str, str]:
    """Return what the records were made with; a difference is reported but not counted."""
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    found = {name: version(name) for name in _LIBRARIES}
    return {"commit": head.stdout.strip(), "python": platform.python_version(), **found}


def _say_versions(folder: Path) -> None:
    try:
        old = json.loads((folder / "made.meta").read_text(encoding="utf-8"))
    except OSError:
        return
    new = _made()
    for name in new:
        if name != "commit" and old.get(name) != new[name]:
            print(f"Note: stored with {name} {old.get(name)}, compared with {new[name]}.")


if __name__ == "__main__":
    sys.exit(main())

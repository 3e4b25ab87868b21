"""Changes the numeric cores one place at a time, and says which changes no test finds.

    uv run --with cosmic-ray python tools/mutate.py [CORE ...] [--again] [--tests PATH ...]

Of every core 200 changes are drawn from those that cosmic-ray's operators make (an operator turned
into its opposite, a bound moved, a number one off, a condition negated ...), by their hash: the
same ones in every run, whatever else changes. Each is tried by the tests of that core in a process
of its own, which has the changed text in memory only. What survives is in
`tests/mutations/CORE.json` to be read: killed by a new test, or explained there. `--again` tries
the survivors without an explanation once more, and `--tests` adds tests to those of the core.
"""

import argparse
import ast
import importlib.abc
import importlib.util
import json
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src"
RESULTS = ROOT / "tests" / "mutations"
SAMPLE = 200
#: Seconds of the processor after which a changed core counts as found: it does not end.
LIMIT = 120
#: What takes seconds to import, and is the same for all changes.
PRELOADED = (
    "numpy",
    "scipy.stats",
    "scipy.optimize",
    "pandas",
    "xarray",
    "zarr",
    "h5netcdf",
    "pytest",
    "hypothesis",
)

#: Fixtures of fits that NUTS makes, and where: their tests take longer than all others of a core.
SLOW = (("", "sleepstudy_fit"), ("tests/families/", "fit"))
#: The exit statuses of pytest where no test failed: all passed, or none is left.
PASSED = (0, 5)
#: Plugins among them are imported before pytest could rewrite their assertions, which have none.
ASSERTIONS = "ignore::pytest.PytestAssertRewriteWarning"


def _in(folder: str, names: str) -> list[str]:
    return [f"{folder}/{name}" for name in names.split()]


#: The files of each core, and the tests that are to find changes there.
CORES: dict[str, tuple[list[str], list[str]]] = {
    "coding": (["design/codings"], ["design/codings", "design/test_against_r.py"]),
    "contrasts": (
        ["interpret/contrasts"],
        ["interpret/contrasts", "interpret/test_arguments.py", "interpret/means/test_emmeans.py"],
    ),
    "families": (
        _in("families", "counts ordered positive proportions real links.py elementwise.py"),
        ["families"],
    ),
    "averages": (
        [
            *_in("interpret/means", "averaged_columns.py averaging_task.py cell_averages.py"),
            *_in("interpret/means", "curvature.py expected_response.py predictor_draws.py"),
            *_in("interpret/means", "row_averages.py row_plans.py"),
        ],
        [
            *_in("interpret/means", "test_means.py test_emmeans.py test_row_data.py"),
            *_in("interpret/means", "test_predictions.py test_curvature.py"),
        ],
    ),
    "reduction": (
        _in("infer/exact", "gaussian/cross_products.py quadrature/tallies.py"),
        _in("infer/exact", "gaussian quadrature test_exact_draws.py"),
    ),
    "gaussian marginal": (
        _in(
            "infer/exact/gaussian",
            "gaussian_likelihood.py gaussian_target.py conditional_draws.py units.py",
        ),
        _in("infer/exact", "gaussian test_exact_draws.py test_evidence.py"),
    ),
    "quadrature": (
        ["infer/exact/quadrature"],
        _in("infer/exact", "quadrature test_exact_draws.py test_evidence.py"),
    ),
    "weighing": (
        ["infer/exact/weighing", "infer/exact/climb.py", "numeric/pareto_tails.py"],
        [
            "numeric/test_pareto_tails.py",
            *_in("infer/exact", "weighing test_exact_draws.py test_climb.py"),
        ],
    ),
    "ranks": (
        ["design/columns", "numeric/separation.py"],
        [
            "numeric/test_separation.py",
            *_in("design", "columns test_against_r.py test_refusals.py"),
        ],
    ),
    "store": (
        ["posterior/storage", "posterior/made.py", "numeric/checksums.py", "whole_files.py"],
        ["posterior/storage/test_store.py", "test_whole_files.py", "tables"],
    ),
}


@dataclass(frozen=True)
class Change:
    """One changed place: where it is, and the whole text with it."""

    file: str
    line: int
    before: str
    after: str
    text: str

    @property
    def key(self) -> str:
        """What names the change in the results: it stays when other lines move."""
        return f"{self.file}: {self.before} -> {self.after}"


def changes(files: list[str]) -> list[Change]:
    """All changes of the files, one for each place and operator that is worth trying."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    found = {}
    for path in sorted(f for name in files for f in _python_files(PACKAGE / "mixwell" / name)):
        source = path.read_text(encoding="utf-8")
        for name in _operators():
            operator, occurrence = get_operator(name)(), 0
            while (text := mutate_code(source, operator, occurrence)) is not None:
                occurrence += 1
                change = _change(path, source, text)
                if change is not None:
                    found[change.key] = change
    return list(found.values())


def _python_files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


#: Operators and what takes their place: their opposites and moved bounds, none that only breaks.
OPPOSITES = {
    "ReplaceBinaryOperator": "Add_Sub Sub_Add Mul_Div Div_Mul Mod_Mul FloorDiv_Mul Pow_Mul "
    "BitAnd_BitOr BitOr_BitAnd",
    "ReplaceComparisonOperator": "Eq_NotEq NotEq_Eq Lt_LtE LtE_Lt Gt_GtE GtE_Gt Lt_GtE GtE_Lt "
    "Is_IsNot IsNot_Is",
    "ReplaceUnaryOperator": "Delete_USub Delete_Invert Delete_Not",
}
OTHERS = (
    "AddNot NumberReplacer ReplaceTrueWithFalse ReplaceFalseWithTrue ReplaceAndWithOr "
    "ReplaceOrWithAnd ReplaceBreakWithContinue ReplaceContinueWithBreak ZeroIterationForLoop"
)


def _operators() -> list[str]:
    pairs = [f"{kind}_{pair}" for kind, names in OPPOSITES.items() for pair in names.split()]
    return [f"core/{name}" for name in (*pairs, *OTHERS.split())]


def _change(path: Path, source: str, text: str) -> Change | None:
    try:
        if _without_types(text) == _without_types(source):
            return None
    except SyntaxError:
        return None
    pairs = zip(source.splitlines(), text.splitlines(), strict=False)
    where = [(n, a.strip(), b.strip()) for n, (a, b) in enumerate(pairs, 1) if a != b]
    if not where:
        return None
    line, before, after = where[0]
    return Change(str(path.relative_to(PACKAGE)), line, before, after, text)


def _without_types(text: str) -> str:
    """The text without annotations and marks of parameters, whose changes nothing could find."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.TypeAlias):
            node.value = ast.Constant(0)
        elif isinstance(node, ast.arguments):
            node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
            node.defaults += [default for default in node.kw_defaults if default is not None]
            node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(0)
    return ast.unparse(tree)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Gives the changed text where its module is imported."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._name = change.file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    def find_spec(self, name: str, path: object, target: object = None):
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(
            name, PACKAGE / self._change.file, loader=self
        )

    def get_source(self, fullname: str) -> str:
        return self._change.text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._change.text, str(PACKAGE / self._change.file), "exec")


class _NoLongFits:
    """Leaves out the tests of fits that take as long as all other tests of a core."""

    def pytest_collection_modifyitems(self, items: list) -> None:
        items[:] = [
            item
            for item in items
            if not any(where in item.nodeid and name in item.fixturenames for where, name in SLOW)
        ]


def _test_files(tests: list[str]) -> list[str]:
    paths = [ROOT / "tests" / name for name in tests]
    files = [f for p in paths for f in ([p] if p.is_file() else sorted(p.rglob("test_*.py")))]
    return list(dict.fromkeys(str(file.relative_to(ROOT / "tests")) for file in files))


def finder(change: Change, seconds: dict[str, float], last: str | None) -> str | None:
    """Return the first file of tests that do not all pass with the change; None if it survives.

    First comes the file that found the last change, then the others, the quick ones first.
    """
    order = sorted(seconds, key=lambda path: (path != last, seconds[path]))
    return next((path for path in order if not _passes(change, path)), None)


def _seconds(core: str, path: str) -> float:
    """Return how long a file of tests takes without any change, with which it has to pass."""
    begin = time.perf_counter()
    if not _passes(None, path):
        raise SystemExit(f"{core}: {path} fails without any change")
    return time.perf_counter() - begin


def _passes(change: Change | None, path: str) -> bool:
    child = os.fork()
    if child == 0:
        _try(change, path)
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status) and os.WEXITSTATUS(status) in PASSED


def _try(change: Change | None, path: str) -> None:
    import pytest

    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
    resource.setrlimit(resource.RLIMIT_AS, (12 << 30, 12 << 30))
    signal.alarm(5 * LIMIT)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    if change is not None:
        sys.meta_path.insert(0, _Changed(change))
    code = 3
    try:
        options = ["-x", "-q", "-p", "no:cacheprovider", f"-W{ASSERTIONS}"]
        code = pytest.main([*options, str(ROOT / "tests" / path)], [_NoLongFits()])
    finally:
        os._exit(int(code))


def run(core: str, extra: list[str], again: bool) -> None:
    """Try the changes of a core that have no outcome yet, and write each outcome as it is known."""
    files, tests = CORES[core]
    target = RESULTS / f"{core.replace(' ', '_')}.json"
    before = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    every = changes(files)
    sample = sorted(every, key=lambda change: sha256(change.key.encode()).digest())[:SAMPLE]
    seconds = {path: _seconds(core, path) for path in _test_files([*tests, *extra])}
    found_by: dict[str, str] = {}
    known = {change.key: before[change.key] for change in sample if change.key in before}
    for change in sample:
        old = known.get(change.key)
        if old is not None and not (again and old["outcome"] == "survived" and not old["why"]):
            continue
        begin = time.perf_counter()
        found = finder(change, seconds, found_by.get(change.file))
        alive = found is None
        if found is not None:
            found_by[change.file] = found
        known[change.key] = {"outcome": "survived" if alive else "killed", "why": ""}
        target.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(
            f"{core} {len(known)}/{len(sample)} {'SURVIVED' if alive else 'killed'} "
            f"{time.perf_counter() - begin:.1f} s {change.file}:{change.line}: "
            f"{change.before}  ->  {change.after}",
            flush=True,
        )
    alive = [value for value in known.values() if value["outcome"] == "survived"]
    open_ones = sum(not value["why"] for value in alive)
    print(
        f"{core}: {len(every)} changes, {len(known)} tried, {len(alive)} survived, "
        f"{open_ones} without an explanation"
    )


def main() -> None:
    """Try the cores that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cores", nargs="*", metavar="CORE", help=", ".join(CORES))
    parser.add_argument("--again", action="store_true", help="try open survivors again")
    parser.add_argument("--tests", nargs="*", default=[], help="further tests, as of tests/")
    given = parser.parse_args()
    if unknown := set(given.cores).difference(CORES):
        parser.error(f"no such core: {', '.join(sorted(unknown))}")
    os.environ["MPLBACKEND"] = "Agg"
    for name in PRELOADED:
        importlib.import_module(name)
    RESULTS.mkdir(exist_ok=True)
    for core in given.cores or CORES:
        run(core, given.tests, given.again)


if __name__ == "__main__":
    main()

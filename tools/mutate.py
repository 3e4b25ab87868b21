"""Changes the numeric cores one place at a time, and says which changes no test finds.

    uv run --with cosmic-ray python tools/mutate.py [CORE ...] [--again] [--tests PATH ...]

Of every core 200 changes are drawn from those that cosmic-ray's operators make (an operator turned
into its opposite, a bound moved, a number one off, a condition negated ...), by their hash: the
same ones in every run, whatever else changes. Each is tried by the tests of that core in a process
of its own, which has the changed text in memory only (`trials.py`). What survives is in
`tests/mutations/CORE.json` to be read: killed by a new test, or explained there. `--again` tries
the survivors without an explanation once more, by all tests instead of quick ones that reach the
change, and `--tests` names other tests than those of the core: what these find is found.
"""

import argparse
import ast
import json
import os
import pickle
import time
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from itertools import count, islice
from pathlib import Path

from trials import PACKAGE, ROOT, Change, Trials

RESULTS = ROOT / "tests" / "mutations"
SAMPLE = 200


def _in(folder: str, names: str) -> list[str]:
    return [f"{folder}/{name}" for name in names.split()]


#: The files of each core, and the tests that are to find changes there.
CORES: dict[str, tuple[list[str], list[str]]] = {
    "coding": (["design/codings"], ["design/codings", "design/test_against_r.py"]),
    "contrasts": (
        ["interpret/contrasts"],
        [
            *_in("interpret", "contrasts test_arguments.py means/test_emmeans.py"),
            "test_bounded_requests.py",
        ],
    ),
    "families": (
        _in("families", "counts ordered positive proportions real links.py elementwise.py"),
        ["families", "infer/exact/quadrature/test_cells.py"],
    ),
    "averages": (
        _in("interpret", "means expected rows"),
        _in("interpret", "means expected rows reasons survival/test_survival_curves.py"),
    ),
    "reduction": (
        _in("infer/exact", "gaussian/cross_products.py quadrature/tallies.py"),
        _in("infer/exact", "gaussian quadrature test_exact_draws.py"),
    ),
    "gaussian marginal": (
        _in(
            "infer/exact/gaussian",
            "gaussian_likelihood.py gaussian_target.py conditional_draws.py level_covariances.py "
            "units.py",
        ),
        _in("infer/exact", "gaussian test_exact_draws.py test_evidence.py"),
    ),
    "quadrature": (
        ["infer/exact/quadrature"],
        [
            *_in("infer/exact", "quadrature test_exact_draws.py test_evidence.py"),
            "infer/modes/test_marginal_likelihood.py",
        ],
    ),
    "weighing": (
        ["infer/exact/weighing", "infer/exact/climb.py", "numeric/pareto_tails.py"],
        [
            "numeric/test_pareto_tails.py",
            *_in("infer", "exact/weighing exact/test_climb.py modes/test_marginal_likelihood.py"),
            "infer/exact/test_exact_draws.py",
        ],
    ),
    "ranks": (
        ["design/columns", "numeric/separation.py"],
        [
            "numeric/test_separation.py",
            *_in("design", "columns test_against_r.py test_refusals.py test_bounded_work.py"),
            "interpret/means/test_empty_cells.py",
        ],
    ),
    "store": (
        ["posterior/storage", "posterior/made.py", "numeric/checksums.py", "whole_files.py"],
        [
            *_in("posterior", "test_made.py storage/test_agreement.py storage/test_recipe_json.py"),
            *_in("posterior/storage", "test_released.py test_seal.py test_store.py"),
            *("posterior/storage/test_structure.py", "test_whole_files.py", "tables"),
            "posterior/storage/test_long_values.py",
            "numeric/test_checksums.py",
        ],
    ),
}


def changes(files: list[str]) -> list[Change]:
    """The first of all changes of the files, in the order of their hashes, that mean something."""
    found = {}
    for path in sorted(f for name in files for f in _python_files(PACKAGE / "mixwell" / name)):
        source = path.read_text(encoding="utf-8")
        for text in _changed_texts(source):
            change = _change(path, source, text)
            if change is not None:
                found[change.key] = change
    order = sorted(found.values(), key=lambda change: sha256(change.key.encode()).digest())
    return list(islice(filter(_means_something, order), SAMPLE))


def _changed_texts(source: str) -> Iterator[str]:
    from cosmic_ray.ast import get_ast
    from cosmic_ray.mutating import MutationVisitor
    from cosmic_ray.plugins import get_operator

    parsed = pickle.dumps(get_ast(source))  # read back in a fraction of the time of parsing
    for name in _operators():
        for occurrence in count():
            visitor = MutationVisitor(occurrence, get_operator(name)())
            tree = visitor.walk(pickle.loads(parsed))
            if not visitor.mutation_applied:
                break
            yield tree.get_code()


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
    pairs = zip(source.splitlines(), text.splitlines(), strict=False)
    where = [(n, a.strip(), b.strip()) for n, (a, b) in enumerate(pairs, 1) if a != b]
    if not where:
        return None
    line, before, after = where[0]
    return Change(str(path.relative_to(PACKAGE)), line, before, after, text)


def _means_something(change: Change) -> bool:
    source = (PACKAGE / change.file).read_text(encoding="utf-8")
    try:
        return _without_types(change.text) != _without_types(source)
    except SyntaxError:
        return False


@lru_cache(maxsize=32)  # the text before the change is asked for with every change
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


def run(core: str, only: list[str], again: bool) -> None:
    """Try the changes of a core that have no outcome yet, and write each outcome as it is known."""
    files, tests = CORES[core]
    target = RESULTS / f"{core.replace(' ', '_')}.json"
    before = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    sample = changes(files)
    trials = Trials(only or tests)
    known = {change.key: before[change.key] for change in sample if change.key in before}
    for change in sample:
        old = known.get(change.key)
        if old is not None and not (again and old["outcome"] == "survived" and not old["why"]):
            continue
        begin = time.perf_counter()
        alive = trials.survives(change, thoroughly=again)
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
        f"{core}: {len(known)} changes, {len(alive)} survived, {open_ones} without an explanation"
    )


def main() -> None:
    """Try the cores that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cores", nargs="*", metavar="CORE", help=", ".join(CORES))
    parser.add_argument("--again", action="store_true", help="try open survivors again")
    parser.add_argument(
        "--tests", nargs="*", default=[], help="instead of the core's, as of tests/"
    )
    given = parser.parse_args()
    if unknown := set(given.cores).difference(CORES):
        parser.error(f"no such core: {', '.join(sorted(unknown))}")
    os.environ |= {"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    RESULTS.mkdir(exist_ok=True)
    for core in given.cores or CORES:
        run(core, given.tests, given.again)


if __name__ == "__main__":
    main()

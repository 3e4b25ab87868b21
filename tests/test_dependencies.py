"""What pyproject.toml promises of other packages is what is imported, and can be installed.

Nothing is installed here: `.ci/bounds` does that, by hand.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires, version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "mixwell"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def by_name(texts: list[str]) -> dict[str, Requirement]:
    """Read requirements, by the name of the package."""
    return {canonicalize_name(each.name): each for each in map(Requirement, texts)}


DIRECT = by_name(PYPROJECT["project"]["dependencies"])
EXTRAS = by_name(
    [t for each in PYPROJECT["project"]["optional-dependencies"].values() for t in each]
)
CONSTRAINTS = by_name(PYPROJECT["tool"]["uv"]["constraint-dependencies"])
BOUNDED = {**DIRECT, **EXTRAS}

#: What no line of the package imports, and why it is asked for all the same.
NOT_IMPORTED = {
    "arviz": "fit.idata is for its functions",
    "h5netcdf": "xarray's engine of that name writes and reads fits",
    "ipywidgets": "rich draws PyMC's own progress bar with it",
}


def imported(path: Path) -> Iterator[str]:
    """Go through the top names of modules that a file imports, by statement or by name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            named = node.args[0] if node.args else None
            if isinstance(named, ast.Constant):
                yield str(named.value).partition(".")[0]


@pytest.fixture(scope="module")
def used() -> set[str]:
    """The packages whose modules the code imports."""
    modules = {name for path in SOURCE.rglob("*.py") for name in imported(path)}
    others = modules - set(sys.stdlib_module_names) - {"mixwell"}
    homes = packages_distributions()
    return {canonicalize_name(homes[name][0]) for name in others}


def test_every_package_that_is_imported_is_declared(used: set[str]) -> None:
    assert used - set(DIRECT) == set()


def test_every_declared_package_is_imported_or_has_a_reason(used: set[str]) -> None:
    assert set(BOUNDED) - used == set(NOT_IMPORTED)


@pytest.mark.parametrize("name", BOUNDED)
def test_the_versions_that_the_checks_ran_with_are_within_the_bounds(name: str) -> None:
    (pinned,) = CONSTRAINTS[name].specifier
    assert pinned.operator == "=="
    assert BOUNDED[name].specifier.contains(pinned.version)
    assert version(name) == pinned.version


@pytest.mark.parametrize("name", BOUNDED)
def test_every_bound_has_a_lowest_version(name: str) -> None:
    assert [part.version for part in BOUNDED[name].specifier if part.operator == ">="] != []


def ends(requirement: Requirement) -> tuple[Version, Version | None]:
    """Return the lowest version that is allowed, and the first that no longer is, if any."""
    lower = [Version(p.version) for p in requirement.specifier if p.operator == ">="]
    upper = [Version(p.version) for p in requirement.specifier if p.operator == "<"]
    return max(lower, default=Version("0")), min(upper, default=None)


def one_series(requirement: Requirement) -> bool:
    """Whether all versions that are allowed are of one series, such as 0.21, and need the same."""
    lower, upper = ends(requirement)
    if upper is None:
        return False
    start = lower.release[:2]
    return upper.release[:2] == (start[0], start[1] + 1)


def test_no_upper_bound_promises_what_a_fixed_series_of_another_package_refuses() -> None:
    fixed = [name for name, requirement in DIRECT.items() if one_series(requirement)]
    assert "bambi" in fixed
    wrong = []
    for name in fixed:
        for asked in map(Requirement, requires(name) or []):
            own = DIRECT.get(canonicalize_name(asked.name))
            if own is None or asked.marker is not None:
                continue
            theirs, ours = ends(asked)[1], ends(own)[1]
            if theirs is not None and (ours is None or ours > theirs):
                wrong.append(f"{own}, and {name} needs {asked}")
    assert wrong == []


def test_developers_have_the_extras() -> None:
    assert set(EXTRAS) <= set(by_name(PYPROJECT["dependency-groups"]["dev"]))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script that writes the table of dependencies."""
    spec = spec_from_file_location("dependencies", ROOT / "tools" / "dependencies.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_every_package_has_a_purpose_and_a_row_on_the_page(script: ModuleType) -> None:
    assert set(script.PURPOSES) == set(BOUNDED)
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    table = page.partition(script.BEGIN)[2].partition(script.END)[0]
    assert [
        name for name in BOUNDED if f"\n| {name} | {script.PURPOSES[name]} | " not in table
    ] == []


def test_what_leads_to_a_package_is_followed_through_extras(script: ModuleType) -> None:
    plain, with_extra = (script.needed(Requirement(text)) for text in ("pymc", "pymc[nutpie]"))
    assert "nutpie" not in plain
    assert {"nutpie", "pyarrow", "pytensor", "numba"} <= set(with_extra)


def test_the_suite_of_the_bounds_is_there_and_looks_at_every_part() -> None:
    text = (ROOT / ".ci" / "bounds").read_text(encoding="utf-8")
    suite = re.search(r"SUITE=\((.*?)\)", text, re.DOTALL)
    assert suite is not None
    paths = suite.group(1).split()
    assert [path for path in paths if not (ROOT / path).exists()] == []
    parts = "infer/exact", "infer/pymc", "posterior", "plots", "infer/bambi", "r/", "test_cli"
    assert [part for part in parts if not any(part in path for path in paths)] == []

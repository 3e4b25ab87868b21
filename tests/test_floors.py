"""The house of DESIGN.md, held by its import statements alone."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
PACKAGE = SOURCE / "mixwell"

# From the ground up: a room imports only from the rows above its own in this table.
HOUSE = (
    {"_version", "errors"},
    {"chains", "data", "files", "r_text"},
    {"formula"},
    {"design"},
    {"specify"},
    {"draws", "recipe"},
    {"infer", "interpret", "diagnose", "show", "store"},
    {"fit"},
    {"model"},
    {"r"},
    {"cli"},
)
FLOOR = {room: floor for floor, rooms in enumerate(HOUSE) for room in rooms}

# Slow to import, so no module brings them along; each is imported in the stated places only.
ARVIZ = {"arviz", "arviz_base", "arviz_plots", "arviz_stats"}
SCIPY = {"scipy.interpolate", "scipy.optimize", "scipy.stats"}
HEAVY = {"pymc", "pytensor", "nutpie", "bambi", "formulae", "numba", "matplotlib", *ARVIZ, *SCIPY}
# The modules that make PyMC variables, and those that import these.
BUILDERS = {
    f"infer/{name}.py"
    for name in (
        *("build", "coefficients", "coordinates", "custom_prior"),
        *("joint", "nuts", "observe", "sources"),
    )
}
PLACES = {
    "pymc": BUILDERS,
    "pytensor": BUILDERS,
    "nutpie": {"infer/build.py", "infer/nuts.py"},
    "formulae": {"design/transforms.py"},
    "bambi": {"infer/handover.py"},
    "arviz_base": {"draws.py"},
    "arviz_stats": {"draws.py"},
    "arviz_plots": {"show/canvas.py"},
    "matplotlib": {"show/coefficient.py", "show/means.py", "show/canvas.py"},
    "scipy.interpolate": {"design/splines.py"},
    "scipy.optimize": {"diagnose/specification.py", "infer/proper.py", "interpret/solve.py"},
    "scipy.stats": {"infer/likelihood.py"},
}


@dataclass(frozen=True)
class Import:
    """One import statement: what is imported, whether it ever runs, and whether with the file."""

    target: str
    runs: bool
    at_import: bool


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in files()}


def room_of(module: str) -> str:
    """The folder or file directly under the package: "design" of mixwell.design.coding."""
    return module.split(".")[1] if "." in module else ""


def targets(node: ast.AST, module: str, path: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parts = module.split(".")
        package = parts if path.name == "__init__.py" else parts[:-1]
        base = ".".join(package[: len(package) + 1 - node.level]) if node.level else ""
        origin = ".".join(filter(None, [base, node.module or ""]))
        for alias in node.names:
            submodule = f"{origin}.{alias.name}"
            yield submodule if submodule in MODULES or submodule in SCIPY else origin


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def walk(node: ast.AST, module: str, path: Path, runs: bool, at_import: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        for target in targets(child, module, path):
            yield Import(target, runs, at_import)
        deferred = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        executed = runs and not is_type_checking(child)
        yield from walk(child, module, path, executed, at_import and executed and not deferred)


def imports(module: str) -> list[Import]:
    path = MODULES[module]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return list(walk(tree, module, path, runs=True, at_import=True))


IMPORTS = {module: imports(module) for module in MODULES}
INSIDE = sorted(set(MODULES) - {"mixwell"})


def test_every_room_has_a_floor() -> None:
    assert {room_of(module) for module in INSIDE} <= set(FLOOR)


@pytest.mark.parametrize("module", INSIDE)
def test_a_module_imports_only_from_its_own_room_and_the_floors_below(module: str) -> None:
    room = room_of(module)
    ours = [found.target for found in IMPORTS[module] if found.target.split(".")[0] == "mixwell"]
    upward = [
        target
        for target in ours
        if room_of(target) != room and FLOOR.get(room_of(target), len(HOUSE)) >= FLOOR[room]
    ]
    assert upward == []


@pytest.mark.parametrize("room", sorted({room_of(module) for module in INSIDE}))
def test_the_files_of_one_room_form_no_circle(room: str) -> None:
    graph = {
        module: {found.target for found in IMPORTS[module] if room_of(found.target) == room}
        for module in INSIDE
        if room_of(module) == room
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def library(found: Import) -> str:
    first, *rest = found.target.split(".")
    return f"scipy.{rest[0]}" if first == "scipy" and rest else first


def place_of(module: str) -> str:
    return MODULES[module].relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("name", sorted(PLACES))
def test_a_heavy_library_is_imported_in_its_stated_places_only(name: str) -> None:
    found = {
        place_of(module)
        for module in MODULES
        for imported in IMPORTS[module]
        if imported.runs and library(imported) == name
    }
    assert found <= PLACES[name]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_importing_a_module_outside_those_places_brings_no_heavy_library_along(module: str) -> None:
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        current = waiting.pop()
        if current in seen or current not in MODULES:
            continue
        seen.add(current)
        waiting += [found.target for found in IMPORTS[current] if found.at_import]
    own = place_of(module) in set().union(*PLACES.values())
    heavy = {
        f"{current}: {found.target}"
        for current in seen
        for found in IMPORTS[current]
        if found.at_import and library(found) in HEAVY
    }
    assert own or not heavy


@pytest.mark.parametrize("module", [m for m in INSIDE if room_of(m) in {"formula", "errors"}])
def test_the_formula_knows_no_data(module: str) -> None:
    assert not {"numpy", "pandas"} & set(map(library, IMPORTS[module]))

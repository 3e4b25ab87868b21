"""The house of DESIGN.md, held by its import statements alone."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
PACKAGE = SOURCE / "mixwell"

# From the ground up: a room imports only from the rows above its own in this table.
HOUSE = (
    {"_version", "errors", "file_locks", "interrupts"},
    {"threads", "progress"},
    {"package_options", "public_calls", "text", "numeric", "whole_files"},
    {"tables", "formula", "data"},
    {"design"},
    {"families"},
    {"specify"},
    {"recipe"},
    {"posterior"},
    {"show"},
    {"infer", "interpret", "diagnose"},
    {"answers", "report", "plots", "refits"},
    {"fit"},
    {"comparison", "model", "saved_fits"},
    {"r"},
    {"command"},
    {"cli"},
)
FLOOR = {room: floor for floor, rooms in enumerate(HOUSE) for room in rooms}

# Slow to import, so no module brings them along; each is imported in the stated places only.
ARVIZ = {"arviz", "arviz_base", "arviz_plots", "arviz_stats"}
SCIPY = {"scipy.interpolate", "scipy.optimize", "scipy.stats"}
HEAVY = {"pymc", "pytensor", "nutpie", "bambi", "formulae", "numba", "matplotlib", *ARVIZ, *SCIPY}
#: The one room where PyMC's variables are made.
BUILDERS = "infer/pymc/"
PLACES = {
    "pymc": (BUILDERS,),
    "pytensor": (BUILDERS,),
    "nutpie": (BUILDERS,),
    "numba": (
        "numeric/loops/",
        "design/sums/",
        "infer/direct/",
        "infer/loops/",
        "infer/exact/quadrature/cell_loops.py",
        BUILDERS,
    ),
    "formulae": ("design/atoms/transforms.py",),
    "bambi": ("infer/bambi/",),
    "arviz_base": ("posterior/draws/",),
    "arviz_stats": ("posterior/draws/",),
    "arviz_plots": ("show/canvas.py",),
    "matplotlib": ("show/canvas.py", "show/estimate_figures.py"),
    "scipy.interpolate": ("design/atoms/splines.py",),
    "scipy.optimize": ("interpret/weights/sparse_weights.py", "numeric/separation.py"),
    "scipy.stats": ("posterior/likelihood.py",),
}
#: One word with one meaning, in two languages.
SAME_MEANING = {"tokens"}
#: A folder of more files than this is divided into rooms of its own.
FILES_MAXIMUM = 14
#: No innermost room holds more than this share of all lines.
SHARE_MAXIMUM = 0.08


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
    """The folder or file directly under the package: "design" of mixwell.design.codings.coding."""
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
        if isinstance(child, ast.expr):  # nothing in it is an import
            continue
        for target in targets(child, module, path):
            yield Import(target, runs, at_import)
        deferred = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
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


def folder_of(module: str) -> str:
    """The package that a module lies in; a package lies in itself."""
    return module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]


FOLDERS = sorted({folder_of(module) for module in MODULES})


def part_of(module: str, folder: str) -> str | None:
    """The file or room directly inside a folder that a module belongs to, None outside of it."""
    if not module.startswith(f"{folder}."):
        return None
    return module.removeprefix(f"{folder}.").split(".")[0]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_files_and_rooms_of_a_folder_form_no_circle(folder: str) -> None:
    graph: dict[str, set[str]] = {}
    for module in MODULES:
        own = part_of(module, folder)
        if own is not None:
            found = {part_of(imported.target, folder) for imported in IMPORTS[module]}
            graph.setdefault(own, set()).update(f for f in found if f is not None and f != own)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_has_few_files(folder: str) -> None:
    own = [m for m in MODULES if folder_of(m) == folder and m != folder]
    assert len(own) <= FILES_MAXIMUM


def test_no_innermost_room_holds_much_of_the_house() -> None:
    lines = dict.fromkeys(FOLDERS, 0)
    for module, path in MODULES.items():
        lines[folder_of(module)] += len(path.read_text(encoding="utf-8").splitlines())
    total = sum(lines.values())
    assert {f: n for f, n in lines.items() if n > SHARE_MAXIMUM * total} == {}


def test_no_two_modules_bear_one_name() -> None:
    stems = Counter(
        module.rpartition(".")[2] for module in MODULES if MODULES[module].name != "__init__.py"
    )
    assert {stem for stem, count in stems.items() if count > 1} <= SAME_MEANING


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_room_says_what_it_is_for_and_where_to_begin(folder: str) -> None:
    tree = ast.parse(MODULES[folder].read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)


#: The rooms whose values may be drawn: those that know no record.
BELOW_RENDERERS = {"errors", "options", "text", "numeric"}


@pytest.mark.parametrize("module", [m for m in INSIDE if room_of(m) == "show"])
def test_a_renderer_knows_no_record(module: str) -> None:
    rooms = {room_of(t.target) for t in IMPORTS[module] if t.target.startswith("mixwell.")}
    assert rooms <= {"show", *BELOW_RENDERERS}


@pytest.mark.parametrize(
    ("name", "place"), [("textwrap", "text/wrapping.py"), ("html", "text/html.py")]
)
def test_lines_are_broken_and_html_is_escaped_in_one_place(name: str, place: str) -> None:
    found = {place_of(m) for m in MODULES for t in IMPORTS[m] if library(t) == name}
    assert found == {place}


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
    assert {place for place in found if not place.startswith(PLACES[name])} == set()


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
    own = place_of(module).startswith(tuple(p for places in PLACES.values() for p in places))
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


#: Rooms whose classes are the nodes of a syntax tree, under the names that the tree's language has.
TREES = ("formula/", "r/language/")


def test_one_word_names_one_class() -> None:
    classes = Counter(
        node.name
        for module, path in MODULES.items()
        if not place_of(module).startswith(TREES)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in classes.items() if count > 1] == []

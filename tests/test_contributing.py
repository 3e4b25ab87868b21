"""CONTRIBUTING.md says of the house what the code says."""

import re
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "mixwell"
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def house() -> ModuleType:
    """The script that writes the table."""
    spec = spec_from_file_location("house", ROOT / "tools" / "house.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_of_rooms_is_what_the_script_writes(house: ModuleType) -> None:
    assert PAGE.count(house.BEGIN) == PAGE.count(house.END) == 1
    assert house.written(PAGE) == PAGE, "run: uv run python tools/house.py"


def test_every_room_has_a_row_and_a_sentence(house: ModuleType) -> None:
    table = house.table()
    folders = {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("__init__.py")}
    files = {f"{path.stem}.py" for path in PACKAGE.glob("*.py")} - {"__init__.py"}
    rows = re.findall(r"^\| \d* \| `([^`]+)` \| .+\. \|$", table, re.MULTILINE)
    assert sorted(rows) == sorted({*(f"{folder}/" for folder in folders - {"."}), *files})


def test_a_room_says_where_to_begin_and_that_is_there(house: ModuleType) -> None:
    begin = re.compile(
        r"^\| \d* \| `([^`]+)/` \| .*(?:start|[Bb]egin) with `([\w/]+?)(?:\.py)?`", re.M
    )
    named = begin.findall(house.table())
    assert named
    assert [n for n in named if not (PACKAGE / n[0] / f"{n[1]}.py").exists()] == []


PROSE = re.sub(r"<!-- rooms.*end of rooms -->", "", PAGE, flags=re.DOTALL)
PATHS = sorted(set(re.findall(r"`([\w./-]+(?:/|\.(?:py|toml|R|md)))`", PROSE)))


@pytest.mark.parametrize("path", PATHS)
def test_every_path_that_the_page_names_is_there(path: str) -> None:
    assert (ROOT / path).exists() or (PACKAGE / path).exists()


SEAMS = re.findall(r"`(\w+)` in `([\w/]+)\.py`", PAGE)


def test_the_page_says_where_to_enter_things() -> None:
    added = re.findall(r"^\| (an? [^|]+) \|", PAGE, re.MULTILINE)
    wanted = {"a family", "a link", "an engine", "a contrast kind", "a figure", "an R verb"}
    assert wanted <= set(added)
    assert len(SEAMS) == len(added)


@pytest.mark.parametrize(("name", "file"), SEAMS)
def test_every_entry_that_the_page_names_is_there(name: str, file: str) -> None:
    dotted = f"mixwell.{file.replace('/', '.')}".removesuffix(".__init__")
    assert hasattr(import_module(dotted), name)

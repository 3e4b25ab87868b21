"""Writes the table of rooms into CONTRIBUTING.md, from docstrings and the floors of the tests.

    uv run python tools/house.py

A room's sentence is the first paragraph of its docstring.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "mixwell"
PAGE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- rooms: tools/house.py writes this table -->\n", "<!-- end of rooms -->\n"


def floors() -> tuple[set[str], ...]:
    """The rooms on each floor, from the ground up."""
    tree = ast.parse((ROOT / "tests" / "test_floors.py").read_text(encoding="utf-8"))
    (house,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "HOUSE"
    )
    return tuple(ast.literal_eval(house))


def sentence(path: Path) -> str:
    """The first paragraph of a module's docstring, in one line."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split())


def rows(floor: int, room: str) -> list[str]:
    """The lines of a file, or of a folder and the folders inside it; none for a room to come."""
    file, folder = PACKAGE / f"{room}.py", PACKAGE / room
    if file.exists():
        return [f"| {floor} | `{room}.py` | {sentence(file)} |"]
    inside = sorted(path.parent for path in folder.rglob("__init__.py"))
    return [
        f"| {floor if path == folder else ''} | `{path.relative_to(PACKAGE).as_posix()}/` "
        f"| {sentence(path / '__init__.py')} |"
        for path in inside
    ]


def table() -> str:
    """The whole table, the highest floor first."""
    lines = ["| floor | room | what lives there |", "|---|---|---|"]
    for floor, rooms in reversed(list(enumerate(floors()))):
        for room in sorted(rooms):
            lines += rows(floor, room)
    return "\n".join([*lines, ""])


def written(page: str) -> str:
    """The page with the table as the code has it."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

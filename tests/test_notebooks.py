"""The notebooks of examples/ run from the first cell to the last, with few draws and few rows."""

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
#: Notebooks that make large tables read from the environment how many rows.
FEW_ROWS = {"MIXWELL_TRIPS": "20_000"}
FEW_DRAWS = "sampling = {'draws': 100, 'tune': 200, 'chains': 2, 'seed': 1, 'progressbar': False}"


@pytest.mark.notebooks
@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_runs_from_the_first_cell_to_the_last(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in FEW_ROWS.items():
        monkeypatch.setenv(name, value)
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(path, as_version=4)
    parameters = [
        position
        for position, cell in enumerate(notebook.cells)
        if "parameters" in cell.metadata.get("tags", [])
    ]
    assert len(parameters) == 1, "one cell tagged `parameters` sets `sampling`"
    notebook.cells.insert(parameters[0] + 1, nbformat.v4.new_code_cell(FEW_DRAWS))
    resources = {"metadata": {"path": str(EXAMPLES)}}
    nbclient.NotebookClient(notebook, timeout=600, resources=resources).execute()

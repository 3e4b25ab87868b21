"""The README says what the checks run and shows what the product prints."""

import re
from pathlib import Path

import mixwell as mw

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    'pip install -q uv && uv run mixwell fit sleepstudy "Reaction ~ Days + (Days | Subject)"',
    "pip install -q uv && uv run pytest",
]


def test_the_readme_opens_with_the_two_commands() -> None:
    first_block = README.split("```")[1]
    assert first_block.removeprefix("bash\n").splitlines() == COMMANDS


def test_the_checks_run_the_test_command_of_the_readme() -> None:
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == COMMANDS[1]


def test_the_output_in_the_readme_has_the_lines_of_the_printed_result() -> None:
    between = re.search(r"output of the lines above: begin -->(.*)<!-- output", README, re.DOTALL)
    assert between is not None
    shown = between.group(1).strip().removeprefix("```text\n").removesuffix("\n```")
    model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    # Random numbers may differ from one machine's libraries to another's: text is compared.
    assert _lines(shown) == _lines(str(model.fit(seed=1)))


def test_the_pages_that_the_readme_names_exist() -> None:
    pages = re.findall(r"\]\(((?:docs/)?[\w-]+\.md)\)", README)
    assert [page for page in pages if not (ROOT / page).is_file()] == []
    documented = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert documented <= {Path(page).name for page in pages}


def _lines(report: str) -> list[str]:
    """Return the lines above the verdict without numbers and spacing."""
    above = report[: report.index("\nEstimates: ")].splitlines()
    return [" ".join(re.sub(r"-?[0-9][0-9.]*", "#", line).split()) for line in above]

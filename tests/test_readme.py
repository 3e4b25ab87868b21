"""The commands that the README opens with are those that the checks run."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMANDS = [
    'pip install -q uv && uv run mixwell fit sleepstudy "Reaction ~ Days + (Days | Subject)"',
    "pip install -q uv && uv run pytest",
]


def test_the_readme_opens_with_the_two_commands() -> None:
    first_block = (ROOT / "README.md").read_text(encoding="utf-8").split("```")[1]
    assert first_block.removeprefix("bash\n").splitlines() == COMMANDS


def test_the_checks_run_the_test_command_of_the_readme() -> None:
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == COMMANDS[1]

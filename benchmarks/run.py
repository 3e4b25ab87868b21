"""Measures import time, and time and memory of large designs; writes docs/benchmarks.md.

    uv run python benchmarks/run.py [--data InstEval.csv.gz]

Run by hand on a quiet machine. Each figure is a median over fresh processes, taken in turn.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median

from frames import FORMULAS

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
IMPORTS = {
    "`import pandas`": "import pandas",
    "`import mixwell`": "import mixwell",
    "`import mixwell`, then `mixwell.Model`": "import mixwell; mixwell.Model",
}
CASES = {
    "million": ("1,000,000 rows, 100,000 levels, Categorical", "under 5 s and 1 GB"),
    "million_strings": ("1,000,000 rows, 100,000 levels, strings", "under 5 s and 1 GB"),
    "coded": ("the same rows, codings, scale, poly, random slopes", "under 5 s"),
    "factorial": ("1,000,000 rows, 20 by 20 levels", "under 5 s"),
    "insteval": ("InstEval: 73,421 rows, 3 crossed factors", "under 1 s"),
}


def output(*command: str) -> str:
    """Run Python in a fresh process and return what it printed."""
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True)
    return done.stdout


def import_seconds(repeats: int) -> dict[str, float]:
    """Return the median time of each import, the candidates taking turns."""
    clock = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
    times: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(repeats + 1):
        for name, statement in IMPORTS.items():
            times[name].append(float(output("-c", clock.format(statement))))
    return {name: median(values[1:]) for name, values in times.items()}  # the first fills caches


def design_row(case: str, data: Path | None, repeats: int) -> str:
    """Measure one design and return its row of the table."""
    script = [str(HERE / "measure.py"), case]
    if data is not None and case == "insteval":
        script += ["--data", str(data)]
    runs = [json.loads(output(*script)) for _ in range(repeats)]
    traced = json.loads(output(*script, "--trace"))["traced_mb"]
    seconds = median(run["seconds"] for run in runs)
    replayed = median(run["replayed"] for run in runs)
    resident = [run["resident_mb"] for run in runs if run["resident_mb"] is not None]
    shown = f"{median(resident):.0f} MB" if resident else "not measured"
    label, target = CASES[case]
    if case == "insteval":
        label += ", as in lme4" if data is not None else ", simulated"
    formula = FORMULAS[case].replace("|", r"\|")
    numbers = f"{seconds:.2f} s | {replayed:.2f} s | {traced:.0f} MB | {shown}"
    return f"| {label} | `{formula}` | {numbers} | {target} |"


def page(imports: dict[str, float], designs: list[str]) -> str:
    """Return the page in Markdown."""
    pandas = imports["`import pandas`"]
    lines = [f"| {n} | {s:.3f} s | {s / pandas:.2f} |" for n, s in imports.items()]
    names = ("mixwell", "pandas", "numpy", "formulae")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return "\n".join(
        [
            "# Speed and memory",
            "",
            "Written by `uv run python benchmarks/run.py`: medians over fresh processes, in turn.",
            f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}.",
            "",
            "## Import",
            "",
            "`import mixwell` is to take at most 1.3 times as long as `import pandas`.",
            "",
            "| statement | time | times pandas |",
            "|---|---|---|",
            *lines,
            "",
            "## Design",
            "",
            "From a frame in memory to named columns, blocks and response. Memory is the peak",
            "above the frame: allocations traced by Python, and resident as the system sees it.",
            "",
            "`evaluate` replays the design on the same rows. A design of factors only keeps its",
            "distinct rows, and writes the columns out when they are asked for.",
            "",
            "| data | formula | time | `evaluate` | traced peak | resident peak | target |",
            "|---|---|---|---|---|---|---|",
            *designs,
            "",
        ]
    )


def main() -> None:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="lme4's InstEval as CSV; simulated without it")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    imports = import_seconds(options.repeats)
    designs = [design_row(case, options.data, options.repeats) for case in CASES]
    text = page(imports, designs)
    PAGE.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

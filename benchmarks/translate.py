"""Times the translator: a script of 2,000 lines, and the command from its start to its end.

    uv run python benchmarks/translate.py [--lines 2000] [--repeats 5]

Run by hand on a quiet machine; medians. A script is put together from those of tests/r/scripts. The
translation is compared with Python's own compilation of what it made, the command with an
interpreter that starts and ends.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from mixwell.r import translate

SCRIPTS = Path(__file__).parent.parent / "tests" / "r" / "scripts"


def long_script(lines: int) -> str:
    """Return a script of at least so many lines."""
    parts = [path.read_text("utf-8") for path in sorted(SCRIPTS.glob("*.R")) if _readable(path)]
    whole = "\n".join(parts)
    return "\n".join([whole] * (lines // whole.count("\n") + 1))


def _readable(path: Path) -> bool:
    return path.name != "answers.R" and "latin1" not in path.name


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median of the clock's seconds."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def command_seconds(arguments: list[str], repeats: int) -> float:
    """Return the median time of a command; what it prints is thrown away."""
    return seconds(lambda: subprocess.run(arguments, capture_output=True, check=True), repeats)


def main() -> None:
    """Measure, and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    script = long_script(options.lines)
    count = script.count("\n") + 1
    made = str(translate(script))
    translated = seconds(lambda: translate(script), options.repeats)
    compiled = seconds(lambda: compile(made, "made", "exec"), options.repeats)
    print(
        f"{count:,} lines of R: {translated:.2f} s, {translated / compiled:.1f} times Python's own "
        f"compilation of the {made.count(chr(10)):,} lines that they become"
    )
    command = str(Path(sys.executable).with_name("mixwell"))
    one = str(SCRIPTS / "01_sleepstudy.R")
    whole = command_seconds([command, "translate", one], options.repeats)
    bare = command_seconds([sys.executable, "-c", ""], options.repeats)
    print(
        f"`mixwell translate` of a short script, from start to end: {whole:.2f} s, "
        f"{whole / bare:.1f} times an interpreter that does nothing"
    )


if __name__ == "__main__":
    main()

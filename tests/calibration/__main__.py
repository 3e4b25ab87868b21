"""Calibrates the models of the table by simulation, and writes `docs/calibration.md`.

    uv run python -m tests.calibration run [PATTERN] [--again]
    uv run python -m tests.calibration write

Cells that are stored already are passed over, without `--again`; a run that was interrupted goes on
with the cell that it was in. About an hour and a half of one processor for the whole table.
"""

import argparse
import sys

from .cells import CELLS
from .page import write_page
from .replicate import replicate
from .store import read_results, store_result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["run", "write"])
    parser.add_argument("pattern", nargs="?", default="", help="a part of the names of cells")
    parser.add_argument("--again", action="store_true", help="also cells that are stored")
    asked = parser.parse_args()
    if asked.action == "run":
        stored = () if asked.again else read_results()
        for cell in (c for c in CELLS if asked.pattern in c.name and c.name not in stored):
            print(cell.name, end=" ... ", flush=True)
            outcome = replicate(cell)
            store_result(cell, outcome)
            print(f"{outcome.seconds:.0f} s", flush=True)
    write_page()
    return 0


if __name__ == "__main__":
    sys.exit(main())

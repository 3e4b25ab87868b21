"""Measures one design in this process and prints a line of JSON; started by run.py.

Time and resident memory are measured in one process and traced allocations in another, because
tracing slows what it traces. Both count from the moment at which the frame stands.
"""

import argparse
import gc
import json
import time
import tracemalloc
from pathlib import Path

from frames import FORMULAS, frame_of

from mixwell.design import build_design
from mixwell.formula import parse_formula

STATUS = Path("/proc/self/status")


def resident(key: str) -> float | None:
    """Return VmRSS or VmHWM of this process in MB, or None where the system does not report it."""
    if not STATUS.exists():
        return None
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return int(lines[key].split()[0]) * 1024 / 1e6


def forget_the_peak() -> None:
    """Start VmHWM again at the present size, on Linux."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")


def main() -> None:
    """Build the design of one case and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=FORMULAS)
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    frame = frame_of(options.case, options.data)
    formula = parse_formula(FORMULAS[options.case])
    build_design([formula], frame.head(1000))  # whatever is imported on first use
    gc.collect()

    if options.trace:
        tracemalloc.start()
    forget_the_peak()
    before = resident("VmRSS")
    start = time.perf_counter()
    design = build_design([formula], frame)
    seconds = time.perf_counter() - start
    peak = resident("VmHWM")
    start = time.perf_counter()
    design.evaluate(frame)
    replayed = time.perf_counter() - start
    result: dict[str, float | int | None] = {
        "seconds": seconds,
        "replayed": replayed,
        "resident_mb": None if before is None or peak is None else peak - before,
        "traced_mb": tracemalloc.get_traced_memory()[1] / 1e6 if options.trace else None,
        "rows": design.n,
        "columns": len(design.mean.fixed.names),
        "levels": sum(block.n_levels for block in design.mean.blocks),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

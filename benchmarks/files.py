"""Measures saving and loading a large fit, this build against an older checkout in the same run.

    uv run python benchmarks/files.py [--than PATH] [--levels 100000] [--repeats 3]

Each build fits once and saves 4,000 draws of every level; then each measurement is a fresh process
that loads this file and saves it as a new one, and the builds take turns: over an old one a build
that writes in place would use its pages again, which one that writes next to it cannot. Prints the
median seconds by the clock and of the processor, and the least memory beyond the draws.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import xarray as xr

HERE = Path(__file__)
THIS = HERE.parents[1]
CHAINS, DRAWS = 4, 1000
WHAT = ("load", "save")


def fit(file: Path, levels: int) -> None:
    """Fit levels of three rows each with a tenth of the draws, repeat these, and save the fit."""
    import mixwell as mw
    from mixwell.fit import Fit

    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(levels), 3)
    y = rng.normal(size=levels)[group] + rng.normal(size=len(group))
    model = mw.Model("y ~ 1 + (1 | g)", pd.DataFrame({"y": y, "g": group.astype(str)}))
    made = model.fit(engine="exact", draws=DRAWS // 10, chains=CHAINS, seed=1)
    tree = getattr(made, "tree", made.idata)
    repeated = {
        name: node.isel(draw=np.tile(np.arange(DRAWS // 10), 10)).assign_coords(draw=range(DRAWS))
        if "draw" in node.dims
        else node
        for name, node in ((str(n), node.to_dataset()) for n, node in tree.children.items())
    }
    Fit(made.spec, xr.DataTree.from_dict(repeated), made.made, made.recipe).save(file)


def measure(file: Path) -> None:
    """Load a file, save it under another name, and print a line of JSON."""
    import mixwell as mw

    mw.Model  # imported on first use  # noqa: B018
    again = file.with_suffix(".again.nc")
    again.unlink(missing_ok=True)
    os.sync()
    loaded, load = timed(lambda: mw.load(file))
    _, save = timed(lambda: loaded.save(again))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"load": load, "save": save, "memory": (peak - file.stat().st_size) / 1e9}))


def timed[T](work: Callable[[], T]) -> tuple[T, tuple[float, float]]:
    """Return what the work gives, and its seconds by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    made = work()
    return made, (time.perf_counter() - clock, time.process_time() - processor)


def process(build: Path, *arguments: str) -> str:
    """Run this script on a build and return what it printed."""
    # Modules that a call imports are compiled once, as they are for users.
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [sys.executable, str(HERE), *arguments],
        env={**kept, "PYTHONPATH": str(build / "src")},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def main() -> None:
    """Measure the builds in turn and print a row a build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--than", type=Path, help="an older checkout")
    parser.add_argument("--levels", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--fit", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fit:
        fit(options.fit, options.levels)
    elif options.measure:
        measure(options.measure)
    else:
        compare([THIS, *([options.than.resolve()] if options.than else [])], options)


def compare(builds: list[Path], options: argparse.Namespace) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        files = {build: Path(place, f"{i}.nc") for i, build in enumerate(builds)}
        for build, file in files.items():
            process(build, "--fit", str(file), "--levels", str(options.levels))
        found: dict[Path, list[dict]] = {build: [] for build in builds}
        for _ in range(options.repeats):
            for build, file in files.items():
                found[build].append(json.loads(process(build, "--measure", str(file))))
        size = files[THIS].stat().st_size / 1e9
    print(f"{CHAINS * DRAWS:,} draws of {options.levels:,} levels, {size:.2f} GB, ", end="")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.\n")
    print("| build | load, clock | load, processor | save, clock | save, processor | memory |")
    print("|---|---|---|---|---|---|")
    for build, runs in found.items():
        times = [median(run[what][kind] for run in runs) for what in WHAT for kind in (0, 1)]
        memory = min(run["memory"] for run in runs)
        name = "this" if build == THIS else "older"
        print(f"| {name} | {' | '.join(f'{t:.2f} s' for t in times)} | {memory:.2f} GB |")


if __name__ == "__main__":
    main()

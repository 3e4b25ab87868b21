"""Whole processes that fit a table in Parquet files, for several sizes of it, in one run.

    uv run python benchmarks/beyond_memory.py FOLDER [--rows 100_000 1_000_000 10_000_000]

The folder gets the tables of `elsewhere.py`, each in a folder of its own, where they are not yet.
Each line is a new process that imports mixwell, builds the model, draws 4,000 times and prints the
summary, after an equal number of processes that have DuckDB compute the mean of y by site alone:
seconds by the clock of each part, of the processor for the whole, and the peak of memory. `--held`
reads each table into memory by pandas and fits that as well.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

ONE = "y ~ x1*arm + x2 + dose + (1 + x1 | site)"
_QUERY = "SELECT site, avg(y), count(*) FROM read_parquet('{}') GROUP BY site"


def fitted(files: str, held: bool) -> dict[str, float]:
    """Fit the table in this process and return the seconds of each part."""
    began = time.perf_counter()
    import pandas as pd

    import mixwell as mw

    mw.Model  # imported on first use  # noqa: B018
    parts = {"imports": time.perf_counter() - began}

    def timed(name: str, start: float) -> float:
        parts[name] = time.perf_counter() - start
        return time.perf_counter()

    start = time.perf_counter()
    model = mw.Model(ONE, pd.read_parquet(Path(files).parent) if held else files)
    start = timed("model", start)
    fit = model.fit(seed=1, progressbar=False)
    start = timed("fit", start)
    str(fit.summary())
    timed("summary", start)
    return parts


def simple(files: str) -> dict[str, float]:
    """Have DuckDB compute means by site in this process and return its seconds."""
    import duckdb

    query = _QUERY.format(files)
    start = time.perf_counter()
    duckdb.sql(query).arrow().read_all()
    return {"query": time.perf_counter() - start}


def process(files: str, what: str) -> dict[str, float]:
    """Run one measurement in a new process and return it with that process's own figures."""
    start = time.perf_counter()
    own = [sys.executable, __file__, files, "--only", what]
    answer = subprocess.run(own, check=True, capture_output=True, text=True)
    return {**json.loads(answer.stdout), "whole": time.perf_counter() - start}


def main() -> None:
    """Measure each size and print a line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--rows", type=int, nargs="+", default=[10**5, 10**6, 10**7])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--held", action="store_true", help="fit it in memory as well")
    parser.add_argument("--only", choices=["lazy", "held", "simple"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        parts = (
            simple(options.folder)
            if options.only == "simple"
            else fitted(options.folder, options.only == "held")
        )
        used = resource.getrusage(resource.RUSAGE_SELF)
        parts |= {"processor": used.ru_utime + used.ru_stime, "MB": used.ru_maxrss / 1e3}
        print(json.dumps(parts))
        return
    from elsewhere import write_table  # not in the processes that are measured

    for rows in options.rows:
        folder = Path(options.folder, str(rows))
        if not list(folder.glob("*.parquet")):
            write_table(folder, rows)
        for what in ("simple", "lazy", *(["held"] if options.held else [])):
            runs = [process(str(folder / "*.parquet"), what) for _ in range(options.repeats)]
            best = {name: min(run[name] for run in runs) for name in runs[0]}
            said = "".join(f"{name}: {value:.2f}   " for name, value in best.items())
            print(f"{rows:>12,} {what:7}{said}", flush=True)


if __name__ == "__main__":
    main()

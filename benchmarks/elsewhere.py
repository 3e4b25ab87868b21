"""Times sums over tables that lie in files against an engine's own simple query, in one run.

    uv run python benchmarks/elsewhere.py FOLDER [--rows 10_000_000] [--repeats 3]

The folder gets ten Parquet files of a trial at 100,000 sites and 10,000 clinics, if it has none.
Each case runs in a process of its own, in turn with its simple query, the means of y by site, or by
site and clinic for the crossed model, by the same engine: printed are the least seconds by the
clock and of processor time, their ratios, and the peak of memory of the process.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import narwhals as nw
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from beyond_memory import ONE

from mixwell.design import build_design
from mixwell.design.atoms.atom import FactorAtom
from mixwell.design.sums.planned_sums import PlannedBlock, plan_sums
from mixwell.design.sums.scan.queried_sums import query_sums
from mixwell.design.sums.scan.row_scan import scan
from mixwell.design.sums.scan.sums_program import KeyColumn, SumsProgram
from mixwell.design.sums.scan.table_program import table_program
from mixwell.formula import deparse, parse_formula
from mixwell.numeric.arrays import IntArray
from mixwell.tables.lazy.lazy_table import LazyTable
from mixwell.tables.lazy.open_table import open_table

FILES, SITES, CLINICS = 10, 100_000, 10_000
ARMS = np.array(["ctrl", "low", "high"])


def write_table(folder: Path, rows: int) -> None:
    """Write the files, each from a seed of its own: the same rows in every run."""
    folder.mkdir(parents=True, exist_ok=True)
    effects = np.random.default_rng(1)
    by_site, slopes = effects.normal(0, 0.7, SITES), effects.normal(0, 0.3, SITES)
    by_clinic = effects.normal(0, 0.4, CLINICS)
    for number in range(FILES):
        rng, n = np.random.default_rng([2, number]), rows // FILES
        site, arm = rng.integers(SITES, size=n), rng.integers(3, size=n)
        clinic, dose = rng.integers(CLINICS, size=n), rng.integers(5, size=n)
        x1, x2 = rng.normal(size=n), 1e7 + rng.normal(size=n)
        y = 2 + (0.5 + slopes[site]) * x1 + 0.2 * (arm == 1) + 0.1 * (arm == 2) * x1
        y += 0.3 * (x2 - 1e7) + 0.1 * dose + by_site[site] + by_clinic[clinic] + rng.normal(size=n)
        texts = pa.DictionaryArray.from_arrays(arm.astype(np.int8), ARMS).cast(pa.string())
        table = pa.table(
            {
                "site": site.astype(np.int32),
                "clinic": clinic.astype(np.int32),
                "arm": texts,
                "dose": dose.astype(np.int32),
                "y": y,
                "x1": x1,
                "x2": x2,
            }
        )
        pq.write_table(table, folder / f"part{number}.parquet")


CROSSED = "y ~ x1 + (1 | site) + (1 | clinic)"
#: Formula, keys of the simple query, and whether rows are scanned, else only queries run.
CASES: dict[str, tuple[str, tuple[str, ...], bool]] = {
    "one factor": (ONE, ("site",), True),
    "crossed": (CROSSED, ("site", "clinic"), True),
    "one factor, queries only": (ONE, ("site",), False),
    "one factor, Polars": (ONE, ("site",), True),
    "one factor, Polars, queries only": (ONE, ("site",), False),
}


@dataclass(frozen=True, eq=False)
class Whole:
    """A grouping factor whose levels are 0, 1, ..."""

    name: str
    size: int

    @property
    def exprs(self) -> tuple[nw.Expr, ...]:
        """An expression for each part."""
        return (nw.col(self.name),)

    @property
    def keys(self) -> tuple[tuple[object, ...], ...]:
        """The key of each part, for each level."""
        return tuple((k,) for k in range(self.size))

    @property
    def levels(self) -> tuple[str, ...]:
        """The labels."""
        return tuple(map(str, range(self.size)))

    @property
    def part_levels(self) -> tuple[tuple[str, ...], ...]:
        """The labels of each part's levels."""
        return (self.levels,)

    @property
    def cells(self) -> IntArray:
        """Which combination each level is."""
        return np.arange(self.size)


def program_of(formula: str, table: LazyTable) -> SumsProgram:
    """Return what is read for a formula, planned on a few rows."""
    rows = table.frame.head(5_000).collect("pyarrow").to_pandas()
    design = build_design([parse_formula(formula)], rows)
    blocks = [PlannedBlock(b.factor, (b.plan,), len(b.parts)) for b in design.blocks]
    planned = plan_sums(design.mean.fixed.plan, blocks, "y")
    atoms = design.mean.fixed.plan.atoms
    factors = {
        expr: KeyColumn(nw.col(deparse(expr)), atom.levels)
        for expr, atom in atoms.items()
        if isinstance(atom, FactorAtom)
    }
    numbers = {expr: (table.number(deparse(expr)),) for expr in atoms if expr not in factors}
    sizes = {"site": SITES, "clinic": CLINICS}
    groups = [Whole(b.factor, sizes[b.factor]) for b in design.blocks]
    return table_program(planned, numbers, factors, groups, table.number("y"))


def least(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Return the least seconds by the clock and of processor time."""
    clock, processor = [], []
    for _ in range(repeats):
        start, used = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    return min(clock), min(processor)


def run(case: str, folder: Path, repeats: int) -> dict[str, float]:
    """Time one case in this process."""
    formula, keys, scanned = CASES[case]
    files = str(folder / "*.parquet")
    table = open_table(pl.scan_parquet(files) if "Polars" in case else files)
    assert table is not None
    program = program_of(formula, table)

    def sums() -> object:
        if scanned:
            return scan(program, table.batches("sum", program.exprs))
        return query_sums(program, table)

    def simple() -> object:
        exprs = {"mean": nw.col("y").mean(), "rows": nw.len()}
        return table.grouped("simple", {key: nw.col(key) for key in keys}, exprs)

    sums()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3  # of one reduction
    ours = least(sums, repeats)
    theirs = least(simple, repeats)
    return {
        "clock": ours[0],
        "processor": ours[1],
        "simple clock": theirs[0],
        "simple processor": theirs[1],
        "ratio clock": ours[0] / theirs[0],
        "ratio processor": ours[1] / theirs[1],
        "peak MB": peak,
    }


def main() -> None:
    """Write the table where it is not there, and time the cases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--case", choices=CASES)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(run(options.case, options.folder, options.repeats)))
        return
    if not list(options.folder.glob("*.parquet")):
        write_table(options.folder, options.rows)
    for case in CASES:
        own = [sys.executable, __file__, str(options.folder), "--case", case]
        answer = subprocess.run(
            [*own, "--repeats", str(options.repeats)], check=True, capture_output=True, text=True
        )
        found = json.loads(answer.stdout)
        print(f"{case:34}" + "".join(f"{name}: {value:.2f}   " for name, value in found.items()))


if __name__ == "__main__":
    main()

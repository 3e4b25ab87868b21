"""Times sums over tables that lie in files against an engine's own simple query, in one run.

    uv run python benchmarks/elsewhere.py FOLDER [--rows 10_000_000] [--repeats 3]

The folder gets ten Parquet files of a trial at 100,000 sites and 10,000 clinics, if it has none.
Each case runs as a process of its own, in turn with DuckDB's query by site, or by site and clinic
for the crossed model; printed are the least seconds by the clock and of processor time, their
ratios, and the peak of memory.
"""

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

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


def main() -> None:
    """Write the table where it is not there, and time the cases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=10_000_000)
    options = parser.parse_args()
    if not list(options.folder.glob("*.parquet")):
        write_table(options.folder, options.rows)


if __name__ == "__main__":
    main()

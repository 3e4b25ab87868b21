"""Writes the data of cases as CSV files, the same for every package; started by `compare.py`.

A set comes from a folder that was given, is simulated, one that mixwell ships, or R's. Prints
what was found as JSON: a reason for each case whose data is not there.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
from cases import CASES, Case
from simulated import SIMULATED

from mixwell.data import datasets, load_data

HERE = Path(__file__).parent


def main() -> None:
    given, folder, *names = sys.argv[1:]
    missing = {}
    for name in names:
        frame = find(CASES[name], Path(given) if given else None, Path(folder))
        if frame is None:
            missing[name] = f"no data: give {file_name(CASES[name])} in --data"
        else:
            prepared(frame, CASES[name]).to_csv(Path(folder) / f"{name}.csv", index=False)
    print(json.dumps(missing))


def file_name(case: Case) -> str:
    """Return the name of the file that is looked for in the folder that was given."""
    stem = case.source.rpartition(":")[2].removesuffix(".csv") or case.name
    return f"{stem}.csv"


def find(case: Case, given: Path | None, folder: Path) -> pd.DataFrame | None:
    """Return the data of a case, None where there is none."""
    for suffix in ("", ".gz"):
        path = given / f"{file_name(case)}{suffix}" if given is not None else None
        if path is not None and path.exists():
            return pd.read_csv(path)
    if case.name in SIMULATED:
        return SIMULATED[case.name]()
    shipped = case.source or case.name
    if shipped in datasets():
        return load_data(shipped)
    package, _, name = case.source.partition("::")
    if not name or shutil.which("Rscript") is None:
        return None
    path = folder / "exported.csv"
    done = subprocess.run(
        ["Rscript", str(HERE / "export.R"), package, name, str(path)], capture_output=True
    )
    return pd.read_csv(path) if done.returncode == 0 else None


def prepared(frame: pd.DataFrame, case: Case) -> pd.DataFrame:
    """Return the data with a response as 0 and 1 where some of its values count as 1."""
    if not case.success:
        return frame
    column, *values = case.success
    return frame.assign(**{column: frame[column].astype(str).isin(values).astype(int)})


if __name__ == "__main__":
    main()

"""What every Python process that fits a case does: read the data, say when it was where.

A process prints its summary, then one line that starts with `MARK` and holds a report in JSON.
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARK = "#report "


@dataclass(frozen=True, slots=True)
class Asked:
    """What the process was asked to fit."""

    data: Path
    draws: Path
    formula: str
    family: str
    factors: tuple[str, ...]

    @classmethod
    def read(cls) -> "Asked":
        """Read the command line: data, file for the draws, formula, family, factors."""
        data, draws, formula, family, factors = sys.argv[1:]
        return cls(Path(data), Path(draws), formula, family, tuple(factors.split(",")))

    def frame(self) -> Any:
        """Return the data, its factors as text."""
        import pandas as pd

        return pd.read_csv(self.data, dtype=dict.fromkeys(self.factors, "str"))


def report(
    asked: Asked,
    values: Any,
    imported: float,
    printed: float,
    engine: str = "",
    worked: float | None = None,
) -> None:
    """Write draws `(chain, draw, parameter)` and print the line that is read by `process.py`."""
    import numpy as np

    np.ascontiguousarray(values.transpose(2, 0, 1), dtype="<f8").tofile(asked.draws)
    chains, draws, parameters = values.shape
    found = {
        "imported": imported,
        "printed": printed,
        "shape": [parameters, chains, draws],
        "engine": engine,
        "worked": worked,
    }
    print(f"\n{MARK}{json.dumps(found)}", flush=True)


def clock() -> float:
    """Return the time of day in seconds, once what was printed has left."""
    sys.stdout.flush()
    return time.time()

"""What every Python process that fits a case does: read the data, say when it was where.

A process prints its summary, then one line that starts with `MARK` and holds a report in JSON.
"""

import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARK = "#report "
#: Levels of a factor whose deviations are judged, evenly spaced, where there are more.
LEVELS = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the process was asked to fit."""

    data: Path
    draws: Path
    formulas: list[str]
    family: str
    factors: tuple[str, ...]
    options: dict[str, int]

    @classmethod
    def read(cls) -> "Asked":
        """Read the command line: data, file for draws, formulas, family, factors, options."""
        data, draws, formula, family, factors, options = sys.argv[1:]
        read = json.loads(options)
        return cls(
            Path(data), Path(draws), formula.split("; "), family, tuple(factors.split(",")), read
        )

    def frame(self) -> Any:
        """Return the data, its factors as text."""
        import pandas as pd

        return pd.read_csv(self.data, dtype=dict.fromkeys(self.factors, "str"))


def clock() -> float:
    """Return the time of day in seconds, once what was printed has left."""
    sys.stdout.flush()
    return time.time()


def spent() -> dict[str, float]:
    """Return when the summary was printed, and what the process took until then.

    What follows is done for the measurement alone: reading draws, and writing them to a file.
    """
    printed = clock()
    own, started = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    processor = own.ru_utime + own.ru_stime + started.ru_utime + started.ru_stime
    return {"printed": printed, "processor": processor, "memory": own.ru_maxrss * 1024 / 1e6}


def report(
    asked: Asked,
    values: Any,
    deviations: Sequence[Any],
    taken: dict[str, float],
    **more: Any,
) -> None:
    """Write draws and print the line that is read by `process.py`.

    `values` are those of parameters (chain, draw, parameter); `deviations` has an array for each
    factor (chain, draw, level, ...), of whose levels some may be enough.
    """
    import numpy as np

    written = [np.asarray(values)]
    for each in deviations:
        chosen = each[:, :, :: -(-each.shape[2] // LEVELS)]
        written.append(np.asarray(chosen).reshape(*each.shape[:2], -1))
    with asked.draws.open("wb") as file:
        for block in written:
            np.ascontiguousarray(block.transpose(2, 0, 1), dtype="<f8").tofile(file)
    chains, draws, parameters = written[0].shape
    size = sum(block.shape[2] for block in written)
    found = {**taken, **more, "shape": [size, chains, draws], "parameters": parameters}
    print(f"\n{MARK}{json.dumps(found)}", flush=True)

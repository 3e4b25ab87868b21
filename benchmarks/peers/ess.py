"""Prints what draws in a file are worth, as JSON; started by `compare.py`.

The least bulk effective numbers of parameters and of all quantities, and the largest R-hat of all.
A process of its own, so that the one which starts and measures the others stays small.
"""

import json
import sys

import numpy as np
from arviz_stats.base import array_stats

AXES = {"chain_axis": 1, "draw_axis": 2}


def main() -> None:
    path, parameters, *shape = sys.argv[1:]
    draws = np.fromfile(path, dtype="<f8").reshape([int(size) for size in shape])
    varies = np.ptp(draws, axis=(1, 2)) > 0
    numbers = array_stats.ess(draws[varies], method="bulk", **AXES)
    own = numbers[: varies[: int(parameters)].sum()]
    rhat = np.max(array_stats.rhat(draws[varies], **AXES))
    found = {"ess": np.min(own), "least": np.min(numbers), "rhat": rhat}
    print(json.dumps({name: float(value) for name, value in found.items()}))


if __name__ == "__main__":
    main()

"""Prints the least bulk effective number of draws in a file; started by `compare.py`.

A process of its own, so that the one which starts and measures the others stays small.
"""

import sys

import numpy as np
from arviz_stats.base import array_stats


def main() -> None:
    path, *shape = sys.argv[1:]
    draws = np.fromfile(path, dtype="<f8").reshape([int(size) for size in shape])
    varies = np.ptp(draws, axis=(1, 2)) > 0
    print(np.min(array_stats.ess(draws[varies], chain_axis=1, draw_axis=2, method="bulk")))


if __name__ == "__main__":
    main()

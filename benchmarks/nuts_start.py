"""What comes between a fit by NUTS and its first draw: compiling, by nutpie's own way and by ours.

    OPENBLAS_NUM_THREADS=1 uv run python benchmarks/nuts_start.py

Processor seconds of a process each: with nothing on disk, in the next process, for the same model
once more, and for a model of other data; and a gradient's microseconds.
"""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np
import pandas as pd

import mixwell as mw

MODELS = ("crossed outcomes", "correlated slopes", "a prior that is a PyMC variable")
WAYS = ("nutpie", "mixwell")


def model(name: str, seed: int) -> mw.Model:
    """Return a model of a name, of data that a seed makes."""
    rng = np.random.default_rng(seed)
    if name == "crossed outcomes":
        n, a, b = 2_400, 100, 24
        frame = pd.DataFrame({"g": np.arange(n) % a, "h": np.arange(n) // a % b})
        frame["x"], frame["z"] = np.arange(n) % 3, np.arange(n) % 2
        effects = rng.normal(size=a)[frame.g] + 0.7 * rng.normal(size=b)[frame.h]
        frame["y"] = rng.binomial(1, 1 / (1 + np.exp(-0.3 * frame.x - effects)))
        return mw.Model("y ~ x + z + (1 | g) + (1 | h)", frame, family="bernoulli")
    n, a = 1_500, 40
    frame = pd.DataFrame({"g": np.arange(n) % a, "x": np.linspace(-1, 1, n)})
    effects = rng.normal(size=(a, 2))[frame.g]
    frame["y"] = 5 + effects[:, 0] + (1 + effects[:, 1]) * frame.x + rng.normal(size=n)
    priors = {}
    if name != "correlated slopes":
        import pymc as pm

        priors = {"x": pm.Normal.dist(1, 3)}
    return mw.Model("y ~ x + (1 + x | g)", frame, priors=priors)


def compiled(way: str, one: mw.Model) -> tuple[Any, float]:
    """Compile a model; returns it with the processor seconds."""
    import nutpie

    from mixwell.infer.pymc.compiled_model import compiled_model

    graph, names = one.pymc, one.spec.variables
    begin = time.process_time()
    made = nutpie.compile_pymc_model(graph) if way == "nutpie" else compiled_model(graph, names)
    return made, time.process_time() - begin


def gradient(made: Any) -> float:
    """Return the microseconds of one gradient."""
    size = made.n_dim
    point, slopes, value = np.full(size, 0.01), np.zeros(size), np.zeros(1)
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, *[ctypes.c_void_p] * 4)
    call = kind(made.compiled_logp_func.address)
    own = [a.ctypes.data for a in (point, slopes, value, made.user_data)]
    begin = time.process_time()
    for _ in range(2_000):
        call(size, *own)
    return (time.process_time() - begin) / 2_000 * 1e6


def child(name: str, way: str) -> None:
    """Print what one process measures."""
    made, first = compiled(way, model(name, 1))
    _, again = compiled(way, model(name, 1))
    _, other = compiled(way, model(name, 2))
    print(json.dumps([first, again, other, gradient(made)]))


def measured(name: str, way: str, folder: str) -> list[float]:
    """Run a process with a folder for what compilers keep."""
    flags = {**os.environ, "PYTENSOR_FLAGS": f"base_compiledir={folder}", "NUMBA_CACHE_DIR": folder}
    command = [sys.executable, __file__, name, way]
    done = subprocess.run(command, env=flags, capture_output=True, text=True, check=True)
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print one line a model and way."""
    print("| model | way | nothing on disk | next process | again | other data | gradient, us |")
    print("|---|---|---|---|---|---|---|")
    for name in MODELS:
        for way in WAYS:
            with tempfile.TemporaryDirectory() as folder:
                fresh = measured(name, way, folder)
                warm = measured(name, way, folder)
            parts = [fresh[0], warm[0], warm[1], warm[2]]
            seconds = " | ".join(f"{part:.1f} s" for part in parts)
            print(f"| {name} | {way} | {seconds} | {warm[3]:.0f} |", flush=True)


if __name__ == "__main__":
    child(*sys.argv[1:]) if len(sys.argv) > 1 else main()

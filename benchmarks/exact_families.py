"""Times the exact engine on every family; writes a table of docs/exact.md.

    uv run python benchmarks/exact_families.py [--rows 5000] [--levels 100] [--dry] [--compile]
                                               [family or family:link ...]

Run by hand on a quiet machine. Responses are drawn from each family itself, with one predictor and
one grouping factor; a model has an effect of each level, or two. Figures are processor seconds from
the model to its draws, after imports, medians over three seeds; with `--compile` loops are compiled
anew, and the first seed alone counts.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import numpy as np
import pandas as pd

import mixwell as mw
from mixwell.errors import MixwellError
from mixwell.families import FAMILIES, Family
from mixwell.infer.choose import choose_engine
from mixwell.infer.declined import Declined
from mixwell.infer.settings import Settings
from mixwell.posterior.likelihood import random_rows

PAGE = Path(__file__).parent.parent / "docs" / "exact.md"
START, END = "<!-- families -->", "<!-- end of families -->"
FORMULAS = ("(1 | g)", "(1 + x | g)")
#: Other links than a family's first that have code of their own.
LINKS = {
    "bernoulli": ("probit", "cloglog"),
    "cumulative": ("probit", "cloglog", "cauchit"),
    "sratio": ("probit",),
    "cratio": ("probit",),
    "gaussian": ("log",),
}
VALUES = {"sigma": 0.6, "alpha": 2.0, "kappa": 6.0, "phi": 8.0, "nu": 4.0, "power": 1.5}
VALUES |= {"beta": 0.5, "ndt": 0.2, "quantile": 0.5, "skew": 2.0, "disc": 1.0}
VALUES |= dict.fromkeys(("zi", "hu", "zoi", "coi"), 0.3)


def simulated(family: Family, rows: int, levels: int) -> tuple[str, pd.DataFrame]:
    """Return the left side of a formula and rows whose responses are the family's own."""
    rng = np.random.default_rng(1)
    g, x = rng.integers(0, levels, rows), rng.normal(size=rows)
    u = rng.normal(0, [[0.5], [0.3]], (2, levels))
    frame = pd.DataFrame({"g": g, "x": x, "n": 8})
    eta = 0.3 + 0.4 * x + u[0, g] + u[1, g] * x
    if family.link.name in ("inverse", "inverse_squared"):
        eta = 2.0 + 0.1 * eta
    given = {"eta": eta, "trials": frame["n"].to_numpy(float)}
    names = ["a", "b", "c"]
    own = family.of(names)
    for parameter in own.further:
        if parameter.vector is not None:
            size = len(parameter.vector.labels(["1", "2", "3", "4", "5"]))
            given[parameter.name] = np.linspace(-1.5, 1.5, size)
        elif parameter.location:
            given[parameter.name] = -eta
        else:
            given[parameter.name] = VALUES.get(parameter.name, 1.0)
    if own.support.kind != "trials" and own.unit is None:
        given.pop("trials")
    response = SimpleNamespace(truncated=False)
    drawn = np.asarray(random_rows(own.arguments(**given), own, response, (rows,), rng))
    if drawn.ndim > 1:
        for k, name in enumerate(names):
            frame[name] = drawn[:, k]
        return f"cbind({', '.join(names)})", frame
    frame["y"] = drawn
    if own.support.kind in ("ordered", "categories"):
        kinds = [str(k) for k in range(int(drawn.max()) + 1)]
        named = pd.Categorical(drawn.astype(int).astype(str), kinds, ordered=True)
        frame["y"] = named if own.support.kind == "ordered" else named.astype(str)
    return ("y | trials(n)" if own.support.kind == "trials" else "y"), frame


def bars(formula: str) -> str:
    """Return a formula as cells of a table write it."""
    return formula.replace("|", "\\|")


def measured(model: mw.Model, seeds: int) -> str:
    """Return processor seconds and effective draws, or who takes the model."""
    choice = choose_engine(model.spec, Settings())
    if choice.engine.name != "exact":
        return f"{choice.engine.name}: {choice.reason}"
    seconds, effective = [], []
    for seed in range(1, seeds + 1):
        started = time.process_time()
        found = choice.engine.draw(model.spec, Settings(seed=seed, progressbar=False), None, None)
        seconds.append(time.process_time() - started)
        if isinstance(found, Declined):
            return f"{median(seconds):.2f} declined: {found}"
        effective.append(found[1].effective_number)
    return f"{median(seconds):.2f} ({median(effective):,.0f})"


def main() -> None:
    """Measure families, and write the table unless `--dry`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--levels", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--dry", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("family", nargs="*")
    options = parser.parse_args()
    every = [f"{n}:{link}" for n in FAMILIES for link in ("", *LINKS.get(n, ()))]
    lines = [
        f"| family | {' | '.join(f'`y ~ x + {bars(f)}`' for f in FORMULAS)} |",
        "|---|---|---|",
    ]
    for name, _, link in (each.partition(":") for each in options.family or every):
        family = FAMILIES[name].with_link(link or None)
        cells = []
        for formula in FORMULAS:
            try:
                left, data = simulated(family, options.rows, options.levels)
                model = mw.Model(f"{left} ~ x + {formula}", data, name, link=link or None)
                if options.compile:
                    os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp()
                cells.append(measured(model, 1 if options.compile else options.seeds))
            except MixwellError as error:
                cells.append(str(error).splitlines()[0])
        lines.append(f"| {name}{f', {link}' if link else ''} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    if not options.dry:
        page = PAGE.read_text()
        before, after = page.split(START)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{START}\n" + "\n".join(lines) + f"\n{END}{after}")


if __name__ == "__main__":
    main()

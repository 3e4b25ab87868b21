"""Draws directly from posteriors that are hard for chains; prints what became of each as a table.

    uv run python benchmarks/hard_designs.py [--draws 1000] [--nuts] [name ...]

Effective numbers and R-hats are the least and the largest over all parameters and deviations. With
`--nuts` posterior means are compared with those of NUTS, in posterior standard deviations; where
the exact engine takes the model, they are compared with its draws in any case.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import mixwell as mw
from mixwell.numeric.chains import ess_bulk, rhat

RNG = np.random.default_rng
type Design = Callable[[], mw.Model]


def frame(seed: int, n: int, g: int, h: int) -> pd.DataFrame:
    """Rows with a predictor, and with levels of two crossed factors in random order."""
    rng = RNG(seed)
    columns = {"x": rng.normal(size=n), "e": rng.normal(size=n)}
    return pd.DataFrame(
        {**columns, "g": rng.integers(0, g, n).astype(str), "h": rng.integers(0, h, n).astype(str)}
    )


def effects(seed: int, labels: pd.Series, sd: float) -> np.ndarray:
    """One effect a level, by row."""
    codes, levels = pd.factorize(labels)
    return np.asarray(RNG(seed).normal(0, sd, len(levels))[codes])


def binary(seed: int, eta: Any) -> np.ndarray:
    """Outcomes with these log odds."""
    return np.asarray(RNG(seed).binomial(1, 1 / (1 + np.exp(-np.asarray(eta)))))


def sd_of_zero() -> mw.Model:
    """The second factor has no effect at all."""
    rows = frame(1, 500, 30, 12)
    rows["y"] = binary(2, 0.5 * rows.x + effects(3, rows.g, 0.8))
    return mw.Model("y ~ x + (1 | g) + (1 | h)", rows, "bernoulli")


def three_levels() -> mw.Model:
    """One of two factors has three levels."""
    rows = frame(4, 300, 3, 15)
    rows["y"] = RNG(5).poisson(np.exp(0.5 + effects(6, rows.g, 0.6) + effects(7, rows.h, 0.4)))
    return mw.Model("y ~ x + (1 | g) + (1 | h)", rows, "poisson")


def separation() -> mw.Model:
    """Outcomes are separated by the predictor without an error."""
    rows = frame(8, 200, 20, 8)
    rows["y"] = (rows.x > 0).astype(int)
    return mw.Model("y ~ x + (1 | g) + (1 | h)", rows, "bernoulli")


def flat_separation() -> mw.Model:
    """The same with a flat prior: no distribution."""
    rows = frame(8, 200, 20, 8)
    rows["y"] = (rows.x > rows.x.mean()).astype(int)
    return mw.Model("y ~ x + (1 | g) + (1 | h)", rows, "bernoulli", priors={"x": "flat"})


def flat_sd() -> mw.Model:
    """Two levels, and a flat prior for their standard deviation: no distribution."""
    rows = frame(9, 120, 2, 10)
    rows["y"] = RNG(10).poisson(2.0, 120)
    priors = {"sd_g": "flat", "Intercept": "flat"}
    return mw.Model("y ~ x + (1 | g) + (1 | h)", rows, "poisson", priors=priors)


def every_row_counts() -> mw.Model:
    """An effect for every count, as for overdispersion."""
    rows = frame(11, 240, 24, 10).assign(row=[f"r{k}" for k in range(240)])
    rows["y"] = RNG(12).poisson(np.exp(0.7 + 0.6 * rows.e + effects(13, rows.g, 0.4)))
    return mw.Model("y ~ x + (1 | g) + (1 | row)", rows, "poisson")


def every_row_outcomes() -> mw.Model:
    """An effect for every outcome: the data say nothing of its standard deviation."""
    rows = frame(14, 600, 20, 10).assign(row=[f"r{k}" for k in range(600)])
    rows["y"] = binary(15, 0.3 * rows.x + effects(16, rows.g, 0.5))
    return mw.Model("y ~ x + (1 | g) + (1 | row)", rows, "bernoulli")


def rare() -> mw.Model:
    """Some ten successes in two thousand rows."""
    rows = frame(17, 2000, 40, 15)
    rows["y"] = binary(18, -5.5 + 0.5 * rows.x + effects(19, rows.g, 0.7))
    return mw.Model("y ~ x + (1 | g) + (1 | h)", rows, "bernoulli")


def thirty_rows() -> mw.Model:
    """Thirty rows, six by five levels."""
    rows = frame(20, 30, 6, 5)
    rows["y"] = RNG(21).poisson(np.exp(0.5 + 0.3 * rows.x))
    return mw.Model("y ~ x + (1 | g) + (1 | h)", rows, "poisson")


def more_effects_than_rows() -> mw.Model:
    """Sixty rows, a hundred effects."""
    rows = frame(22, 60, 40, 20)
    rows["y"] = binary(23, rows.x + effects(24, rows.g, 1.0))
    return mw.Model("y ~ x + (1 + x | g) + (1 | h)", rows, "bernoulli")


def large_counts() -> mw.Model:
    """Counts of about a billion."""
    rows = frame(25, 150, 12, 6)
    rows["y"] = RNG(26).poisson(1e9 * np.exp(effects(27, rows.g, 0.3) + 0.1 * rows.x))
    return mw.Model("y ~ x + (1 | g) + (1 | h)", rows, "poisson")


def one_sided_levels() -> mw.Model:
    """Levels with successes only, and with failures only."""
    rows = frame(28, 160, 40, 4)
    rows["y"] = binary(29, effects(30, rows.g, 4.0))
    return mw.Model("y ~ x + (1 | g) + (1 | h)", rows, "bernoulli")


def varying_scales() -> mw.Model:
    """Levels that differ in their residual's standard deviation, of few rows each."""
    rows = frame(31, 90, 9, 5)
    rows["y"] = 0.5 * rows.x + np.exp(effects(32, rows.g, 0.5)) * rows.e
    return mw.Model(["y ~ x + (1 | g)", "sigma ~ x + (1 | g)"], rows)


def both_engines() -> mw.Model:
    """One factor with a standard deviation of zero: the exact engine takes it, too."""
    rows = frame(33, 150, 25, 4)
    rows["y"] = binary(34, 0.4 * rows.x)
    return mw.Model("y ~ x + (1 | g)", rows, "bernoulli")


DESIGNS: dict[str, Design] = {
    design.__name__.replace("_", " "): design
    for design in (
        sd_of_zero, three_levels, thirty_rows, more_effects_than_rows, separation, flat_separation,
        flat_sd, every_row_counts, every_row_outcomes, rare, large_counts, one_sided_levels,
        varying_scales, both_engines,
    )
}  # fmt: skip


def stacked(fit: mw.Fit) -> np.ndarray:
    """All parameters and deviations that vary, (chain, draw, parameter)."""
    found = [v.values.reshape(*v.shape[:2], -1) for v in fit.posterior.data_vars.values()]
    return np.concatenate(found, axis=2)


def apart(fit: mw.Fit, other: mw.Fit) -> float:
    """The largest distance of two posterior means, in posterior standard deviations."""
    one, two = stacked(fit), stacked(other)
    sd = one.std(axis=(0, 1))
    moving = sd > 0
    return float((np.abs(one.mean((0, 1)) - two.mean((0, 1)))[moving] / sd[moving]).max())


def row(name: str, draws: int, *, nuts: bool) -> str:
    """Draw one design; return its row of the table."""
    model, started = DESIGNS[name](), time.process_time()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            fit = model.fit(engine="direct", draws=draws, seed=1)
        except mw.MixwellError as error:
            text = " ".join(str(error).split())
            return f"| {name} | | | | {time.process_time() - started:.1f} | {text} | |"
        seconds = time.process_time() - started
        values = stacked(fit)
        values = values[:, :, np.ptp(values, axis=(0, 1)) > 0]
        against = ""
        if nuts:
            against = f"{apart(fit, model.fit(engine='nuts', draws=draws, seed=1)):.2f} (nuts)"
        elif name == "both engines":
            against = f"{apart(fit, model.fit(engine='exact', seed=1)):.2f} (exact)"
    verdict = fit.diagnose().verdict
    notes = "; ".join(str(each.message) for each in said)
    steps = fit.tree["sample_stats"]["step_size"].values.mean()
    return (
        f"| {name} | {float(ess_bulk(values).min()):,.0f} | {float(rhat(values).max()):.3f} "
        f"| {steps:.2f} | {seconds:.1f} | {' '.join((notes, verdict)).strip()} | {against} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(DESIGNS))
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--nuts", action="store_true")
    asked = parser.parse_args()
    print("| design | least ESS | largest R-hat | step | seconds | said | largest distance |")
    print("|---|---|---|---|---|---|---|")
    for name in asked.names:
        print(row(name, asked.draws, nuts=asked.nuts), flush=True)


if __name__ == "__main__":
    main()

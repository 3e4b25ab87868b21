"""Densities of what was left out in turn, as ArviZ's values: of rows and of levels."""

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from mixwell.errors import warn
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.pareto_tails import LeftOutRows
from mixwell.text.phrases import and_more

if TYPE_CHECKING:
    from arviz_stats.utils import ELPDDataLOO

__all__ = ["compare_densities", "densities_of_groups", "densities_of_rows"]


def densities_of_rows(
    found: LeftOutRows,
    rows: xr.DataArray,
    samples: int,
    counts: FloatArray | None = None,
) -> "ELPDDataLOO":
    """Return ArviZ's `ELPDData` of rows left out in turn; `rows` has their dim and labels.

    Where rows stand for several equal ones, `counts` (row,), each of these is left out by itself.
    Rows that weigh too much on the posterior (Pareto k above its threshold) are named in one
    `MixwellWarning`.
    """
    from arviz_stats.utils import ELPDDataLOO

    good = min(1 - 1 / np.log10(samples), 0.7) if samples > 1 else 0.7
    times = np.ones(len(found.elpd)) if counts is None else counts
    n = int(times.sum())
    away = found.elpd - np.average(found.elpd, weights=times)
    high = np.flatnonzero(found.k_hat > good)
    if len(high):
        labels = and_more([str(label) for label in rows.to_numpy()[high]], 5)
        subject = "1 row weighs" if len(high) == 1 else f"{len(high)} rows weigh"
        warn(
            f"{subject} too much on the posterior for leave-one-out to be exact "
            f"(Pareto k above {good:.2f}): {labels}."
        )
    return ELPDDataLOO(
        elpd=times @ found.elpd,
        se=np.sqrt(n * (times @ away**2) / max(n - 1, 1)),
        p=times @ (found.lpd - found.elpd),
        n_samples=samples,
        n_data_points=n,
        scale="log",
        warning=bool(len(high)),
        good_k=good,
        elpd_i=rows.copy(data=times * found.elpd),
        pareto_k=rows.copy(data=found.k_hat),
    )


def densities_of_groups(
    factor: str, elpd: FloatArray, k_hat: FloatArray, lpd: FloatArray, n_draws: int
) -> "ELPDDataLOO":
    """Return ArviZ's `ELPDData` of a factor's levels left out in turn; arrays are (n_levels,)."""
    from arviz_stats.utils import ELPDDataLOO

    n, good = len(elpd), min(1 - 1 / np.log10(n_draws), 0.7)
    return ELPDDataLOO(
        elpd=float(elpd.sum()),
        se=float(np.sqrt(n * elpd.var(ddof=1))),
        p=float((lpd - elpd).sum()),
        n_samples=n_draws,
        n_data_points=n,
        scale="log",
        warning=bool((k_hat > good).any()),
        good_k=float(good),
        elpd_i=xr.DataArray(elpd, dims=factor),
        pareto_k=xr.DataArray(k_hat, dims=factor),
    )


def compare_densities(densities: Mapping[str, "ELPDDataLOO"], *, few: bool = False) -> pd.DataFrame:
    """Rank models by ArviZ's comparison of their leave-one-out densities, the best first.

    Where what was left out is `few`, such as groups, errors of differences are those of a sample,
    as those of the densities are: ArviZ divides squares by n and not by n - 1.
    """
    from arviz_stats import compare

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pd.DataFrame(compare(dict(densities), round_to="none"))
    n = next(iter(densities.values())).n_data_points
    if few and n > 1:
        frame["dse"] *= np.sqrt(n / (n - 1))
        away, known = -frame["elpd_diff"] / frame["dse"], frame["p_worse"].notna()
        frame["p_worse"] = frame["p_worse"].where(~known, special.ndtr(away))
    return frame

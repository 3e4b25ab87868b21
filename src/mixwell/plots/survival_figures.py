"""Survival curves as a figure, with those of the data alone as steps."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mixwell.errors import require_choice, require_truth
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.survival.product_limit import nonparametric_survival
from mixwell.interpret.survival.survival_curves import (
    CURVES,
    CurveKind,
    require_time,
    require_times,
)
from mixwell.interpret.survival.survival_curves import survival as curves_of
from mixwell.numeric.arrays import BoolArray
from mixwell.plots.drawn_fit import DrawnFit
from mixwell.show.estimate_figures import draw_chart
from mixwell.text.level_labels import label_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Times at which curves are computed.
_POINTS = 101


def survival(
    fit: DrawnFit,
    by: str | list[str] | None = None,
    times: object = None,
    at: dict[str, object] | None = None,
    *,
    kind: CurveKind = "survival",
    after: float = 0.0,
    data: bool = True,
    **options: Any,
) -> "Figure":
    """Draw survival curves with their intervals, by default up to the longest time of the data.

    Arguments and `options` are those of `fit.survival`. With `data=True` the curve of each cell's
    rows without a model is drawn as dashed steps: Kaplan and Meier's estimate, which knows of
    delayed entry (`trunc(lb = entry)`), or Turnbull's where rows are bounded from the left or from
    both sides. It leaves out grouping factors and all that is not in `by`. There are none for
    hazards, cells by a number, upper truncation, and entry together with such bounds. Raises
    `DataError`.
    """
    require_truth("data", data)
    require_choice("kind", kind, CURVES)
    require_times(fit.spec)
    start = require_time("after", after)
    if times is None:
        longest = float(fit.spec.response.values.max())
        times = np.linspace(start, max(longest, start), _POINTS)[1:]
        times = times if kind == "hazard" else [start, *times]  # at 0 it may be infinite
    made = curves_of(fit.drawn, by, times, at, kind=kind, after=start, **options)
    chart = made.chart
    steps = _steps(fit, made, start) if data and kind == "survival" else None
    if steps is not None and len(steps):
        said = f"{chart.caption}; dashed: the data alone ({_name(fit)})"
        chart = replace(chart, steps=steps, caption=said)
    return draw_chart(chart)


def _name(fit: DrawnFit) -> str:
    codes = fit.spec.response.censoring
    bounded = codes is not None and np.isin(codes, (-1, 2)).any()
    return "Turnbull" if bounded else "Kaplan and Meier"


def _steps(fit: DrawnFit, made: Estimates, start: float) -> pd.DataFrame | None:
    """Return the corners of the steps of each cell: its factors, a time and a height."""
    response = fit.spec.response
    bounded = response.upper is not None and np.isfinite(response.upper).any()
    if bounded or response.columns is not None:
        return None
    *factors, time = made.factors
    cells = made.frame[factors].drop_duplicates() if factors else pd.DataFrame(index=[0])
    rows = _rows_of_cells(fit, dict(zip(factors, made.variables, strict=False)), cells)
    if rows is None:
        return None
    end = float(made.frame[time].max())
    parts = []
    for (_, cell), own in zip(cells.iterrows(), rows, strict=True):
        corners = _corners(fit, own, start, end)
        if corners is None:
            return None
        parts.append(pd.DataFrame({**dict(cell), time: corners[0], "estimate": corners[1]}))
    return pd.concat(parts, ignore_index=True)


def _rows_of_cells(
    fit: DrawnFit, variables: dict[str, str], cells: pd.DataFrame
) -> list[BoolArray] | None:
    """Mark the rows of each cell; None where these are not levels of a factor."""
    data = fit.spec.design.data
    marks = [np.ones(len(data), dtype=bool) for _ in range(len(cells))]
    for factor, variable in variables.items():
        own = np.array([label_of(value) for value in data[variable].tolist()])
        wanted = [label_of(value) for value in cells[factor].tolist()]
        if pd.api.types.is_numeric_dtype(data[variable]) and not np.isin(own, wanted).all():
            return None
        marks = [mark & (own == label) for mark, label in zip(marks, wanted, strict=True)]
    return marks


def _corners(fit: DrawnFit, own: BoolArray, start: float, end: float) -> Any:
    """Return times and heights of the steps of some rows, from `start`, where they are 1."""
    response = fit.spec.response.rows(own)
    counted = None if fit.spec.family.scale else response.weights
    codes = (
        np.zeros(len(response.values), int) if response.censoring is None else response.censoring
    )
    found = nonparametric_survival(
        response.values, codes, response.censoring_upper, response.lower, counted
    )
    if found is None:
        return None
    times, heights = found
    before = heights[times <= start]
    base = float(before[-1]) if len(before) else 1.0
    inside = (times > start) & (times <= end)
    last = min(end, float(np.max(response.values, initial=start)))
    kept = heights[inside] / base if base > 0 else heights[inside]
    height = np.concatenate([[1.0], kept, kept[-1:] if len(kept) else [1.0]])
    return np.concatenate([[start], times[inside], [max(last, *times[inside], start)]]), height

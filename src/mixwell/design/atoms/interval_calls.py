"""`cut()`: numbers into intervals, with R's break points and labels."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from mixwell.design.atoms.call_arguments import BoundArguments
from mixwell.design.atoms.model_frame import FormulaReader, ModelFrame
from mixwell.design.atoms.operators import arithmetic_value
from mixwell.design.atoms.values import Factor
from mixwell.formula import Call, deparse
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.package_options import require_memory

CUT_ARGUMENTS = ("x", "breaks", "labels", "include.lowest", "right", "dig.lab", "ordered.result")


class CutPoints(NamedTuple):
    """Break points, the labels of what lies between them (none: numbers), and which ends belong.

    Each interval has its upper end where `right`, else its lower one; the outermost has both where
    `lowest`.
    """

    breaks: FloatArray
    labels: tuple[str, ...]
    ordered: bool
    right: bool
    lowest: bool


def cut(node: Call, frame: ModelFrame) -> Factor | FloatArray:
    """Cut numbers into intervals as R's cut does, with its labels (or numbers: labels = FALSE)."""
    bound = BoundArguments(node, CUT_ARGUMENTS, frame)
    x = np.asarray(arithmetic_value(bound.value("x"), bound.exprs["x"], frame), dtype=float)
    found = learned_intervals(bound, lambda: (float(np.nanmin(x)), float(np.nanmax(x))))
    codes = _interval(x, found)
    if not found.labels:
        return np.where(codes < 0, np.nan, codes + 1.0)
    return Factor(codes, found.labels, found.ordered)


def learned_intervals(
    bound: BoundArguments, limits: Callable[[], tuple[float, float]]
) -> CutPoints:
    """Return the intervals that a call of cut() asks for; `limits` are the ends of the numbers.

    Raises `FormulaError` for arguments that make none.
    """
    node, frame = bound.node, bound.frame
    if "breaks" not in bound:
        raise frame.error(node, "cut() needs breaks, for example cut(x, c(0, 5, 10)) or cut(x, 3).")
    right, lowest = bound.truth("right", True), bound.truth("include.lowest", False)

    def intervals() -> tuple[FloatArray, tuple[str, ...], bool]:
        breaks = _breaks(node, bound.constant("breaks"), limits, frame)
        labels = _cut_labels(breaks, int(bound.constant("dig.lab", 3)), right, lowest)
        asked = bound.constant("labels")
        if asked is False:
            labels = ()
        elif asked is not None:
            labels = bound.texts("labels")
        if labels and len(labels) != len(breaks) - 1:
            raise frame.error(
                bound.exprs["labels"], f"cut() makes {len(breaks) - 1} intervals here."
            )
        return breaks, labels, bound.truth("ordered.result", False)

    breaks, labels, ordered = frame.learn(node, intervals)
    return CutPoints(breaks, labels, ordered, right, lowest)


_MOST_INTERVALS = 10_000


def _breaks(
    node: Call, given: Any, limits: Callable[[], tuple[float, float]], frame: FormulaReader
) -> FloatArray:
    if isinstance(given, list):
        _require_few(node, len(given) - 1, frame)
        breaks = np.sort(np.asarray(given, dtype=float))
    else:
        count = int(given)
        if count < 2:
            raise frame.error(node, "cut() needs at least two intervals.")
        require_memory(count, deparse(node), where=deparse(node))
        _require_few(node, count, frame)
        low, high = limits()
        if not (np.isfinite(low) and np.isfinite(high)):
            cut = deparse(node.args[0].value)
            said = f"{cut} is infinite in some rows: there are no {count} intervals of one width."
            raise frame.error(node, said, f"Give the ends: cut({cut}, c(-Inf, 0, Inf)).")
        spread = high - low or abs(low)
        breaks = np.linspace(low, high, count + 1)
        # R widens equal-width intervals by a thousandth, so that the extremes fall inside
        breaks[[0, -1]] = low - spread / 1000, high + spread / 1000
    if len(breaks) < 2 or len(np.unique(breaks)) < len(breaks):
        raise frame.error(node, "cut() needs at least two different break points.")
    return breaks


def _require_few(node: Call, count: int, frame: FormulaReader) -> None:
    if count > _MOST_INTERVALS:
        said = f"cut() makes at most {_MOST_INTERVALS:,} intervals, not {count:,}."
        raise frame.error(node, said, f"Use {deparse(node.args[0].value)} itself.")


def _interval(x: FloatArray, found: CutPoints) -> IntArray:
    breaks, right = found.breaks, found.right
    codes = np.searchsorted(breaks, x, side="left" if right else "right").astype(np.int64) - 1
    codes[(codes < 0) | (codes >= len(breaks) - 1) | np.isnan(x)] = -1
    if found.lowest:
        edge, code = (breaks[0], 0) if right else (breaks[-1], len(breaks) - 2)
        codes[x == edge] = code
    return codes


def _cut_labels(breaks: FloatArray, digits: int, right: bool, lowest: bool) -> tuple[str, ...]:
    for precision in range(digits, max(12, digits) + 1):
        texts = [f"{value:.{precision}g}".replace("inf", "Inf") for value in breaks]
        texts = [" Inf" if text == "Inf" else text for text in texts]  # as R pads it
        if len(set(texts)) == len(texts):
            break
    left, closing = ("(", "]") if right else ("[", ")")
    labels = [f"{left}{a},{b}{closing}" for a, b in pairwise(texts)]
    if lowest and right:
        labels[0] = "[" + labels[0][1:]
    elif lowest:
        labels[-1] = labels[-1][:-1] + "]"
    return tuple(labels)

"""Two records of one case, side by side."""

import difflib
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from .record import DENSITIES, Record, sha

#: With tolerance: relative to the largest number of an array.
TOLERANCE, DENSITY_TOLERANCE = 1e-10, 1e-12
#: Below this, likewise relative, a difference is one of rounding, and a kind of its own.
ROUNDING = 1e-13
_LINES = 14


@dataclass
class Differences:
    """What differs in a case: by kind how often, and lines that show it."""

    case: str
    counts: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    def add(self, kind: str, name: str, lines: list[str]) -> None:
        self.counts[kind] += 1
        self.lines.append(f"  [{kind}] {name}")
        self.lines += [f"      {line}" for line in lines]


def differences(case: str, old: Record, new: Record, *, tolerant: bool) -> Differences:
    """Compare two records: texts line by line, numbers bit by bit or within the tolerance."""
    found = Differences(case)
    for kind, ours, theirs in (
        ("text", old.texts, new.texts),
        ("labels", old.labels, new.labels),
    ):
        _missing(found, ours, theirs)
        for name in ours:
            if name in theirs and ours[name] != theirs[name]:
                found.add(kind, name, _diff(ours[name], theirs[name]))
    _missing(found, old.arrays, new.arrays)
    for name, (kind, values) in old.arrays.items():
        if name in new.arrays:
            said, relative = _unequal(values, new.arrays[name][1])
            limit = DENSITY_TOLERANCE if kind == DENSITIES else TOLERANCE
            if said and not (tolerant and relative <= limit):
                found.add("rounding" if relative <= ROUNDING else kind, name, [said])
    return found


def _missing(found: Differences, old: dict, new: dict) -> None:
    for name in old:
        if name not in new:
            found.add("missing", name, [])
    for name in new:
        if name not in old:
            found.add("added", name, [])


def _diff(old: str, new: str) -> list[str]:
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1))[2:]
    lines = lines or [f"- {old!r}", f"+ {new!r}"]
    more = [f"... {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    return [line[:200] for line in lines[:_LINES]] + more


def _unequal(old: np.ndarray, new: np.ndarray) -> tuple[str, float]:
    """Say how two arrays differ, and by how much; the empty text where they do not."""
    if old.shape != new.shape:
        return f"shape {old.shape} became {new.shape}", np.inf
    if sha(old) == sha(new):
        return "", 0.0
    with np.errstate(all="ignore"):
        gap = np.where((old == new) | (np.isnan(old) & np.isnan(new)), 0.0, np.abs(new - old))
        finite = np.abs(old[np.isfinite(old)])
        scale = float(finite.max()) if finite.size else 0.0
    gap = np.where(np.isnan(gap), np.inf, gap)
    relative = float(gap.max()) / scale if scale else float(gap.max())
    place = np.unravel_index(int(gap.argmax()), gap.shape)
    where = f" at {tuple(map(int, place))}" if place else ""
    was, now = float(old[place]), float(new[place])
    said = (
        f"{int((gap > 0).sum())} of {gap.size} differ, at most by {float(gap.max()):.3g} "
        f"({relative:.2g} of the largest): {was!r} became {now!r}{where}"
    )
    return said, relative

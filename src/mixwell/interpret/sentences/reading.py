"""The weights of one variable as words: a value, an average, a difference, a slope or a trend."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mixwell.design.atoms.atom import FactorAtom
from mixwell.interpret.weights.curves import Curve
from mixwell.interpret.weights.lines import Line
from mixwell.interpret.weights.point_grid import GridVariable
from mixwell.numeric.arrays import FloatArray
from mixwell.text.phrases import fraction, listed, number, scaled, signed_sum

EXACT = 1e-9
# More names than this are not listed in a sentence.
MOST_NAMES = 4
MOST_WEIGHTS = 6
DEGREES = {".L": "linear", ".Q": "quadratic", ".C": "cubic"}


@dataclass(frozen=True, slots=True)
class Level:
    """Weights that add up to one: a value (`text` is "direction = left") or an average.

    Of an average `text` is what is averaged over: "the levels of direction".
    """

    text: str
    averaged: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Weights that add up to zero.

    `alone` is the change as a sentence with its scale, `noun` inside a sentence and without it;
    `growth` how something else changes along it ("from left to right", "per unit of Days") and
    `more` how a change itself does ("at right than at left", "per unit of Days");
    `against` its words for a ratio, None where only the linear predictor has words for it. `leads`
    marks slopes and trends, which come first in an interaction; `where` is the value at which a
    curve's slope is taken.
    """

    scale: float
    alone: str
    noun: str
    growth: str
    more: str
    against: str | None
    leads: bool = False
    where: str = ""


type Reading = Level | Change


def read_key(variable: GridVariable, key: int) -> Reading:
    """Return what a variable contributes to a column that it enters by this key; 0 is absence."""
    match variable.shape:
        case FactorAtom():
            return _factor(variable, key)
        case Line():
            return _line(variable.shape, key)
        case Curve():
            return _curve(variable.shape, key)


def read_weights(variable: GridVariable, weights: FloatArray) -> Reading | None:
    """Return what weights on a variable's points mean, None where no words fit."""
    for key, known in enumerate(variable.weights):
        if np.abs(weights - known).max() < EXACT:
            return read_key(variable, key)
    if not isinstance(variable.shape, FactorAtom):
        return None
    total = float(weights.sum())
    if abs(total - 1) < EXACT:
        return _level(variable, weights)
    return _difference(variable, weights) if abs(total) < EXACT else None


def _line(line: Line, key: int) -> Reading:
    if key == 0:
        return Level(line.at)
    per = f"per {line.per}"
    return Change(1.0, line.alone, line.noun, per, per, per, leads=True)


def _curve(curve: Curve, key: int) -> Reading:
    if key == 0:
        return Level(curve.at, curve.averaged)
    part = curve.parts[key - 1]
    return replace(_along(part.scale, part.text, part.noun), where=part.where)


def _factor(variable: GridVariable, key: int) -> Reading:
    atom = variable.shape
    assert isinstance(atom, FactorAtom)
    weights = variable.weights[key]
    if key == 0:
        return _level(variable, weights)
    ((_, full, column),) = variable.keys[key]
    if full or atom.contrast.is_full:
        return _level(variable, weights)
    label = atom.contrast.labels[column]
    if atom.contrast.name == "polynomial":
        return _trend(variable, weights, label)
    return _difference(variable, weights, f"the contrast {label} of {variable.name}")


def _level(variable: GridVariable, weights: FloatArray) -> Level:
    used, name = np.flatnonzero(np.abs(weights) > EXACT), variable.name
    if len(used) == 1:
        return Level(variable.settings[used[0]])
    if np.ptp(weights[used]) < EXACT:
        text = f"{len(used)} levels of {name}"
        if len(used) == len(weights):
            text = f"the levels of {name}"
        elif len(used) <= MOST_NAMES:
            text = f"{listed([variable.points[i] for i in used])} of {name}"
    elif len(used) <= MOST_WEIGHTS:
        sizes = listed([f"{number(weights[i], 3)} {variable.points[i]}" for i in used])
        text = f"{name} with weights {sizes}"
    else:
        text = f"the levels of {name} with unequal weights"
    return Level(text, averaged=True)


def _difference(variable: GridVariable, weights: FloatArray, noun: str = "") -> Change:
    """Read zero-sum weights as a scaled difference of two means of levels, where they are one."""
    up, down = np.flatnonzero(weights > EXACT), np.flatnonzero(weights < -EXACT)
    scale = float(weights[up].sum())
    if np.ptp(weights[up]) > EXACT or np.ptp(weights[down]) > EXACT:
        return _irregular(variable, weights, noun or f"a contrast of {variable.name}")
    high, low = _group(variable, up, down), _group(variable, down, up)
    single = len(up) == len(down) == 1
    comma = "," if " and " in high else ""
    between = f"the difference between {high}{comma} and {low}"
    alone = f"{high} minus {low}" if fraction(scale) == "1" else scaled(scale, between)
    noun = f"the {high} - {low} difference" if single else between
    more = f"at {high} than at {low}"
    return Change(scale, alone, noun, f"from {low} to {high}", more, f"{high} against {low}")


def _group(variable: GridVariable, members: np.ndarray, others: np.ndarray) -> str:
    labels: list[str] = [variable.labels[i] for i in members]
    if len(labels) == 1:
        return labels[0]
    if len(labels) <= MOST_NAMES:
        return f"the mean of {listed(labels)}"
    everything = len(members) + len(others) == len(variable.points)
    if everything and len(others) <= MOST_NAMES:
        return f"the mean of the other {len(labels)} levels"
    neighbors = bool((np.diff(members) == 1).all())
    count = "" if neighbors else f"{len(labels)} levels, "
    return f"the mean of {count}{labels[0]} to {labels[-1]}"


def _irregular(variable: GridVariable, weights: FloatArray, noun: str) -> Change:
    start = noun.removeprefix("the ")
    if np.count_nonzero(np.abs(weights) > EXACT) <= MOST_NAMES:
        return _along(1.0, f"{start}: {weighted_sum(variable.labels, weights)}", noun)
    return _along(1.0, f"{start}, with weights on its {len(weights)} levels", noun)


def _along(scale: float, alone: str, noun: str) -> Change:
    """Return a change that has no two sides: a trend, or a contrast with uneven weights."""
    along = f"along {noun}"
    return Change(scale, alone, noun, along, along, None, leads=True)


def weighted_sum(labels: Sequence[str], weights: FloatArray) -> str:
    """Write a sum with its weights: `0.5 x low - 0.5 x mid`.

    >>> weighted_sum(["low", "mid", "high"], np.array([1.0, -0.5, -0.5]))
    'low - 1/2 x mid - 1/2 x high'
    """
    used = np.flatnonzero(np.abs(weights) > EXACT)
    if len(used) > MOST_WEIGHTS:
        return f"weights on {len(used)} levels"
    sizes = {i: fraction(abs(float(weights[i]))) for i in used.tolist()}
    return signed_sum(
        (bool(weights[i] < 0), labels[i] if size == "1" else f"{size} x {labels[i]}")
        for i, size in sizes.items()
    )


def _trend(variable: GridVariable, weights: FloatArray, label: str) -> Change:
    """Read a column of polynomial coding as a trend over the levels."""
    degree = DEGREES.get(label, f"degree-{label.removeprefix('^')}")
    noun = f"the {degree} trend over {variable.name}"
    plain = _difference(variable, weights, noun)
    steps = np.arange(len(weights)) - (len(weights) - 1) / 2
    slope = float(weights @ steps)
    straight = np.abs(weights - slope * steps / (steps @ steps)).max() < EXACT
    if len(weights) > 3 and label == ".L" and straight:
        rise = f"the rise per level of the straight line through the {len(weights)} levels"
        return _along(slope, f"{noun[4:]}: {scaled(slope, rise)}", noun)
    if plain.against is None or len(weights) == 2:
        return plain
    return _along(plain.scale, f"{noun[4:]}: {plain.alone}", noun)

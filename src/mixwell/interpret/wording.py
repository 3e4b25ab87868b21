"""Weights to one sentence that a person would write.

A sentence is put together from what each variable contributes (`reading.py`): no difference makes
a mean, one a difference or a slope, two a difference of differences. On log and logit links
differences are ratios and odds ratios.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.interpret.meaning import Meaning, Part
from mixwell.interpret.phrases import fraction, listed, scaled
from mixwell.interpret.reading import (
    MOST_WEIGHTS,
    Change,
    Level,
    Reading,
    read_key,
    read_weights,
    weighted_sum,
)
from mixwell.interpret.support import Grid

KINDS = {0: "mean", 1: "difference", 2: "difference of differences"}


@dataclass(frozen=True, slots=True)
class Scale:
    """The words of a link: what a level of it is called, and what a difference on it becomes.

    `ratio` is None on scales where differences stay differences; `level` and `ratio` are what
    exp() of a coefficient is, `linear_level` and `linear_ratio` the coefficient itself.
    """

    level: str = "mean"
    ratio: str | None = None
    linear_level: str = "mean"
    linear_ratio: str = "difference"
    suffix: str = ""


IDENTITY = Scale()


def scale_of(link: str, quantity: str = "mean", *, rate: bool = False) -> Scale:
    """Return the words for a link; `quantity` is what the parameter is, `rate` for an offset.

    >>> scale_of("logit").ratio, scale_of("log").ratio, scale_of("probit").suffix
    ('odds ratio', 'ratio of means', 'on the probit scale')
    """
    if link == "identity":
        return Scale(quantity, None, quantity)
    if link == "logit":
        return Scale("odds", "odds ratio", "log odds", "log odds ratio", "on the log odds scale")
    if link == "log" and rate:
        return Scale("rate", "rate ratio", "log rate", "log rate ratio", "on the log scale")
    if link == "log":
        ratio = "ratio of means" if quantity == "mean" else f"ratio of {quantity}"
        logs = f"log {quantity}", f"log {ratio}"
        return Scale(quantity, ratio, *logs, "on the log scale")
    on = f"on the {link} scale"
    return Scale(quantity, None, quantity, "difference", on)


@dataclass(frozen=True, slots=True)
class Wording:
    """A coefficient in words.

    `sentence` stands alone; `noun` is the same inside a sentence, on the scale of the linear
    predictor; `measure` is the kind of quantity; `scale` the multiplier that the sentence prints;
    `exponential` says that exp() of the coefficient is what the sentence names.
    """

    sentence: str
    noun: str
    measure: str
    scale: float
    exponential: bool


def word(grid: Grid, meaning: Meaning, words: Scale = IDENTITY) -> Wording:
    """Return a coefficient's meaning in words."""
    if not meaning.found:
        text = "a combination of many cells; no short reading was found"
        return Wording(text, f"the coefficient {meaning.name}", "combination", 1.0, False)
    readings = _readings(grid, meaning)
    if readings is None:
        return _cell_wording(grid, meaning, words)
    changes = sorted(
        (r for r in readings if isinstance(r, Change)), key=lambda change: not change.leads
    )
    tail = _tail([r for r in readings if isinstance(r, Level)])
    scale = _printed_scale(changes)
    measure = _measure(changes, words)
    noun = _noun(changes, words) + tail
    ratio = words.ratio is not None and all(change.against for change in changes)
    if ratio:
        return Wording(_ratio(changes, words, scale) + tail, noun, measure, scale, True)
    sentence = _plain(changes, words, scale) + tail
    if words.suffix:
        sentence += f", {words.suffix}"
    return Wording(sentence, noun, measure, scale, False)


def _readings(grid: Grid, meaning: Meaning) -> list[Reading] | None:
    """Read the named variables in order; None where weights are no product over variables."""
    by_variable: dict[int, Part] = {}
    for part in meaning.parts:
        if len(part.variables) > 1 and set(part.variables) & set(meaning.named):
            return None
        by_variable[part.variables[0]] = part
    readings: list[Reading] = []
    column = grid.names.index(meaning.name)
    for v in meaning.named:
        variable, part = grid.variables[v], by_variable[v]
        key = int(grid.index[column, v])
        own = np.array_equal(part.weights, variable.weights[key])
        reading = read_key(variable, key) if own else read_weights(variable, part.weights)
        if reading is None:
            return None
        readings.append(reading)
    return readings


def _printed_scale(changes: Sequence[Change]) -> float:
    """Multiply the scales; a trend inside an interaction stands for itself."""
    if len(changes) == 1:
        return changes[0].scale
    return float(np.prod([c.scale for c in changes if c.against is not None]))


def _measure(changes: Sequence[Change], words: Scale) -> str:
    if words.ratio is not None:
        if not changes:
            return words.linear_level
        return words.linear_ratio if len(changes) == 1 else f"difference of {words.linear_ratio}s"
    if not changes:
        return words.level
    if changes[0].leads:
        kind = "trend" if changes[0].against is None else "slope"
        return kind if len(changes) == 1 else f"difference of {kind}s"
    return "difference" + " of differences" * (len(changes) - 1)


def _tail(levels: Sequence[Level]) -> str:
    """Say where the comparison is made and what it is averaged over."""
    at = [level.text for level in levels if not level.averaged]
    over = [level.text for level in levels if level.averaged]
    text = f" at {', '.join(at)}" if at else ""
    if over:
        text += f", averaged over {_levels_of(over)}"
    return text


def _levels_of(texts: Sequence[str]) -> str:
    start = "the levels of "
    plain = [text.removeprefix(start) for text in texts if text.startswith(start)]
    rest = [text for text in texts if not text.startswith(start)]
    return listed(([start + listed(plain)] if plain else []) + rest)


def _plain(changes: Sequence[Change], words: Scale, scale: float) -> str:
    if not changes:
        return words.level
    if len(changes) == 1:
        return changes[0].alone + ","
    grown = _growth(changes[:-1])
    return scaled(scale, f"how much {grown} grows {changes[-1].growth}") + ","


def _growth(changes: Sequence[Change]) -> str:
    text = changes[0].noun
    for change in changes[1:]:
        text = f"the growth of {text} {change.growth}"
    return text


def _ratio(changes: Sequence[Change], words: Scale, scale: float) -> str:
    if not changes:
        return words.level
    name = "ratio of ratios of " * max(0, len(changes) - 2)
    return name


def _noun(changes: Sequence[Change], words: Scale) -> str:
    return ""


def _cell_wording(grid: Grid, meaning: Meaning, words: Scale) -> Wording:
    raise NotImplementedError

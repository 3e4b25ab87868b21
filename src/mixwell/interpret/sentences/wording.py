"""Weights to one sentence that a person would write.

A sentence is put together from what each variable contributes (`reading.py`): no difference makes
a mean, one a difference or a slope, two a difference of differences. On log and logit links
differences are ratios and odds ratios.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.families.link import LinkWords
from mixwell.interpret.sentences.reading import (
    MOST_WEIGHTS,
    Change,
    Level,
    Reading,
    read_key,
    read_weights,
    weighted_sum,
)
from mixwell.interpret.weights.cells import named_cells
from mixwell.interpret.weights.meaning import Meaning
from mixwell.interpret.weights.point_grid import PointGrid
from mixwell.text.phrases import fraction, listed, scaled

#: The words of a mean as it is.
PLAIN = LinkWords()


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
    scale: float = 1.0
    exponential: bool = False


def word(grid: PointGrid, meaning: Meaning, words: LinkWords = PLAIN) -> Wording:
    """Return a coefficient's meaning in words."""
    if not meaning.found:
        text = "a combination of many cells, for which no short reading was found"
        return Wording(text, f"the coefficient {meaning.name}", "combination")
    readings = _readings(grid, meaning)
    if readings is None:
        return _cell_wording(grid, meaning, words)
    changes = [reading for reading in readings if isinstance(reading, Change)]
    changes.sort(key=lambda change: not change.leads)
    levels = [reading for reading in readings if isinstance(reading, Level)]
    scale = _printed_scale(changes)
    exponential = words.ratio is not None and all(change.against for change in changes)
    say = _ratio if exponential else _plain
    levels += [Level(change.where) for change in changes if change.where]
    tail = _tail(levels, words, ratio=exponential)
    comma = "," if changes and tail.startswith(" ") else ""
    sentence = say(changes, words, scale) + comma + tail
    if words.suffix and not exponential:
        sentence += f", {words.suffix}"
    noun = _noun(changes, words, scale) + ("," if comma and exponential else "") + tail
    return Wording(sentence, noun, _measure(changes, words), scale, exponential)


def _readings(grid: PointGrid, meaning: Meaning) -> list[Reading] | None:
    """Read the named variables in order; None where weights are no product over variables."""
    if any(len(part.variables) > 1 for part in meaning.parts):
        return None
    by_variable = {part.variables[0]: part for part in meaning.parts}
    readings: list[Reading] = []
    for v in meaning.named:
        variable, part = grid.variables[v], by_variable[v]
        key = int(grid.index[meaning.column, v])
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
    return float(np.prod([change.scale for change in changes if change.against is not None]))


def _measure(changes: Sequence[Change], words: LinkWords) -> str:
    if not changes:
        return words.linear_level
    if any(change.against is None for change in changes):
        one, many = "trend", "trends"
    elif words.ratio is None and changes[0].leads:
        one, many = "slope", "slopes"
    else:
        one, many = words.linear_ratio, words.linear_ratios
    if len(changes) == 1:
        return one
    return "difference of " + "differences of " * (len(changes) - 2) + many


def _tail(levels: Sequence[Level], words: LinkWords, *, ratio: bool) -> str:
    """Say where the comparison is made and what it is averaged over."""
    at = [level.text for level in levels if not level.averaged]
    over = [level.text for level in levels if level.averaged]
    text = f" at {', '.join(at)}" if at else ""
    if over:
        text += f", averaged over {_averages(over)}"
        if ratio:
            text += f" {words.suffix}"
    return text


def _averages(texts: Sequence[str]) -> str:
    start = "the levels of "
    plain = [text.removeprefix(start) for text in texts if text.startswith(start)]
    rest = [text for text in texts if not text.startswith(start)]
    return listed(([start + listed(plain)] if plain else []) + rest)


def _plain(changes: Sequence[Change], words: LinkWords, scale: float) -> str:
    if not changes:
        return words.level
    if len(changes) == 1:
        return changes[0].alone
    if len(changes) == 2:
        return scaled(scale, f"how much {changes[0].noun} grows {changes[1].growth}")
    return scaled(scale, _more(changes))


def _more(changes: Sequence[Change]) -> str:
    """Put three or more changes into words, the later ones around the earlier ones."""
    first, second, third, *rest = changes
    text = f"how much more {first.noun} grows {second.growth} {third.more}"
    for change in rest:
        text = f"the growth {change.growth} of {text}"
    return text


def _ratio(changes: Sequence[Change], words: LinkWords, scale: float) -> str:
    if not changes:
        return words.level
    if len(changes) == 1:
        text = str(words.ratio)
    else:
        text = "ratio of " + "ratios of " * (len(changes) - 2) + words.ratios
    size = fraction(scale)
    if size != "1":
        text += f" to the power {size}"
    return text + _against(changes)


def _against(changes: Sequence[Change]) -> str:
    """Say what is set against what; averages of levels are geometric means behind a log."""
    text = ""
    for change in changes:
        what = str(change.against).replace("the mean of", "the geometric mean of")
        text += f" {what}" if what.startswith("per ") and not text else f", {what}"
    return text


def _noun(changes: Sequence[Change], words: LinkWords, scale: float) -> str:
    if words.ratio is not None and all(change.against for change in changes):
        name = f"the {_measure(changes, words)}"
        return scaled(scale, name) + _against(changes)
    if not changes:
        return f"the {words.linear_level}"
    if len(changes) == 1:
        return changes[0].noun if changes[0].against is None else scaled(scale, changes[0].noun)
    if len(changes) == 2:
        return scaled(scale, f"the growth of {changes[0].noun} {changes[1].growth}")
    return scaled(scale, _more(changes))


def _cell_wording(grid: PointGrid, meaning: Meaning, words: LinkWords) -> Wording:
    """Write out weights on cells that are no product over variables."""
    cells, weights = named_cells(grid, meaning)
    variables = [grid.variables[v] for v in meaning.named]
    where = " x ".join(variable.name for variable in variables)
    difference = abs(float(weights.sum())) < 1e-9
    suffix = f", {words.suffix}" if words.suffix else ""
    measure = words.linear_ratio if difference else words.linear_level
    noun = f"the coefficient {meaning.name}"
    if len(weights) > MOST_WEIGHTS:
        return Wording(f"a combination of {len(weights)} cells of {where}", noun, measure)
    labels = [
        "(" + ", ".join(v.labels[i] for v, i in zip(variables, row, strict=True)) + ")"
        for row in cells
    ]
    if difference and sorted(weights.tolist()) == [-1.0, 1.0]:
        low, high = (labels[k] for k in np.argsort(weights))
        if words.ratio is not None:
            against = f", {high} against {low}"
            return Wording(words.ratio + against, f"the {measure}{against}", measure, 1.0, True)
        return Wording(f"{high} minus {low}{suffix}", f"the {high} - {low} difference", measure)
    order = np.argsort(weights < 0, kind="stable")
    text = weighted_sum([labels[k] for k in order], weights[order])
    return Wording(f"{text}, cells of {where}{suffix}", noun, measure)

"""emmeans's printed layout: means, trends and contrasts in blocks of the factors in `by`."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mixwell.families import Family
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.numeric.arrays import FloatArray
from mixwell.r.dialect.family_facts import response_word
from mixwell.text.alignment import aligned
from mixwell.text.numbers import show_values
from mixwell.text.r_numbers import R_GAP, format_numbers, zapped
from mixwell.text.wrapping import paragraphs

_ON_THE_LINK = "Results are given on the link (not the response) scale."
#: What the column of a contrast is called, by the scale of the estimates.
RATIOS = {"odds ratio": "odds.ratio", "ratio": "ratio"}


#: The column of groups that multcomp's `cld()` adds.
GROUP_LETTERS = "letters"


def emmeans_frame(made: Estimates, column: str) -> pd.DataFrame:
    """Return the estimates under emmeans's column names; `SE` is the posterior's sd."""
    kind = made.settings.ends.upper()
    names = {"estimate": column, "sd": "SE", "lower": f"lower.{kind}", "upper": f"upper.{kind}"}
    frame = made.frame.rename(columns=names)
    kept = [*made.factors, *names.values()]
    if made.estimand == "contrast":
        frame = frame.rename(columns={"p_direction": "p.direction"})
        kept.append("p.direction")
    if GROUP_LETTERS in frame:
        frame = frame.rename(columns={GROUP_LETTERS: ".group"})
        kept.append(".group")
    return frame[kept]


def emmeans_text(made: Estimates, column: str) -> str:
    """Return the text of emmeans's `print()`."""
    frame = emmeans_frame(made, column)
    inner = [name for name in made.factors if name not in made.by]
    labels = {name: show_values(frame[name].tolist()) for name in inner}
    numbers = [str(name) for name in frame.columns if name not in made.factors]
    digits = _digits(frame[column].to_numpy(dtype=float), frame["SE"].to_numpy(dtype=float))
    cells = {name: _written(name, frame[name], digits) for name in numbers}
    cells[column] = [text.replace("NA", "nonEst") for text in cells[column]]
    header = ["", *inner, *numbers]
    sides = [False, *[False] * len(inner), *(name != ".group" for name in numbers)]
    rows = [["", *parts] for parts in zip(*labels.values(), *cells.values(), strict=True)]
    # all blocks share the widths of the columns
    lines = aligned([header, *rows], sides, R_GAP)
    parts: list[str] = []
    for title, members in blocks_of(frame, made.by).items():
        parts += [*([f"{title}:"] if title else []), lines[0], *(lines[1 + k] for k in members), ""]
    scale = [_ON_THE_LINK] if made.scale == "link" else []
    said = f"{made.settings.sentence.capitalize()}; SE: {_spread(made)}."
    letters = (made.letters_said,) if made.letters_said else ()
    return "\n".join([*parts, *paragraphs((*scale, *made.notes, *letters, said))])


def _spread(made: Estimates) -> str:
    """Say what stands in the column SE: of ratios as emmeans has it, by the delta method."""
    spread = "posterior standard deviation"
    return f"{spread} of the log, times the ratio" if made.settings.scale else spread


def blocks_of(frame: pd.DataFrame, by: tuple[str, ...]) -> Mapping[str, list[int]]:
    """Return the places of the rows of each block of the factors in `by`, by its title."""
    if not by:
        return {"": list(range(len(frame)))}
    blocks: dict[str, list[int]] = {}
    levels = [show_values(frame[name].tolist()) for name in by]
    for row, parts in enumerate(zip(*levels, strict=True)):
        pairs = zip(by, parts, strict=True)
        blocks.setdefault(", ".join(f"{name} = {level}" for name, level in pairs), []).append(row)
    return blocks


def _written(name: str, values: "pd.Series[float]", digits: int) -> list[str]:
    if name == ".group":
        return list(map(str, values))
    if name == "p.direction":
        return [f"{value:.4f}" if np.isfinite(value) else "NA" for value in values]
    return format_numbers(zapped(values), digits)


def _digits(estimate: FloatArray, se: FloatArray) -> int:
    """Return how many figures distinguish the ends of the intervals (emmeans' `.opt.dig`)."""
    needed = [3]
    for value, width in zip(estimate, 4 * se, strict=True):
        largest = max(abs(value - width / 2), abs(value + width / 2))
        if np.isfinite(largest) and width > 0 and largest > 0:
            needed.append(round(1.51 - float(np.log10(width / largest))))
    return max(needed)


def column_of(made: Estimates, family: Family | None = None) -> str:
    """Return what emmeans calls the column of the estimates."""
    if made.estimand == "contrast":
        return RATIOS.get(made.scale, "estimate")
    if family is None or made.scale == "link" or family.link.linear:
        return "emmean"
    return response_word(family)

"""Explanations as text and as HTML."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from mixwell.families.links import LINKS
from mixwell.text.phrases import fraction, number

WIDTH = 100
WIDEST_NAME = 30
MOST_CELLS = 40
SUMMED = {
    "identity": "observed means",
    "log": "the logs of the observed means",
    "logit": "the log odds of the observed proportions",
}
SECTIONS = {
    "coefficients": "Fixed effects",
    "parameters": "Coefficients of further parameters",
    "random": "Random effects",
    "auxiliary": "Further parameters",
    "left out": "Left out of the model",
}


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What is said of one parameter.

    `name` is its name in `fit.summary()`; `group` the section it is printed in; `term` that of the
    formula; `sentence` what it is and `measure` what kind of quantity; `scale` the multiplier in
    the sentence (2/3, 0.707, 1). `exponential` says that exp() of the coefficient is what the
    sentence names. `values` holds estimate, lower and upper, and `exp_values` those of exp() of
    the draws; `link` the scale of the linear predictor.
    """

    name: str
    group: str
    term: str
    sentence: str
    measure: str
    scale: float = 1.0
    exponential: bool = False
    warnings: tuple[str, ...] = ()
    values: tuple[float, float, float] | None = None
    exp_values: tuple[float, float, float] | None = None
    link: str = "identity"


def explanation_text(formula: str, notes: Sequence[str], entries: Sequence[Told]) -> str:
    """Return a section for each kind of parameter, a line for each, and numbered warnings."""
    lines = ["What the parameters mean", *(f"  {text}" for text in formula.split("\n"))]
    lines += [_wrapped(note, "  ") for note in notes]
    numbers = _numbered(entries)
    for group, heading in SECTIONS.items():
        members = [entry for entry in entries if entry.group == group]
        if members:
            lines += ["", heading]
            lines += _rows(members, numbers)
    if numbers:
        lines += ["", "Warnings"]
        lines += [_wrapped(text, f"  [{k}] ") for text, k in numbers.items()]
    return "\n".join(lines)


def _numbered(entries: Sequence[Told]) -> dict[str, int]:
    texts = dict.fromkeys(text for entry in entries for text in entry.warnings)
    return {text: k for k, text in enumerate(texts, start=1)}


def _rows(entries: Sequence[Told], numbers: dict[str, int]) -> list[str]:
    heads = [entry.name for entry in entries]
    stub = max((len(h) for h in heads if len(h) <= WIDEST_NAME), default=WIDEST_NAME)
    lines = []
    for entry, head in zip(entries, heads, strict=True):
        marks = "".join(f" [{numbers[text]}]" for text in entry.warnings)
        start = f"  {head:<{stub}}  "
        if len(head) > stub:
            lines.append(f"  {head}")
            start = " " * (stub + 4)
        body = [entry.sentence + marks]
        if entry.values is not None:
            body = [_value_text(entry), *body]
        for text in body:
            lines.append(_wrapped(text, start, " " * (stub + 4)))
            start = " " * (stub + 4)
    return lines


def _value_text(entry: Told) -> str:
    assert entry.values is not None
    text = interval_text(entry.values)
    if entry.exp_values is not None:
        text += f"   exp: {interval_text(entry.exp_values)}"
    return text


def interval_text(values: tuple[float, float, float]) -> str:
    """Write estimate, lower and upper with two digits of the interval's width.

    >>> interval_text((10.467, 7.61, 13.12))
    '10.5 [7.6, 13.1]'
    """
    estimate, lower, upper = (_figure(value, values) for value in values)
    return f"{estimate} [{lower}, {upper}]"


def _figure(value: float, values: tuple[float, float, float]) -> str:
    width = values[2] - values[1]
    places = (
        3
        if not np.isfinite(width) or width <= 0
        else int(np.clip(1 - np.floor(np.log10(width)), 0, 8))
    )
    text = f"{value:.{places}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _wrapped(text: str, first: str = "", rest: str | None = None) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def entry_text(entry: Told, frame: pd.DataFrame) -> str:
    """Return one parameter's sentence, warnings and cells."""
    lines = [entry.name]
    if entry.values is not None:
        lines.append(f"  {_value_text(entry)}")
    lines.append(_wrapped(entry.sentence, "  "))
    if entry.exponential:
        lines.append(f"  (the coefficient is the {entry.measure}: exp() gives what is named here)")
    lines += [_wrapped(text, "  ! ") for text in entry.warnings]
    if len(frame):
        lines += ["", *_table(frame)]
        lines += [_wrapped(text, "  ") for text in _below(entry, frame)]
    return "\n".join(lines)


def _below(entry: Told, frame: pd.DataFrame) -> list[str]:
    """Say how the weights and the cells' means go together."""
    texts = []
    if "mean" in frame and entry.link in SUMMED and frame["mean"].notna().all():
        total = float(frame["weight"] @ LINKS[entry.link](frame["mean"].to_numpy()))
        if np.isfinite(total):
            text = f"Weights times {SUMMED[entry.link]}: {number(total)}"
            if entry.exponential:
                text += f", exp: {number(float(np.exp(total)))}"
            texts.append(text + ".")
    if "estimate" in frame:
        texts.append(
            "estimate: the model's value of the cell on the scale of the linear predictor."
        )
    return texts


def _table(frame: pd.DataFrame) -> list[str]:
    cells = {str(name): _column(frame[name].tolist(), str(name)) for name in frame.columns}
    widths = {name: max(len(name), *map(len, column)) for name, column in cells.items()}
    right = {"weight", "mean", "rows", "estimate", "lower", "upper"}

    def put(text: str, name: str) -> str:
        return text.rjust(widths[name]) if name in right else text.ljust(widths[name])

    lines = ["  " + "  ".join(put(name, name) for name in cells)]
    count = min(len(frame), MOST_CELLS)
    for i in range(count):
        lines.append("  " + "  ".join(put(column[i], name) for name, column in cells.items()))
    if len(frame) > count:
        lines.append(f"  ... and {len(frame) - count} more cells: see .cells")
    return [line.rstrip() for line in lines]


def _column(values: Sequence[object], name: str) -> list[str]:
    if name == "weight":
        texts = [fraction(abs(float(str(v)))) for v in values]
        return [("-" if float(str(v)) < 0 else "") + t for v, t in zip(values, texts, strict=True)]
    return [
        ("-" if np.isnan(v) else number(v, 4)) if isinstance(v, float) else str(v) for v in values
    ]


_RULE = "1px solid rgba(128, 128, 128, 0.45)"
_PLAIN = "background: transparent; color: inherit; border: none;"
_CELL = "padding: 0.2em 0.7em; text-align: left; vertical-align: top;"
_CODE = '<code style="background: transparent; color: inherit;">{}</code>'


def explanation_html(formula: str, notes: Sequence[str], entries: Sequence[Told]) -> str:
    """Return the sentences as an HTML table with inline style, for notebooks of any theme."""
    numbers = _numbered(entries)
    body = []
    for group, heading in SECTIONS.items():
        members = [entry for entry in entries if entry.group == group]
        if members:
            body.append(
                f'<tr style="{_PLAIN} border-bottom: {_RULE};"><th colspan="3" style="{_CELL} '
                f'padding-top: 0.8em;">{escape(heading)}</th></tr>'
            )
        body += [_html_row(entry, numbers) for entry in members]
    said = "<br>".join(escape(note) for note in notes)
    warnings = "".join(
        f'<p style="margin: 0.3em 0; opacity: 0.8;">[{k}] {escape(text)}</p>'
        for text, k in numbers.items()
    )
    formulas = "<br>".join(escape(text) for text in formula.split("\n"))
    return (
        '<div class="mixwell-explanation" style="color: inherit; max-width: 70em;">'
        f'<p style="margin: 0 0 0.4em 0;"><b>What the parameters mean</b><br>{formulas}</p>'
        f'<p style="margin: 0 0 0.4em 0; opacity: 0.8;">{said}</p>'
        f'<table style="border-collapse: collapse; {_PLAIN}">{"".join(body)}</table>{warnings}'
        "</div>"
    )


def _html_row(entry: Told, numbers: dict[str, int]) -> str:
    marks = "".join(f" [{numbers[text]}]" for text in entry.warnings)
    value = "" if entry.values is None else escape(_value_text(entry))
    return (
        f'<tr style="{_PLAIN}"><td style="{_CELL}">{_CODE.format(escape(entry.name))}</td>'
        f'<td style="{_CELL} white-space: nowrap;">{value}</td>'
        f'<td style="{_CELL}">{escape(entry.sentence + marks)}</td></tr>'
    )


def entry_html(entry: Told, frame: pd.DataFrame) -> str:
    """Return one parameter's sentence, warnings and cells as HTML."""
    frame = frame.head(MOST_CELLS)
    columns = {str(name): _column(frame[name].tolist(), str(name)) for name in frame.columns}
    head = "".join(f'<th style="{_CELL}">{escape(name)}</th>' for name in columns)
    rows = "".join(
        f'<tr style="{_PLAIN}">'
        + "".join(f'<td style="{_CELL}">{escape(column[i])}</td>' for column in columns.values())
        + "</tr>"
        for i in range(len(frame))
    )
    value = f"<br>{escape(_value_text(entry))}" if entry.values is not None else ""
    warnings = "".join(
        f'<p style="margin: 0.3em 0;">⚠ {escape(text)}</p>' for text in entry.warnings
    )
    table = (
        f'<table style="border-collapse: collapse; {_PLAIN}"><tr style="border-bottom: {_RULE};">'
        f"{head}</tr>{rows}</table>"
        if len(frame)
        else ""
    )
    return (
        '<div class="mixwell-explanation" style="color: inherit; max-width: 70em;">'
        f'<p style="margin: 0 0 0.4em 0;">{_CODE.format(escape(entry.name))}{value}<br>'
        f"{escape(entry.sentence)}</p>{warnings}{table}</div>"
    )

"""Outputs of statements to a script or a notebook, comments and blank lines in place."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.line_breaking import WIDTH, layout
from mixwell.r.translation.python.statement_lines import Output, PythonLine
from mixwell.text import wrapping

MODULES = {"np": "numpy", "pd": "pandas"}


@dataclass(frozen=True, slots=True)
class Commented:
    """A statement with the comments before it and on its own line, or comments alone.

    `gap` says whether a blank line stands above; `source` is R's text, line by line.
    """

    output: Output | None
    before: tuple[str, ...] = ()
    trailing: str = ""
    gap: bool = False
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """The pieces of one chunk of a document, with the prose before it."""

    pieces: tuple[Commented, ...]
    prose: str = ""


@dataclass(slots=True)
class _Writer:
    """Writes pieces; remembers which differences it has spelled out already."""

    for_notebook: bool = False
    said: set[str] = field(default_factory=set)
    figures: dict[str, int] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)

    def piece(self, piece: Commented, *, last: bool) -> list[str]:
        lines = [comment_line(text) for text in piece.before]
        output = piece.output
        if output is None:
            return lines
        if output.reason and not output.needs:
            return [*lines, *_trailing([], piece.trailing), *_left_out(piece, output)]
        made = [line for part in output.loads for line in self.part(part, last=False)]
        own: list[str] = []
        for place, part in enumerate(output.parts):
            own += self.part(part, last=last and place == len(output.parts) - 1)
        if output.needs:
            head = wrapped(output.reason, "# ", "# ")
            return [*lines, *made, *_trailing(head, ""), *(f"# {line}".rstrip() for line in own)]
        made += _trailing(own, piece.trailing)
        return [*lines, *made, *self.differences(output)]

    def part(self, part: PythonLine, *, last: bool) -> list[str]:
        code = part.code
        if part.style == "comment":
            return wrapped(code.text, "# ", "# ")
        self.modules |= {name for name in MODULES if f"{name}." in code.text}
        if part.style == "show":
            if not self.for_notebook:
                return layout_call("print", part)
            return layout(code) if last else layout_call("display", part)
        if part.style == "figure":
            if self.for_notebook:
                return layout(code)
            count = self.figures[part.name] = self.figures.get(part.name, 0) + 1
            name = part.name if count == 1 else f"{part.name}_{count}"
            return layout(code, suffix=f'.savefig("{name}.png")')
        return layout(code, part.prefix)

    def differences(self, output: Output) -> list[str]:
        notes = output.notes
        new = [(key, sentence) for key, sentence in notes if key not in self.said]
        old = [key for key, _ in notes if key in self.said] if output.fits else []
        self.said |= {key for key, _ in new}
        again = f"as above: {', '.join(old)}." if old else ""
        if not new:
            return wrapped(f"Differs from R {again}", "# ", "# ") if again else []
        sentences = [sentence for _, sentence in new] + ([again] if again else [])
        if len(sentences) == 1:
            return wrapped(f"Differs from R: {sentences[0]}", "# ", "# ")
        lines = ["# Differs from R:"]
        for sentence in sentences:
            lines += wrapped(sentence, "# - ", "#   ")
        return lines


def layout_call(function: str, part: PythonLine) -> list[str]:
    """Return `print(...)` of an expression, laid out."""
    return layout(py.call(function, part.code))


def wrapped(sentence: str, first: str, further: str) -> list[str]:
    """Return a sentence as comment lines of the usual width."""
    lines = wrapping.wrapped(clean(sentence), first, further, width=WIDTH)
    return lines or [first.rstrip()]


def clean(line: str) -> str:
    """Return a line without what a Python file cannot hold."""
    return "".join(c if c.isprintable() or c == "\t" else " " for c in line)


def comment_line(text: str) -> str:
    """Return a comment as it was, with a blank after its `#`.

    >>> comment_line("#the data"), comment_line("## ---- setup"), comment_line("#' @title x")
    ('# the data', '## ---- setup', "#' @title x")
    """
    body = clean(text).rstrip()
    if len(body) > 1 and body[0] == "#" and body[1] not in "#' !:-=*~":
        return f"# {body[1:]}"
    return body if body.startswith("#") else f"# {body}".rstrip()


def _trailing(lines: list[str], comment: str) -> list[str]:
    """Put a comment behind the statement, above it where it does not fit."""
    if not comment:
        return lines
    words = comment_line(comment)
    if len(lines) == 1 and not lines[0].startswith("#") and len(lines[0]) + 2 + len(words) <= WIDTH:
        return [f"{lines[0]}  {words}"]
    return [words, *lines]


def _left_out(piece: Commented, output: Output) -> list[str]:
    lines = [f"# R: {clean(piece.source[0])}".rstrip()] if piece.source else []
    lines += [f"#    {clean(line)}".rstrip() for line in piece.source[1:]]
    return [*lines, *wrapped(f"Not translated (line {output.line}): {output.reason}", "# ", "# ")]


def script(blocks: Iterable[Passage]) -> str:
    """Return a Python script."""
    writer = _Writer()
    body: list[str] = []
    remarked = ""
    for block in blocks:
        prose = _prose(block.prose)
        if prose:
            body += ["", *prose, ""] if body else [*prose, ""]
        for piece in block.pieces:
            lines = writer.piece(piece, last=False)
            if lines and body and body[-1] and (piece.gap or _touch(remarked, lines)):
                body.append("")
            body += lines
            if lines:
                remarked = _remarked(piece.output)
    lines = _squeezed(body)
    head = imports(writer.modules)
    return "\n".join([*head, "", *lines]).rstrip() + "\n"


def _remarked(output: Output | None) -> str:
    """Return how what was written of a statement ends: "left out", "remark" or ""."""
    if output is None:
        return ""
    return "left out" if output.reason else "remark" if output.notes else ""


def _touch(remarked: str, lines: Sequence[str]) -> bool:
    """Return whether a blank line has to keep apart what was left out, or two comments."""
    return remarked == "left out" or (remarked == "remark" and lines[0].startswith("#"))


def _squeezed(lines: Sequence[str]) -> list[str]:
    """Return lines with one blank line at most in a row, and none at either end."""
    made: list[str] = []
    for line in lines:
        if line or (made and made[-1]):
            made.append(line)
    while made and not made[-1]:
        made.pop()
    return made


def _prose(prose: str) -> list[str]:
    if not prose.strip():
        return []
    lines = _squeezed([clean(line).rstrip() for line in prose.split("\n")])
    return [f"# {line}".rstrip() for line in lines]


def imports(modules: Iterable[str]) -> list[str]:
    """Return the imports of a script that uses these modules, in the usual order."""
    return sorted(["import mixwell as mw", *(f"import {MODULES[n]} as {n}" for n in modules)])


def notebook(blocks: Iterable[Passage]) -> dict[str, object]:
    """Return a notebook (nbformat 4): Markdown from prose, a code cell for each group of lines."""
    writer = _Writer(for_notebook=True)
    cells: list[tuple[str, str]] = []
    for block in blocks:
        if block.prose.strip():
            cells.append(("markdown", block.prose))
        cells += _code_cells(block, writer)
    first = imports(writer.modules)
    cells.insert(_place_of_imports(cells), ("code", "\n".join(first)))
    return {
        "cells": [_cell(kind, source, place) for place, (kind, source) in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _code_cells(block: Passage, writer: _Writer) -> list[tuple[str, str]]:
    """Return the cells of a block; comments alone go to the top of the cell that follows."""
    cells: list[tuple[str, str]] = []
    waiting: list[str] = []
    for group in _groups(block):
        lines = list(waiting)
        for place, piece in enumerate(group):
            made = writer.piece(piece, last=place == len(group) - 1)
            lines += ["", *made] if piece.gap and made else made
        lines, waiting = _squeezed(lines), []
        if all(line.startswith("#") or not line for line in lines):
            waiting = [*lines, ""]
        else:
            cells.append(("code", "\n".join(lines)))
    if any(waiting):
        cells.append(("code", "\n".join(_squeezed(waiting))))
    return cells


def _place_of_imports(cells: Sequence[tuple[str, str]]) -> int:
    return next((place for place, (kind, _) in enumerate(cells) if kind == "code"), len(cells))


def _groups(block: Passage) -> list[list[Commented]]:
    """Split pieces at blank lines; a chunk of a document stays one cell."""
    if block.prose.strip():
        return [list(block.pieces)]
    groups: list[list[Commented]] = []
    for piece in block.pieces:
        starts = piece.gap or not groups
        if starts and not (groups and all(each.output is None for each in groups[-1])):
            groups.append([])
        groups[-1].append(piece)
    return groups


def _cell(kind: str, source: str, place: int) -> dict[str, object]:
    name = hashlib.sha256(f"{place} {source}".encode("utf-8", "replace")).hexdigest()[:12]
    cell: dict[str, object] = {
        "cell_type": kind,
        "id": name,
        "metadata": {},
        "source": source.encode("utf-8", "replace").decode().splitlines(keepends=True),
    }
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell

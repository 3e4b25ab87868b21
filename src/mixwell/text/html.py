"""Fragments of HTML in one style, readable in notebooks of any theme.

Colors are inherited or half transparent, and every style is inline. Functions whose argument is
called `text` escape it; those that take `parts` or `content` are given HTML.
"""

from collections.abc import Iterable
from html import escape

RULE = "border-bottom: 1px solid rgba(128, 128, 128, 0.45);"
QUIET = "opacity: 0.75;"
_PLAIN = "background: transparent; color: inherit; border: none;"
_CELL = "padding: 0.15em 0.7em; vertical-align: top; font-variant-numeric: tabular-nums;"


def block(name: str, *parts: str) -> str:
    """Return a whole fragment, of the class `mixwell-` and its name."""
    style = "color: inherit; max-width: 66em; line-height: 1.35;"
    return f'<div class="mixwell-{name}" style="{style}">{"".join(parts)}</div>'


def paragraph(content: str, style: str = "") -> str:
    """Return a paragraph."""
    return f'<p style="margin: 0.3em 0; {style}">{content}</p>'


def broken(text: str) -> str:
    """Return text with its line ends kept."""
    return "<br>".join(map(escape, text.split("\n")))


def remarks(texts: Iterable[str]) -> list[str]:
    """Return a quiet paragraph for each text."""
    return [paragraph(broken(text), QUIET) for text in texts]


def code(text: str) -> str:
    """Return a name as code."""
    return f'<code style="background: transparent; color: inherit;">{escape(text)}</code>'


def strong(text: str) -> str:
    """Return text that stands out, such as a title."""
    return f"<strong>{escape(text)}</strong>"


def table(rows: Iterable[str]) -> str:
    """Return a table of rows."""
    style = f"border-collapse: collapse; {_PLAIN} margin: 0 0 0.6em 0;"
    return f'<table style="{style}">{"".join(rows)}</table>'


def row(parts: Iterable[str], style: str = "") -> str:
    """Return a row of cells."""
    return f'<tr style="{_PLAIN} {style}">{"".join(parts)}</tr>'


def cell(
    content: str,
    *,
    right: bool = False,
    heading: bool = False,
    columns: int = 1,
    style: str = "",
) -> str:
    """Return a cell over one or more columns; a heading is quiet, in the weight of the text."""
    tag = "th" if heading else "td"
    quiet = f" font-weight: normal; {QUIET} padding-top: 0.6em;" if heading else ""
    side = "right" if right else "left"
    over = f' colspan="{columns}"' if columns > 1 else ""
    full = f"{_PLAIN} {_CELL} text-align: {side};{quiet} {style}"
    return f'<{tag}{over} style="{full}">{content}</{tag}>'


def number(text: str) -> str:
    """Return a number whose blanks behind it keep decimal points in line.

    Figure spaces do so where digits are of equal width.
    """
    kept = text.rstrip()
    return escape(kept) + "\u2007" * (len(text) - len(kept))

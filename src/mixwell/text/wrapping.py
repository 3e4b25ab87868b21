"""Paragraphs broken into lines."""

import textwrap
from collections.abc import Iterable

#: The width of printouts.
WIDTH = 100


def wrapped(
    text: str,
    first: str = "",
    further: str | None = None,
    *,
    width: int = WIDTH,
    break_words: bool = False,
) -> list[str]:
    """Break a paragraph between words, with `first` before it and `further` before later lines.

    Without `further` these begin under the beginning of the text. With `break_words` words are
    broken too, at hyphens and where they are longer than a line.

    >>> wrapped("a note on rows", "- ", width=10)
    ['- a note', '  on rows']
    """
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first) if further is None else further,
        break_long_words=break_words,
        break_on_hyphens=break_words,
    )


def paragraphs(texts: Iterable[str], width: int = WIDTH) -> list[str]:
    """Return the lines of several paragraphs, one below the other."""
    return [line for text in texts for line in wrapped(text, width=width)]

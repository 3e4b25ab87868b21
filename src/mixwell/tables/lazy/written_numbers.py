"""Which texts are numbers: the rule of the reader of delimited text, for columns held elsewhere."""

import re
from collections.abc import Sequence

__all__ = ["NUMBER", "WHOLE", "kind_of_texts"]

#: How numbers are written, in the words that Python's `re` and DuckDB have in common.
WHOLE = r"\s*[+-]?\d{1,18}\s*"
NUMBER = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*|\s*[+-]?(inf|Inf|INF|infinity|Infinity)\s*"


def kind_of_texts(texts: Sequence[str | None]) -> str:
    """Return "whole", "number" or "text" for texts; None is a missing one.

    >>> kind_of_texts(["1", None, "-2"]), kind_of_texts(["1", "2.5"]), kind_of_texts(["1", "b"])
    ('whole', 'number', 'text')
    """
    present = [text for text in texts if text is not None]
    if not present:
        return "text"
    if all(re.fullmatch(WHOLE, text) for text in present):
        return "whole"
    return "number" if all(re.fullmatch(NUMBER, text) for text in present) else "text"

"""Which texts are numbers: the rule of the reader of delimited text, for columns held elsewhere."""

import re
from collections.abc import Sequence

__all__ = ["DECIMAL_COMMA", "MISSING_WORDS", "NUMBER", "TRUTH", "WHOLE", "kind_of_texts"]

#: How values are written, in the words that Python's `re` and DuckDB have in common.
WHOLE = r"[+-]?[0-9]+[ \t]*"
NUMBER = (
    r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t]*|[+-]?(inf|Inf|INF|infinity|Infinity)"
)
TRUTH = r"true|True|TRUE|false|False|FALSE"
DECIMAL_COMMA = r"[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]*)(,[0-9]+)?([eE][+-]?[0-9]+)?"
#: Texts that stand for a missing value: those of pandas, R's among them.
MISSING_WORDS = (
    *("", "NA", "NaN", "N/A", "NULL", "None", "n/a", "nan", "null", "<NA>", "-NaN", "-nan"),
    *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "1.#IND", "1.#QNAN"),
)
_LONGEST = 2**63


def kind_of_texts(texts: Sequence[str | None]) -> str:
    """Return "whole", "number" or "text" for texts; None is a missing one.

    >>> kind_of_texts(["1", None, "-2"]), kind_of_texts(["1", "2.5"]), kind_of_texts(["1", "b"])
    ('whole', 'number', 'text')
    """
    present = [text for text in texts if text is not None]
    if not present:
        return "text"
    if all(re.fullmatch(WHOLE, text) and abs(int(text)) < _LONGEST for text in present):
        return "whole"
    return "number" if all(re.fullmatch(NUMBER, text) for text in present) else "text"

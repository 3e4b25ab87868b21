"""Letters of groups as multcomp prints them: each in a place of its own."""

from collections.abc import Sequence

from mixwell.errors import DataError, require_texts

__all__ = ["SYMBOLS", "letter_groups"]

#: What stands for a, b, c, ... in multcomp's `cld()`.
SYMBOLS = "1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def letter_groups(
    letters: Sequence[str], symbols: str | Sequence[str] = SYMBOLS, *, backward: bool = False
) -> list[str]:
    """Return texts of letters, "a" and "ab", as columns of symbols.

    The first symbol is that of "a", `backward` that of the last letter. Raises `DataError` for too
    few symbols.

    >>> letter_groups(["a", "ab", "b"])
    [' 1 ', ' 12', '  2']
    """
    known = "".join(require_texts("Letters", symbols))
    used = sorted({letter for text in letters for letter in text}, reverse=backward)
    if len(known) < len(used):
        said = f"Letters has {len(known)} symbols for {len(used)} groups."
        raise DataError(said, where="Letters", hint=f"For example {SYMBOLS[:10]!r}.")
    own = dict(zip(used, known, strict=False))
    return [" " + "".join(own[e] if e in text else " " for e in used) for text in letters]

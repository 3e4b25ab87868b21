"""Compact letters: things that do not differ share one.

Source: Piepho 2004, insertion and absorption; every set of things none of which differ, to which no
other can be added, has a letter.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

from mixwell.errors import DataError
from mixwell.numeric.arrays import BoolArray, FloatArray

__all__ = ["MOST_WITH_LETTERS", "compact_letters", "letters_in_groups", "require_readable"]

#: More things than a printed table has rows get no letters.
MOST_WITH_LETTERS = 60
_HINT = 'Choose fewer by at=, or put a factor into by=; contrasts("eff") compares with the mean.'
#: Sets that are looked at on the way to the final ones.
_MOST_SETS = 2000


def compact_letters(different: BoolArray, order: FloatArray) -> list[str]:
    """Return a text of letters for each of k things, of which pairs are marked as `different`.

    Letters go to things in their `order`, "a" to the first. Raises `DataError` where there are more
    things, or more letters, than one can read.

    >>> import numpy as np
    >>> pairs = np.zeros((3, 3), dtype=bool)
    >>> pairs[0, 2] = pairs[2, 0] = True
    >>> compact_letters(pairs, np.array([3.0, 2.0, 1.0]))
    ['b', 'ab', 'a']
    """
    k = len(different)
    require_readable(k)
    place = np.empty(k, dtype=int)
    place[np.argsort(order, kind="stable")] = np.arange(k)
    sets = sorted(sorted(place[list(each)].tolist()) for each in _alike(different))
    if len(sets) > len(ascii_lowercase):
        raise _too_many(k, len(sets))
    texts = [""] * k
    for letter, members in zip(ascii_lowercase, sets, strict=False):
        for member in members:
            texts[member] += letter
    return [texts[at] for at in place]


def letters_in_groups(
    groups: Sequence[Sequence[int]], differs: Iterable[bool], order: FloatArray
) -> NDArray[np.object_]:
    """Return the letters of all rows, which differ from others of their group.

    `differs` has the pairs of each group in turn, `order` a number for each row; a row without one
    has no letters.
    """
    known, pairs = ~np.isnan(order), iter(differs)
    letters = np.full(len(order), "", dtype=object)
    for rows in groups:
        different = np.zeros((len(rows), len(rows)), dtype=bool)
        for i, j in combinations(range(len(rows)), 2):
            different[i, j] = different[j, i] = next(pairs)
        there, members = known[rows], np.array(rows)[known[rows]]
        letters[members] = compact_letters(different[np.ix_(there, there)], order[members])
    return letters


def require_readable(k: int) -> None:
    """Refuse letters for more things than one can read; `DataError`."""
    if k > MOST_WITH_LETTERS:
        said = f"Letters for {k:,} means cannot be read: at most {MOST_WITH_LETTERS} get them."
        raise DataError(said, hint=_HINT)


def _alike(different: BoolArray) -> list[frozenset[int]]:
    """Return the largest sets of things none of which differ."""
    k = len(different)
    sets = [frozenset(range(k))]
    for i, j in zip(*np.nonzero(np.triu(different)), strict=True):
        kept = [each for each in sets if not (i in each and j in each)]
        split = [each - {drop} for each in sets if i in each and j in each for drop in (i, j)]
        absorbed = [each for each in split if not any(each <= other for other in kept)]
        sets = [*kept, *(e for e in dict.fromkeys(absorbed) if not any(e < o for o in absorbed))]
        if len(sets) > _MOST_SETS:
            raise _too_many(k, len(sets))
    return sets


def _too_many(k: int, letters: int) -> DataError:
    most = len(ascii_lowercase)
    said = f"{k:,} means would need {letters:,} letters or more, and there are {most}."
    return DataError(said, hint=_HINT)

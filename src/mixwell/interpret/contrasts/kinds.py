"""Contrast families: weights on k levels, with labels that say what is subtracted from what.

Source: emmeans' `*.emmc` functions, whose order of rows and scaling is kept.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from mixwell.errors import DataError, did_you_mean, require_known
from mixwell.numeric.arrays import FloatArray, float_array
from mixwell.numeric.orthogonal_powers import orthonormal_powers
from mixwell.package_options import require_memory
from mixwell.text.level_labels import label_of
from mixwell.text.phrases import and_so_on, signed_sum

#: A minus before a number, or a sign between blanks.
_SIGNED = re.compile(r"-[\d.]|\s[-+*/]\s")
_FEWER = "Choose fewer rows."
POLYNOMIALS = ("linear", "quadratic", "cubic", "quartic", "degree 5", "degree 6")
# More rows than this are not compared pair by pair: half a million contrasts help nobody.
MOST_IN_PAIRS = 1000
# Nor are more contrasts of one's own written out.
MOST_OF_ONES_OWN = 100_000


@dataclass(frozen=True, eq=False)
class Contrasts:
    """Contrasts of k things: a label for each, and the weights `(contrast, level)`.

    `pairs` holds both sides of a label that names a difference, whose sign becomes `/` for ratios.
    """

    labels: tuple[str, ...]
    weights: FloatArray
    pairs: tuple[tuple[str, str] | None, ...]

    def label(self, row: int, sign: str) -> str:
        """Return one label with `-` or `/` between what is compared."""
        pair = self.pairs[row]
        return self.labels[row] if pair is None else f"{pair[0]} {sign} {pair[1]}"


def contrasts_of(kind: object, levels: Sequence[str], *, what: str = "levels") -> Contrasts:
    """Return the contrasts of one kind on these levels.

    `kind` is a name (`pairwise`, `revpairwise`, `reference`, `reference(level)`, `trt.vs.ctrlk`,
    `sequential`, `eff`, `del.eff`, `poly`, `helmert`, `mean_chg`, `identity`), or custom weights: a
    dict of label to weights (a list, or a dict by level), an array with one row a contrast, or a
    DataFrame with one column a contrast. Raises `DataError`.

    >>> contrasts_of("sequential", ["b1", "b2", "b3"]).labels
    ('b2 - b1', 'b3 - b2')
    """
    if not isinstance(kind, str):
        return _custom(kind, levels, what)
    name, argument = _read_name(kind)
    if name not in ("pairwise", "revpairwise"):
        require_memory(len(levels) ** 2, f"Contrasts of {len(levels):,} {what}", hint=_FEWER)
    if name == "reference" and argument is not None:
        return _reference(list(levels), _position(argument, levels))
    if name in ("reference", "reference_last"):
        return KINDS[name].of(list(levels))
    if argument is not None:
        raise DataError(
            f"The contrasts {kind!r} take no level.",
            hint='"reference(level)" is the one that does.',
        )
    if len(levels) < 2 and not KINDS[name].of_one:
        raise DataError(
            f"Nothing to contrast: there is one of the {what} only, {', '.join(levels)}.",
            hint="Leave a factor out of by=.",
        )
    if name in ("pairwise", "revpairwise") and len(levels) > MOST_IN_PAIRS:
        raise DataError(
            f"{len(levels)} {what} have {len(levels) * (len(levels) - 1) // 2} pairs.",
            hint='Choose fewer rows, or "reference", "sequential" or "eff".',
        )
    return KINDS[name].of(list(levels))


def takes_one(kind: object) -> bool:
    """Return whether contrasts of a kind can be taken of a single level: weights always can."""
    return not isinstance(kind, str) or KINDS[_read_name(kind)[0]].of_one


def _read_name(kind: str) -> tuple[str, str | None]:
    found = re.fullmatch(r"\s*([\w.]+)\s*(?:\((.*)\))?\s*", kind, re.DOTALL)
    name = found.group(1).lower() if found else kind
    if found is None or name not in _SPELLINGS:
        listed = [n for n in KINDS if n != "reference_last"]
        near = did_you_mean(name, _SPELLINGS)
        hint = f"Choices: {', '.join(listed)}, or weights of your own in a dict or an array."
        raise DataError(
            f"There are no contrasts called {kind!r}.",
            hint=hint if near is None or near.startswith("Choices") else f"{near} {hint}",
        )
    return _SPELLINGS[name], found.group(2) or None


def _position(argument: str, levels: Sequence[str]) -> int:
    """Return the place of a level, which may stand in quotes or between blanks."""
    bare = argument.strip()
    quoted = len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'"
    plain = bare[1:-1] if quoted else bare
    named = next((form for form in (argument, bare, plain) if form in levels), plain)
    require_known(named, levels, f"There is no level {named!r} to compare with.")
    return list(levels).index(named)


def _of_pairs(levels: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Contrasts:
    """Differences, the first of each pair minus the second."""
    weights = np.zeros((len(pairs), len(levels)))
    for row, (plus, minus) in enumerate(pairs):
        weights[row, plus] += 1.0
        weights[row, minus] -= 1.0
    named = list(map(bracketed, levels))
    return _against(weights, [(named[plus], named[minus]) for plus, minus in pairs])


def _reference(levels: list[str], base: int = 0) -> Contrasts:
    return _of_pairs(levels, [(i, base) for i in range(len(levels)) if i != base])


def _reference_last(levels: list[str]) -> Contrasts:
    return _reference(levels, len(levels) - 1)


def _pairwise(levels: list[str]) -> Contrasts:
    return _of_pairs(levels, list(combinations(range(len(levels)), 2)))


def _revpairwise(levels: list[str]) -> Contrasts:
    return _of_pairs(levels, [(j, i) for j in range(len(levels)) for i in range(j)])


def _sequential(levels: list[str]) -> Contrasts:
    return _of_pairs(levels, [(i + 1, i) for i in range(len(levels) - 1)])


def bracketed(level: str) -> str:
    """Return a level in brackets where a sign in it would read as one between levels, as emmeans.

    >>> bracketed("dose-0.5"), bracketed("dose0.5"), bracketed("pre-test"), bracketed("-1")
    ('(dose-0.5)', 'dose0.5', 'pre-test', '(-1)')
    """
    return f"({level})" if _SIGNED.search(level) else level


def _mean_of(levels: Sequence[str]) -> str:
    return bracketed(levels[0]) if len(levels) == 1 else f"mean({', '.join(levels)})"


def _against(weights: FloatArray, names: Sequence[tuple[str, str]]) -> Contrasts:
    return Contrasts(tuple(f"{a} - {b}" for a, b in names), weights, tuple(names))


def _effects(levels: list[str]) -> Contrasts:
    k = len(levels)
    return _against(np.eye(k) - 1.0 / k, [(bracketed(level), "mean") for level in levels])


def _deleted_effects(levels: list[str]) -> Contrasts:
    k = len(levels)
    weights = np.eye(k) - (1.0 - np.eye(k)) / (k - 1)
    others = [[other for other in levels if other != level] for level in levels]
    return _against(
        weights,
        [(bracketed(own), _mean_of(rest)) for own, rest in zip(levels, others, strict=True)],
    )


def _helmert(levels: list[str]) -> Contrasts:
    """Each level minus the mean of those before it."""
    k = len(levels)
    weights = np.zeros((k - 1, k))
    for row in range(k - 1):
        weights[row, : row + 1] = -1.0 / (row + 1)
        weights[row, row + 1] = 1.0
    return _against(weights, [(bracketed(levels[j]), _mean_of(levels[:j])) for j in range(1, k)])


def _mean_change(levels: list[str]) -> Contrasts:
    """The mean of the levels after a point minus the mean of those before it."""
    k = len(levels)
    weights = np.array([[-1.0 / i] * i + [1.0 / (k - i)] * (k - i) for i in range(1, k)])
    return _against(weights, [(_mean_of(levels[i:]), _mean_of(levels[:i])) for i in range(1, k)])


def _polynomials(levels: list[str]) -> Contrasts:
    """Orthogonal polynomials in whole numbers, up to the sixth degree (`poly.emmc`)."""
    k = len(levels)
    labels = POLYNOMIALS[: k - 1]
    columns = orthonormal_powers(np.arange(float(k)), len(labels)).T
    weights = np.array([_whole_numbers(column) for column in columns])
    return Contrasts(labels, weights, (None,) * len(labels))


def _whole_numbers(weights: FloatArray) -> FloatArray:
    scaled = weights / weights[weights > 0.01].min()
    error = np.abs(scaled - scaled.round()).max()
    while error > 0.05:
        scaled = scaled / error
        error = np.abs(scaled - scaled.round()).max()
    return np.asarray(scaled.round())


def _identity(levels: list[str]) -> Contrasts:
    return Contrasts(tuple(levels), np.eye(len(levels)), (None,) * len(levels))


@dataclass(frozen=True)
class ContrastKind:
    """A kind of contrasts: its weights on levels, and how its name may be spelled.

    `of_one` says that it takes a single level, too.
    """

    of: Callable[[list[str]], Contrasts]
    spellings: tuple[str, ...]
    of_one: bool = False


KINDS = {
    "reference": ContrastKind(
        _reference, ("reference", "trt.vs.ctrl", "trt.vs.ctrl1", "dunnett", "treatment")
    ),
    "reference_last": ContrastKind(_reference_last, ("trt.vs.ctrlk",)),
    "pairwise": ContrastKind(_pairwise, ("pairwise", "pairs", "tukey")),
    "revpairwise": ContrastKind(_revpairwise, ("revpairwise",)),
    "sequential": ContrastKind(_sequential, ("sequential", "consec", "successive")),
    "eff": ContrastKind(_effects, ("eff", "effect", "effects")),
    "del.eff": ContrastKind(_deleted_effects, ("del.eff", "del_eff")),
    "poly": ContrastKind(_polynomials, ("poly", "polynomial")),
    "helmert": ContrastKind(_helmert, ("helmert",)),
    "mean_chg": ContrastKind(_mean_change, ("mean_chg",)),
    "identity": ContrastKind(_identity, ("identity",), of_one=True),
}
_SPELLINGS = {text: name for name, each in KINDS.items() for text in each.spellings}


def _count(kind: object) -> int:
    """Count contrasts that are given as weights; a flat list or array has those of one."""
    if isinstance(kind, Mapping):
        return len(kind)
    if isinstance(kind, np.ndarray):
        return len(kind) if kind.ndim > 1 else 1
    return len(kind) if isinstance(kind, Sequence) and np.ndim(kind[:1]) > 1 else 1


def _custom(kind: object, levels: Sequence[str], what: str) -> Contrasts:
    count = _count(kind)
    if count > MOST_OF_ONES_OWN:
        said = f"There are {count:,} contrasts, and at most {MOST_OF_ONES_OWN:,} are taken."
        raise DataError(said, hint="Give fewer at a time.")
    if isinstance(kind, pd.DataFrame):
        kind = {str(name): kind[name].to_numpy() for name in kind}
    if isinstance(kind, Mapping):
        labels = tuple(str(label) for label in kind)
        rows = [_weights(repr(label), kind[label], levels, what) for label in kind]
    else:
        table = np.atleast_2d(float_array(kind, _not_contrasts(kind)))
        rows = [_weights(str(i), row, levels, what) for i, row in enumerate(table, 1)]
        labels = tuple(_spelled(row, levels) for row in rows)
    if not rows:
        raise _not_contrasts(kind)
    return Contrasts(labels, np.array(rows), (None,) * len(rows))


def _not_contrasts(kind: object) -> DataError:
    return DataError(
        f"Contrasts are a name or weights, not {kind!r}.",
        hint='For example "pairwise", {"b2 - b1": [-1, 1, 0]}, or [[-1, 1, 0]].',
    )


def _weights(name: str, given: object, levels: Sequence[str], what: str) -> FloatArray:
    where = f"contrast {name}"
    if isinstance(given, Mapping):
        by_level = {label_of(level): weight for level, weight in given.items()}
        for level in by_level:
            message = f"There is no level {level!r} to put a weight on."
            require_known(level, levels, message, where=where)
        given = [by_level.get(level, 0.0) for level in levels]
    refusal = DataError("The weights of a contrast are numbers.", where=where)
    weights = float_array(given, refusal)
    if weights.shape != (len(levels),):
        raise DataError(
            f"A contrast of {weights.size} weights cannot be taken of {len(levels)} {what}.",
            where=where,
            hint=f"One weight each, in this order: {and_so_on(levels)}.",
        )
    if not np.isfinite(weights).all():
        raise DataError("The weights of a contrast are finite numbers.", where=where)
    return weights


def _spelled(weights: FloatArray, levels: Sequence[str]) -> str:
    """Write out weights: `b2 - b1`, `0.5 b1 + 0.5 b2`."""
    # what is added comes first, as in "b2 - b1"
    order = sorted(np.flatnonzero(weights).tolist(), key=lambda i: (weights[i] < 0, i))
    sizes, named = {i: abs(float(weights[i])) for i in order}, list(map(bracketed, levels))
    terms = (
        (bool(weights[i] < 0), named[i] if size == 1 else f"{size:.3g} {named[i]}")
        for i, size in sizes.items()
    )
    return signed_sum(terms) or "0"

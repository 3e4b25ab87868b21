"""Contrasts on the rows of a frame: which rows weigh how much, within `by`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mixwell.errors import DataError, require_known
from mixwell.interpret.contrasts.kinds import Contrasts, contrasts_of, takes_one
from mixwell.numeric.arrays import FloatArray
from mixwell.package_options import require_memory
from mixwell.specify.naming import distinct_columns
from mixwell.text.level_labels import label_of
from mixwell.text.numbers import show_values


@dataclass(frozen=True, eq=False)
class Weighing:
    """Contrasts of a frame's rows: the new rows' columns, and the weights `(contrast, row)`.

    `notes` say where nothing could be compared.
    """

    frame: pd.DataFrame
    weights: FloatArray
    by: tuple[str, ...]
    notes: tuple[str, ...] = ()


def weigh_rows(
    frame: pd.DataFrame,
    factors: Sequence[str],
    kind: object,
    by: Sequence[str],
    interaction: object = None,
    sign: str = "-",
) -> Weighing:
    """Return the contrasts of a family between the rows that agree in `by`.

    `interaction` gives a family for each factor, in order or by name: differences of differences.
    `sign` stands between what is compared, `-` or `/`. A factor in `by` that is called `contrast`
    gets another name in the new rows, `contrast_level`. Raises `DataError`.
    """
    require_factors(by, factors)
    inner = [name for name in factors if name not in by]
    if not inner:
        raise _nothing_left(by)
    kinds = None if interaction is None else _interaction_kinds(interaction, inner)
    groups, notes = comparable_rows(frame, by, kind)
    if len(groups) > 1:  # of one the contrasts themselves know
        least = len(frame) - len(groups) if isinstance(kind, str) and kinds is None else len(groups)
        said = f"Contrasts within {len(groups):,} sets of {len(frame):,} rows"
        require_memory(float(least) * len(frame), said, hint="Choose fewer rows.")
    named = distinct_columns(by, ["contrast"])
    columns: dict[str, list[object]] = {"contrast": [], **{column: [] for column in named}}
    rows: list[FloatArray] = []
    for members in groups:
        part = frame.iloc[members]
        labels, weights = (
            _plain(part, inner, kind, sign) if kinds is None else _crossed(part, inner, kinds, sign)
        )
        spread = np.zeros((len(weights), len(frame)))
        spread[:, members] = weights
        rows.append(spread)
        columns["contrast"] += labels
        for name, column in zip(by, named, strict=True):
            columns[column] += [part[name].iloc[0]] * len(labels)
    made = pd.DataFrame(columns)
    for name, column in zip(by, named, strict=True):
        made[column] = made[column].astype(frame[name].dtype)
    return Weighing(made, np.concatenate(rows), named, notes)


def _nothing_left(by: Sequence[str]) -> DataError:
    each = f"one row for each {' and '.join(by)}" if by else "one row"
    return DataError(
        f"Nothing is left to compare: there is {each}.",
        hint='Name a factor that rows differ in, as means(of="block") or slopes("x", by="block") '
        "does, or leave one out of by= here.",
    )


def require_factors(by: Sequence[str], factors: Sequence[str]) -> None:
    """Refuse names in `by` that are no factors of the estimates; `DataError`."""
    for name in by:
        message = f"by= names {name!r}, which is no factor of these estimates."
        require_known(name, factors, message)


def comparable_rows(
    frame: pd.DataFrame, by: Sequence[str], kind: object
) -> tuple[list[list[int]], tuple[str, ...]]:
    """Return the rows to compare with each other; single ones among several are left out."""
    groups = _groups(frame, by)
    alone = [members for members in groups if len(members) == 1]
    if takes_one(kind) or not 0 < len(alone) < len(groups):
        return groups, ()
    shown = {name: show_values(frame[name].tolist()) for name in by}
    places = [", ".join(f"{name} = {shown[name][row]}" for name in by) for [row] in alone]
    note = f"Nothing to compare within {'; '.join(places)}: there is one row only."
    return [members for members in groups if len(members) > 1], (note,)


def _groups(frame: pd.DataFrame, by: Sequence[str]) -> list[list[int]]:
    if not by:
        return [list(range(len(frame)))]
    found: dict[tuple[object, ...], list[int]] = {}
    for row, key in enumerate(zip(*(frame[name].tolist() for name in by), strict=True)):
        found.setdefault(key, []).append(row)
    return list(found.values())


def level_labels(part: pd.DataFrame, factors: Sequence[str]) -> list[str]:
    """Return what the rows are called in contrasts: the levels, joined by a space.

    Levels that are all numbers get their factor's name before them, as in emmeans: `period2`.
    """
    columns = []
    for name in factors:
        texts = show_values(part[name].tolist())
        bare = all(_is_number(text) for text in texts)
        columns.append([f"{name}{text}" if bare else text for text in texts])
    return [" ".join(parts) for parts in zip(*columns, strict=True)]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _plain(
    part: pd.DataFrame, inner: Sequence[str], kind: object, sign: str
) -> tuple[list[str], FloatArray]:
    labels = level_labels(part, inner)
    kind = _spelled_reference(kind, part, inner)
    made = contrasts_of(kind, labels, what="rows" if len(inner) > 1 else f"levels of {inner[0]}")
    return [made.label(row, sign) for row in range(len(made.labels))], made.weights


def _spelled_reference(kind: object, part: pd.DataFrame, inner: Sequence[str]) -> object:
    """Let `reference(2)` and weights by level name a level whose label has its factor before it."""
    if len(inner) != 1:
        return kind
    values, labels = part[inner[0]].tolist(), level_labels(part, inner)
    renamed = dict(zip(map(label_of, values), labels, strict=True))
    renamed |= dict(zip(show_values(values), labels, strict=True))
    if isinstance(kind, str) and kind.rstrip().endswith(")") and "(" in kind:
        name, _, argument = kind.rstrip()[:-1].partition("(")
        level = argument.strip().strip("\"'")
        return f"{name}({renamed.get(level, level)})"
    if isinstance(kind, Mapping):
        return {
            label: {renamed.get(label_of(k), label_of(k)): w for k, w in weights.items()}
            if isinstance(weights, Mapping)
            else weights
            for label, weights in kind.items()
        }
    return kind


def _interaction_kinds(interaction: object, inner: Sequence[str]) -> list[object]:
    if isinstance(interaction, str):
        return [interaction] * len(inner)
    if isinstance(interaction, Mapping):
        for name in map(str, interaction):
            message = f"interaction= names {name!r}, which is none of the factors compared."
            require_known(name, inner, message)
        absent = [name for name in inner if name not in interaction]
        if absent:
            raise DataError(
                f"interaction= has no family for {', '.join(absent)}.",
                hint=f"Give each of {', '.join(inner)} one, or put the others into by=.",
            )
        return [interaction[name] for name in inner]
    if isinstance(interaction, Sequence):
        if len(interaction) != len(inner):
            raise DataError(
                f"interaction= has {len(interaction)} families for {len(inner)} factors.",
                hint=f"One each, in the order {', '.join(inner)}.",
            )
        return list(interaction)
    raise DataError("interaction= takes a family, a list of families, or a dict by factor.")


def _crossed(
    part: pd.DataFrame, inner: Sequence[str], kinds: Sequence[object], sign: str
) -> tuple[list[str], FloatArray]:
    """Products of the factors' contrasts, the first factor's running fastest."""
    made: list[Contrasts] = []
    codes: list[list[int]] = []
    for name, kind in zip(inner, kinds, strict=True):
        values = list(dict.fromkeys(part[name].tolist()))
        one = pd.DataFrame({name: pd.Series(values)})
        fitting = _spelled_reference(kind, one, [name])
        made.append(contrasts_of(fitting, level_labels(one, [name]), what=f"levels of {name}"))
        codes.append([values.index(value) for value in part[name]])
    sizes = [contrasts.weights.shape[1] for contrasts in made]
    if len(part) != int(np.prod(sizes)):
        raise DataError(
            "Interaction contrasts need every combination of the factors' levels.",
            where=f"{len(part)} rows for {' x '.join(map(str, sizes))} levels",
        )
    weights = np.ones((1, len(part)))
    labels = [""]
    for contrasts, code in zip(made, codes, strict=True):
        own = contrasts.weights[:, code]
        weights = (own[:, None, :] * weights[None, :, :]).reshape(-1, len(part))
        several = len(made) > 1
        names = [contrasts.label(row, sign) for row in range(len(contrasts.labels))]
        names = [f"({name})" for name in names] if several else names
        labels = [f"{left}: {name}" if left else name for name in names for left in labels]
    return labels, weights

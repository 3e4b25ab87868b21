"""Linear predictors in bambi's formula language, and the data columns that they read."""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import Atom, FactorAtom, atom_codes, atom_numbers
from mixwell.design.blocks.group_block import GroupBlock
from mixwell.design.codings.choices import Treatment
from mixwell.design.columns.column_plan import PlannedTerm
from mixwell.design.design import Design
from mixwell.families import FAMILIES
from mixwell.formula import Name
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.specify.spec import Spec

# What bambi's models, datasets of draws and formulae's language call by these names already.
_PARAMETERS = {p.elsewhere.get("bambi", p.name) for f in FAMILIES.values() for p in f.parameters}
_TAKEN = _PARAMETERS | {
    *("Intercept", "common", "group_specific"),
    *("chain", "draw"),
    *("True", "False", "None"),
}


class Columns:
    """The data columns of a handed-over model, each under a name that formulae can read."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.values: dict[str, Any] = {}

    def add(self, name: str, values: Any) -> str:
        """Keep a column and return what it is called; equal columns are kept once."""
        base = re.sub(r"\W+", "_", name).strip("_") or "column"
        base = base if base[0].isalpha() else f"x{base}"
        tried, number = (f"{base}_" if base in _TAKEN else base), 1
        while tried in self.values and not _equal(self.values[tried], values):
            number += 1
            tried = f"{base}_{number}"
        self.values[tried] = values
        return tried

    def variable(self, atom: Atom) -> str:
        """Keep a variable as it enters the design: numbers, or levels in their order."""
        if isinstance(atom, FactorAtom):
            codes = atom_codes(atom, self.design.frame)
            return self.add(atom.name, categorical(codes, atom.levels))
        return self.add(atom.name, atom_numbers(atom, self.design.frame)[:, 0])

    def frame(self) -> pd.DataFrame:
        """Return all columns, rows labeled as the data's."""
        return pd.DataFrame(self.values, index=self.design.index)


def categorical(codes: IntArray, levels: tuple[str, ...]) -> pd.Categorical:
    """Return an ordered categorical, the only kind whose order of levels formulae keeps."""
    values = np.array(levels, dtype=object)[codes]
    return pd.Categorical(values, categories=list(levels), ordered=True)


def _equal(one: Any, two: Any) -> bool:
    if isinstance(one, pd.Categorical) or isinstance(two, pd.Categorical):
        same_kind = isinstance(one, pd.Categorical) and isinstance(two, pd.Categorical)
        return same_kind and one.equals(two)
    return bool(np.array_equal(np.asarray(one), np.asarray(two)))


@dataclass(frozen=True, slots=True)
class Piece:
    """A term of bambi's: its name there, our columns of it, and which of our names they have.

    `values` is (n, column); `factor` is set for the effects of a grouping factor.
    """

    name: str
    names: tuple[str, ...]
    values: FloatArray = field(repr=False)
    factor: str = ""


@dataclass(frozen=True, slots=True)
class PredictorText:
    """A right-hand side in bambi's language with its pieces; `notes` say what became numbers."""

    text: str
    pieces: tuple[Piece, ...]
    blocks: tuple[tuple[str, GroupBlock], ...]
    notes: tuple[str, ...] = ()


def predictor_text(
    spec: Spec, parameter: str, columns: Columns, *, plain: bool = True
) -> PredictorText:
    """Write a linear predictor; with `plain` false every term as columns of numbers."""
    predictor = spec.predictors[parameter]
    fixed, mixed = predictor.fixed, _mixed_priors(spec, parameter)
    parts = ["1" if fixed.intercept else "0"]
    pieces: list[Piece] = []
    numbers: list[str] = []
    for number, term in enumerate(fixed.plan.all_terms):
        own = [j for j, (place, _) in enumerate(fixed.columns) if place == number]
        if not term.variables or not own:
            continue
        names, values = tuple(fixed.names[j] for j in own), fixed.values[:, own]
        if plain and len(own) == len(term.names()) and _readable(term) and not mixed & {*names}:
            name = ":".join(columns.variable(entry.atom) for entry in term.variables)
            pieces.append(Piece(name, names, values))
        else:
            pieces += _as_numbers(columns, names, values)
            numbers += names
        parts += [piece.name for piece in pieces if piece.name not in parts]
    blocks = []
    for block in predictor.blocks:
        factor, text, own_pieces, coded = _block(block, columns, plain=plain, mixed=mixed)
        parts.append(text)
        pieces += own_pieces
        numbers += coded
        blocks.append((factor, block))
    renamed = {f"{b.factor} is the column {f}" for f, b in blocks if f != b.factor}
    if predictor.offset is not None:
        parts.append(f"offset({columns.add(f'offset_{parameter}', predictor.offset)})")
    notes = (*([_note(numbers)] if numbers else []), *(f"{text}." for text in sorted(renamed)))
    return PredictorText(" + ".join(parts), tuple(pieces), tuple(blocks), notes)


def _note(names: list[str]) -> str:
    shown = ", ".join(dict.fromkeys(names))
    return (
        f"Columns of numbers stand for {shown}, which bambi would code otherwise: new data for its "
        "predict() need these columns, which model.design.evaluate(data) makes."
    )


def _readable(term: PlannedTerm) -> bool:
    """Whether formulae makes the same columns of a term: names only, treatment coding only."""
    return all(_plain_atom(entry.atom) for entry in term.variables)


def _plain_atom(atom: Atom) -> bool:
    if not isinstance(atom.expr, Name):
        return False
    if isinstance(atom, FactorAtom):
        return np.array_equal(atom.contrast.matrix, Treatment().code(atom.levels).matrix)
    return not atom.labels


def _mixed_priors(spec: Spec, parameter: str) -> set[str]:
    """Return the columns whose prior is of another distribution than that of most others.

    A term of bambi's has one distribution for all of its columns.
    """
    entries = [e for e in spec.priors if e.parameter == parameter and e.role in ("slope", "sd")]
    kinds: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for entry in entries:
        key = (entry.role, entry.prior.distribution, tuple(sorted(entry.prior.args)))
        kinds.setdefault(key, []).append(entry.element)
    usual = {
        role: max((len(v) for (r, *_), v in kinds.items() if r == role), default=0)
        for role in ("slope", "sd")
    }
    return {
        name for (role, *_), names in kinds.items() for name in names if len(names) < usual[role]
    }


def _as_numbers(columns: Columns, names: tuple[str, ...], values: FloatArray) -> list[Piece]:
    return [
        Piece(columns.add(name, values[:, j]), (name,), values[:, [j]])
        for j, name in enumerate(names)
    ]


def _block(
    block: GroupBlock, columns: Columns, *, plain: bool, mixed: set[str]
) -> tuple[str, str, list[Piece], list[str]]:
    """Return factor, text, pieces and the effects that became numbers, of one random term."""
    # several variables as one factor: bambi would make all combinations of their levels
    factor = columns.add(block.factor, categorical(block.index, block.levels))
    pieces: list[Piece] = []
    parts: list[str] = []
    coded: list[str] = []
    start = 0
    # effects that count from a mean would be others in bambi's words
    same = plain and block.shift is None and not mixed & {*block.effects}
    readable = same and all(map(_readable, block.plan.terms))
    for term in block.plan.all_terms:
        stop = start + len(term.names())
        names, values = block.effects[start:stop], block.values[:, start:stop]
        start = stop
        if not term.variables:
            pieces.append(Piece(f"1|{factor}", names, values, factor))
        elif readable:
            name = ":".join(columns.variable(entry.atom) for entry in term.variables)
            parts.append(name)
            pieces.append(Piece(f"{name}|{factor}", names, values, factor))
        else:
            made = _as_numbers(columns, names, values)
            parts += [piece.name for piece in made]
            pieces += [Piece(f"{p.name}|{factor}", p.names, p.values, factor) for p in made]
            coded += names
    text = " + ".join(["1" if block.plan.intercept else "0", *parts])
    return factor, f"({text} | {factor})", pieces, coded


def same_terms(text: PredictorText, component: Any) -> bool:
    """Whether bambi made of a predictor exactly the columns, levels and rows that are ours."""
    made = {name: term for name, term in component.terms.items() if name != "Intercept"}
    made = {name: term for name, term in made.items() if not name.startswith("offset(")}
    wanted = {piece.name: piece for piece in text.pieces}
    if set(made) != set(wanted):
        return False
    return all(order_of(piece, made[name]) is not None for name, piece in wanted.items())


def order_of(piece: Piece, term: Any) -> list[int] | None:
    """Return which of the piece's columns each of bambi's is, None where they are others."""
    columns = np.asarray(term.predictor if piece.factor else term.data, dtype=float)
    columns = columns.reshape(len(piece.values), -1)
    if columns.shape != piece.values.shape:
        return None
    order: list[int] = []
    for column in columns.T:
        same = np.flatnonzero((piece.values == column[:, None]).all(axis=0))
        if not same.size:
            return None
        order.append(int(same[0]))
    return order if len(set(order)) == len(order) else None

"""A few rows in the place of all, made up with the means and spreads of a model's variables.

How columns depend on variables (which of them count from where) is seen in any rows that are not
special; what depends on the data's own combinations is not asked of these.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import Atom, FactorAtom
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.values import Factor, Matrix, Value
from mixwell.formula import Expr
from mixwell.numeric.arrays import FloatArray

__all__ = ["stand_in_rows"]

_ROWS = 400


def stand_in_rows(
    frame: ModelFrame,
    atoms: Mapping[Expr, Atom],
    moments: Mapping[Expr, tuple[FloatArray, FloatArray]],
) -> ModelFrame:
    """Return rows on which variables have the means and sds that are given by numeric variable."""
    rng = np.random.default_rng(0)
    sizes = [len(atom.levels) for atom in atoms.values() if isinstance(atom, FactorAtom)]
    rows = max(_ROWS, 4 * sum(sizes))
    values: dict[Expr, Value] = {}
    for expr, atom in atoms.items():
        if isinstance(atom, FactorAtom):
            codes = rng.permutation(np.arange(rows) % len(atom.levels))
            values[expr] = Factor(codes, atom.levels, atom.ordered)
            continue
        mean, sd = moments[expr]
        drawn = rng.standard_normal((rows, len(mean)))
        drawn = (drawn - drawn.mean(axis=0)) / drawn.std(axis=0)
        made = mean + sd * drawn
        values[expr] = Matrix(made, atom.labels) if atom.labels else made[:, 0]
    return replace(frame, data=pd.DataFrame(index=pd.RangeIndex(rows)), variables=values)

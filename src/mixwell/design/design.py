"""A formula and data to the design: response, fixed effects and blocks, learned once, replayed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import (
    Atom,
    resolve_contrasts,
)
from mixwell.design.atoms.scope import Scope
from mixwell.design.blocks.group_block import GroupBlock, refuse_shared_ids
from mixwell.design.kept_rows import rows_used
from mixwell.design.predictor import (
    Predictor,
    column_notes,
    learn_predictor,
    read_variables,
    replay_predictor,
    same_predictor,
)
from mixwell.design.response.response import Response, build_response, read_response
from mixwell.errors import DataError
from mixwell.formula import Expr, Formula, deparse
from mixwell.numeric.arrays import FloatArray
from mixwell.tables.frame import read_frame

Functions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Learned:
    """What a design has learned and replays: levels, knots and means by expression."""

    memory: Mapping[Any, Any]
    functions: Functions
    atoms: Mapping[Expr, Atom]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The design of a model on some rows: response, mean and distributional predictors.

    Examples
    --------
    >>> from mixwell.formula import parse_formula
    >>> data = {"y": [1.0, 2.0, 4.0], "x": [0.0, 1.0, 3.0]}
    >>> design = build_design([parse_formula("y ~ x")], data)
    >>> list(design.common.columns), design.n
    (['Intercept', 'x'], 3)
    >>> design.evaluate({"x": [10.0]}).common["x"].tolist()
    [10.0]
    """

    response: Response | None
    mean: Predictor
    parameters: Mapping[str, Predictor]
    index: pd.Index
    notes: tuple[str, ...]
    learned: Learned
    data: pd.DataFrame

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.index)

    @property
    def common(self) -> pd.DataFrame:
        """The fixed-effect columns of the mean by name, `(obs, effect)`."""
        return self.mean.fixed.frame

    @property
    def blocks(self) -> list[GroupBlock]:
        """The random-effects blocks of the mean, one a term."""
        return list(self.mean.blocks)

    @property
    def offset(self) -> FloatArray | None:
        """The offset of the mean, `(obs,)`, on the link scale."""
        return self.mean.offset

    @property
    def predictors(self) -> dict[str, Predictor]:
        """All linear predictors: `mean` and those of distributional parameters."""
        return {"mean": self.mean, **self.parameters}

    @property
    def atoms(self) -> Mapping[Expr, Atom]:
        """The variables of the model, learned."""
        return self.learned.atoms

    @property
    def dropped(self) -> tuple[tuple[str, str], ...]:
        """The fixed-effect columns left out of the mean, each with its reason."""
        return self.mean.fixed.dropped

    def evaluate(self, data: object, *, response: bool = False) -> "Design":
        """Replay the design on new rows: the same columns, with what training learned.

        The response is read where `response` is set. Levels of grouping factors that training
        did not have are numbered after the known ones (see `GroupBlock.new_levels`).

        Raises
        ------
        DataError
            For unknown levels of a fixed factor, missing values, absent columns.
        """
        return replay_design(self, data, response=response)

    def __eq__(self, other: object) -> bool:
        """Compare the predictors column by column and row by row; the response is left aside."""
        if not isinstance(other, Design):
            return NotImplemented
        mine, theirs = self.predictors, other.predictors
        return (
            mine.keys() == theirs.keys()
            and self.index.equals(other.index)
            and all(same_predictor(mine[name], theirs[name]) for name in mine)
        )

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        """Say the size of the design in a few lines."""
        lines = [f"Design: {self.n} rows, {len(self.mean.fixed.names)} fixed-effect columns"]
        lines += [f"  {block!r}" for block in self.mean.blocks]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


def build_design(
    formulas: Sequence[Formula],
    data: object,
    *,
    contrasts: Mapping[str, object] | None = None,
    weights: object = None,
    missing: str = "drop",
    functions: Functions | None = None,
    counts: bool = False,
) -> Design:
    """Build the design of one or several formulas, the first for the mean.

    Variables are evaluated on all rows, then rows with a missing value in any of them go, as in
    R's `model.frame`; levels without a row go after that. `counts` says that the response of a
    binomial family is meant.

    Raises
    ------
    FormulaError
        For unknown columns and functions, with the place.
    DataError
        For data that the formula cannot be read on.
    """
    if missing not in ("drop", "error"):
        raise DataError(f"missing={missing!r} is unknown.", hint='Use "drop" or "error".')
    frame = read_frame(data)
    memory: dict[Any, Any] = {}
    functions = functions or {}
    main = formulas[0]
    scope = Scope(frame, memory, functions, main.text, learning=True)
    pieces = read_response(main, scope, weights, counts=counts)
    read = []
    for formula in formulas:
        scope = Scope(frame, memory, functions, formula.text, learning=True)
        read.append(read_variables(formula, scope))
    rows, notes = rows_used(frame, formulas, read, pieces, missing)
    names = list(dict.fromkeys(deparse(expr) for part in read for expr in part.values))
    chosen = resolve_contrasts(contrasts, names)
    index = frame.index[rows]
    atoms: dict[Expr, Atom] = {}
    predictors = {}
    for part in read:
        predictors[part.formula.parameter or "mean"] = learn_predictor(
            part, rows, index, chosen, atoms
        )
    refuse_shared_ids([block for p in predictors.values() for block in p.blocks])
    mean = predictors.pop(formulas[0].parameter or "mean")
    notes += [note for p in (mean, *predictors.values()) for note in column_notes(p)]
    return Design(
        build_response(pieces, rows) if pieces.arrays else None,
        mean,
        predictors,
        index,
        tuple(notes),
        Learned(memory, functions, atoms),
        frame if rows.all() else frame[rows],
    )


def replay_design(trained: Design, data: object, *, response: bool = False) -> Design:
    """Evaluate a trained design on new rows; see `Design.evaluate`."""
    frame = read_frame(data)
    learned = trained.learned
    predictors = {}
    for name, predictor in trained.predictors.items():
        scope = Scope(
            frame, dict(learned.memory), learned.functions, predictor.formula.text, learning=False
        )
        predictors[name] = replay_predictor(predictor, scope)
    made: Response | None = None
    if response and trained.response is not None:
        scope = Scope(
            frame,
            dict(learned.memory),
            learned.functions,
            trained.mean.formula.text,
            learning=False,
        )
        pieces = read_response(
            trained.mean.formula, scope, counts=trained.response.kind == "trials"
        )
        made = build_response(pieces, np.ones(len(frame), dtype=bool))
    mean = predictors.pop("mean")
    return replace(
        trained,
        response=made,
        mean=mean,
        parameters=predictors,
        index=frame.index,
        notes=(),
        data=frame,
    )

"""A formula and data to the design: response, fixed effects and blocks, learned once, replayed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from mixwell.design.atoms.atom import Atom, resolve_contrasts
from mixwell.design.atoms.evaluation import require_functions, training_frame
from mixwell.design.atoms.model_frame import Functions, ModelFrame
from mixwell.design.blocks.group_block import GroupBlock, refuse_shared_ids
from mixwell.design.kept_rows import rows_used
from mixwell.design.predictor import (
    Predictor,
    column_notes,
    expand_formula,
    learn_predictor,
    own_response_note,
    refuse_shared_columns,
    replay_predictor,
)
from mixwell.design.response.left_hand_side import read_response
from mixwell.design.response.new_rows import carried_columns, read_carried, weights_of
from mixwell.design.response.response import Response
from mixwell.design.row_labels import refuse_long_search, refuse_row_labels
from mixwell.design.seen.rows_seen import RowsSeen
from mixwell.design.seen.seen import Seen
from mixwell.errors import DataError, require_choice, require_truth
from mixwell.formula import Call, Expr, Formula, deparse
from mixwell.numeric.arrays import FloatArray
from mixwell.public_calls import public_methods
from mixwell.tables.frame import read_frame
from mixwell.tables.lazy.table_cells import TableCells

#: The formula of effects that are other ones at each threshold, until these are known.
_SPECIFIC = "cs()"


@public_methods
@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The design of a model on some rows: response, mean and distributional predictors.

    `frame` holds the rows and the values of the model's variables on them, `atoms` what was
    learned of each variable, `weights` the argument of the model, `formulas` their texts. Rows that
    lie `elsewhere` are not in the frame. Of a table that was counted `cells` are all distinct rows,
    those included that are not used.

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
    frame: ModelFrame
    atoms: Mapping[Expr, Atom]
    notes: tuple[str, ...] = ()
    weights: object = None
    formulas: tuple[str, ...] = ()
    elsewhere: Seen | None = None
    cells: TableCells | None = None

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.frame) if self.elsewhere is None else self.elsewhere.n

    @property
    def observations(self) -> int:
        """The number of rows, those counted that a row stands for where weights are frequencies."""
        counts = None if self.response is None else self.response.counts
        return self.n if counts is None else int(counts.sum())

    @property
    def data(self) -> pd.DataFrame:
        """The rows of the user's data that are in the design."""
        return self.frame.data

    @property
    def index(self) -> pd.Index:
        """The labels of the rows."""
        return self.frame.data.index

    @property
    def response_name(self) -> str:
        """What the response is called."""
        return self.response.name if self.response is not None else "the response"

    @property
    def responses(self) -> tuple[Expr, ...]:
        """The expressions on the formula's left side: that of the response, or of each of several.

        Of a model without a response there are none.
        """
        expr = self.mean.formula.response
        if self.response is not None and self.response.kind == "several":
            assert isinstance(expr, Call)
            return tuple(each.value for each in expr.args)
        return () if expr is None else (expr,)

    @property
    def common(self) -> pd.DataFrame:
        """The fixed-effect columns of the mean by name, `(obs, effect)`."""
        return self.mean.fixed.matrix

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fixed-effect columns of the mean, wherever the rows lie."""
        return tuple(self.mean.fixed.names)

    @property
    def blocks(self) -> list[GroupBlock]:
        """The random-effects blocks of the mean, one a term."""
        return list(self.mean.blocks)

    @property
    def offset(self) -> FloatArray | None:
        """The offset of the mean, `(obs,)`, on the link scale."""
        return self.mean.offset

    @property
    def mean_offset(self) -> float:
        """The mean of the offset over the rows, 0 without one."""
        known = None if self.response is None else self.response.known
        if known is not None:
            return known.offset
        return 0.0 if self.offset is None else float(self.offset.mean())

    @property
    def seen(self) -> Seen:
        """What is known of the rows that is no row: see `mixwell.design.seen`."""
        return RowsSeen(self.frame, self.response) if self.elsewhere is None else self.elsewhere

    @property
    def carried(self) -> tuple[str, ...]:
        """The data columns of what stands with the response: trials, weights, errors, limits."""
        trials = self.response is not None and self.response.trials is not None
        return carried_columns(self.mean.formula, self.weights, trials=trials)

    @property
    def predictors(self) -> dict[str, Predictor]:
        """All linear predictors: `mean` and those of distributional parameters."""
        return {"mean": self.mean, **self.parameters}

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
        return self.replay(read_frame(data), response=response)

    def replay(
        self,
        data: object,
        *,
        response: bool = False,
        carried: bool = False,
        asked: bool = False,
    ) -> "Design":
        """Replay the design on rows; see `evaluate`.

        With `carried` what stands with the response is read (see `read_carried`), not its values.
        Rows that are `asked` about may be of cells without data: see `wide_columns`.
        """
        require_truth("response", response)
        require_truth("carried", carried)
        require_truth("asked", asked)
        rows = data if isinstance(data, pd.DataFrame) else read_frame(data)
        frame = self.frame.on(rows, asked=asked)
        made_of: dict[int, Predictor] = {}
        for predictor in self.predictors.values():
            if id(predictor) not in made_of:  # parameters may share one
                reading = frame.reading(predictor.formula.text)
                made_of[id(predictor)] = replay_predictor(predictor, reading)
        predictors = {name: made_of[id(found)] for name, found in self.predictors.items()}
        made: Response | None = None
        if self.response is not None and response:
            weights, meant = weights_of(self.weights, frame), self.response.kind
            own = self.response.survey
            columns = read_response(self.mean.formula, frame, weights, meant=meant, survey=own)
            made = columns.response(unit=self.response.weight_unit)
        elif self.response is not None and carried:
            made = read_carried(self.mean.formula, frame, self.response, self.weights)
        mean = predictors.pop("mean")
        return replace(
            self,
            response=made,
            mean=mean,
            parameters=predictors,
            frame=frame,
            notes=(),
            elsewhere=None,
            cells=None,
        )

    def __repr__(self) -> str:
        """Say the size of the design in a few lines."""
        lines = [f"Design: {self.n} rows, {len(self.mean.fixed.names)} fixed-effect columns"]
        lines += [f"  {block!r}" for block in self.mean.blocks]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


def build_design(formulas: Sequence[Formula], data: object, **choices: Any) -> Design:
    """Build the design from data of any kind; `choices` are those of `learn_design`."""
    return learn_design(formulas, read_frame(data), **choices)


def learn_design(
    formulas: Sequence[Formula],
    data: pd.DataFrame,
    *,
    contrasts: Mapping[str, object] | None = None,
    weights: object = None,
    survey: bool = False,
    frequency: bool = False,
    counted: str | None = None,
    unread: frozenset[object] = frozenset(),
    missing: str = "drop",
    functions: Functions | None = None,
    meant: str = "number",
    intercept: bool = True,
    residuals: bool = False,
    locations: Callable[[Sequence[str] | None], Sequence[str]] | None = None,
    fixed: Sequence[str] = (),
    specific: Callable[[Sequence[str] | None], Sequence[str]] | None = None,
) -> Design:
    """Build the design of one or several formulas, the first for the mean.

    `data` are rows that `read_frame` has read; `weights` may be those of a `survey`, or
    of a `frequency`. Rows of a table that were `counted`, by the column of that name, teach means
    and knots as all rows do; columns that are `unread` are none of the user's. Variables are
    evaluated on all of them, then rows with a missing value in any of them go, as in R's
    `model.frame`; levels without a row go after that. `meant` is the kind of response that the
    family is for; without `intercept` other parameters hold that of the mean.
    A family of `residuals` estimates their spread: rows that a factor labels leave it none.
    `locations` names the parameters that the first formula is for, given the response's levels:
    those after the first share its predictor, unless they have a formula. Parameters that are
    `fixed` where every predictor is 0 have no intercept in theirs. `specific` names those that
    share what the first formula has in `cs()`.

    Raises
    ------
    FormulaError
        For unknown columns and functions, with the place.
    DataError
        For data that the formula cannot be read on.
    """
    require_choice("missing", missing, ("drop", "error"))
    require_functions(functions)
    everything = training_frame(data, functions, formulas[0].text, counted, unread)
    own = [
        note
        for formula in formulas
        for note in own_response_note(
            formula, formulas[0].response, everything.reading(formula.text)
        )
    ]
    response = read_response(formulas[0], everything, weights, meant=meant, survey=survey)
    first, *others = ("mean",) if locations is None else locations(response.levels)
    texts = tuple(formula.text for formula in formulas)
    formulas = _with_first(formulas, first, others)
    own_effects = formulas[0].specific
    if own_effects is not None:
        formulas = [*formulas, replace(own_effects, parameter=_SPECIFIC)]
    residuals = residuals and ("se" not in response.arrays or response.se_sigma)
    expanded = [
        expand_formula(f, everything.reading(f.text), residuals=residuals and f is formulas[0])
        for f in formulas
    ]
    rows, notes = rows_used(everything, expanded, response, missing)
    frame = everything.kept(rows)
    names = dict.fromkeys(deparse(expr) for one in expanded for expr in one.variables)
    chosen = resolve_contrasts(contrasts, list(names))
    residuals = residuals and len(frame) > 1
    if residuals:
        refuse_row_labels(expanded[0], frame)
    for one in expanded:
        refuse_long_search(one, frame)
    atoms: dict[Expr, Atom] = {}
    predictors = {
        one.formula.parameter or "mean": learn_predictor(
            one, frame, chosen, atoms, residuals=residuals and one is expanded[0]
        )
        for one in expanded
    }
    refuse_shared_ids([block for p in predictors.values() for block in p.blocks])
    mean = predictors.pop("mean")
    mean = mean if intercept else mean.with_thresholds()
    predictors |= {n: predictors[n].with_fixed_level(n) for n in fixed if n in predictors}
    if own_effects is not None:
        predictors[_SPECIFIC] = predictors[_SPECIFIC].with_thresholds()
    notes += own
    notes += response.unused_note()
    notes += [note for p in (mean, *predictors.values()) for note in column_notes(p)]
    made = response.response(rows)
    if frequency and made is not None and (counts := made.weights) is not None:
        made, mean = replace(made, frequency=True), mean.counted(counts)
        predictors = {name: found.counted(counts) for name, found in predictors.items()}
    parameters = {name: predictors.pop(name, mean) for name in others} | predictors
    if own_effects is not None and specific is not None:
        parameters = _with_specific(parameters, mean, specific(response.levels))
    return Design(made, mean, parameters, frame, atoms, tuple(notes), weights, texts)


def _with_specific(
    parameters: Mapping[str, Predictor], mean: Predictor, names: Sequence[str]
) -> dict[str, Predictor]:
    """Give the predictor of what is in `cs()` to the parameters of these names, which come first.

    Raises `DataError` for one that has a formula, and for effects that the mean has, too.
    """
    others = dict(parameters)
    shared = others.pop(_SPECIFIC)
    refuse_shared_columns(mean, shared)
    for name in (name for name in names if name in others):
        raise DataError(
            f"{name} is what cs() takes off a threshold; it has no other formula.",
            where=f"formula for {name}",
            hint="Write the predictors into cs().",
        )
    return {**dict.fromkeys(names, shared), **others}


def _with_first(
    formulas: Sequence[Formula], first: str, others: Sequence[str]
) -> Sequence[Formula]:
    """Put the formula of the `first` location, where it has its own, in the place of the main one.

    That is then the formula of each of the `others` that has none.
    """
    main, *given = formulas
    own = next((formula for formula in given if formula.parameter == first), None)
    if own is None:
        return formulas
    known = [formula.parameter for formula in given]
    rest = [replace(main, parameter=name) for name in others if name not in known]
    mean = replace(main, text=own.text, fixed=own.fixed, groups=own.groups)
    return [mean, *rest, *(formula for formula in given if formula is not own)]

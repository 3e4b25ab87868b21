"""Average effects of a treatment: every row's mean with it and without it, averaged over rows.

Source: Robins 1986 (g-computation); Altman 1998 (intervals of the number needed to treat).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from mixwell.errors import DataError, listed_values, require_choice, shown
from mixwell.interpret.changes.steps import axis_of
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.contrasts.kinds import bracketed, contrasts_of
from mixwell.interpret.contrasts.row_contrasts import level_labels
from mixwell.interpret.estimates.estimates import Estimates, estimates_of
from mixwell.interpret.grids.axes import Axis, named_variable, named_variables
from mixwell.interpret.grids.row_codes import codes_of
from mixwell.interpret.means.average_notes import average_notes
from mixwell.interpret.means.averaging_task import At, Names, Options, Task, as_names, task_of
from mixwell.interpret.means.categories import each_category
from mixwell.interpret.means.cell_averages import (
    CellNumbers,
    CellOrigin,
    cell_averages,
    sizes_of,
)
from mixwell.interpret.means.statistics_of import statistic_of
from mixwell.interpret.origins.made_numbers import Combination, Number, Quotient, Through
from mixwell.interpret.origins.origins import Listed, Taken, Weighed
from mixwell.interpret.rows.row_cells import with_cells
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.intervals.quantiles import equal_tailed
from mixwell.posterior.posterior import Posterior
from mixwell.text.names import quoted
from mixwell.text.numbers import show_values
from mixwell.text.phrases import and_more, listed

__all__ = ["effect"]

#: Among whom effects are averaged.
AMONG = ("all", "treated", "untreated")
#: Responses of which each is one of some outcomes, so that differences are of risks.
_OUTCOMES = ("outcomes", "trials", "ordered", "categories")


def _odds(p: FloatArray) -> FloatArray:
    return np.asarray(p / (1 - p))


def _less(after: Number, before: Number) -> Number:
    return Combination((after, before), np.array([1.0, -1.0]), ("after", "before"))


def _odds_over(after: Number, before: Number) -> Number:
    odds = "the odds of {}"
    return Quotient(Through(after, _odds, odds), Through(before, _odds, odds))


def _needed(after: Number, before: Number) -> Number:
    return Through(_less(after, before), lambda difference: 1 / difference, "1 divided by {}")


@dataclass(frozen=True, eq=False)
class Measure:
    """What is made of means after and before: `of` both, its words, its scale and its null.

    `made` says what it is made of, of what both are made of. `summarized` is the scale of
    summaries, where it is not the numbers' own.
    """

    of: Callable[[FloatArray, FloatArray], FloatArray]
    made: Callable[[Number, Number], Number]
    words: str
    scale: str = "response"
    null: float = 0.0
    summarized: str | None = None
    said: str = ""


MEASURES = {
    "difference": Measure(lambda after, before: after - before, _less, "differences"),
    "ratio": Measure(
        lambda after, before: after / before, Quotient, "ratios", "ratio", 1.0, "ratio"
    ),
    "odds ratio": Measure(
        lambda after, before: _odds(after) / _odds(before),
        _odds_over,
        "odds ratios",
        "odds ratio",
        1.0,
        "ratio",
        "Odds ratios are those of averaged probabilities.",
    ),
    "number needed to treat": Measure(
        lambda after, before: 1 / (after - before),
        _needed,
        "numbers needed to treat",
        "number needed to treat",
        np.inf,
        "needed",
        "So many have to be treated for one more, of negative numbers for one less. They are the "
        "inverse of the median difference and of the ends of its interval; where that holds 0 the "
        "number has no interval, but goes through infinity.",
    ),
}


def effect(
    posterior: Posterior,
    treatment: str,
    by: Names = None,
    at: At = None,
    *,
    among: str | Sequence[str] | None = None,
    measure: Literal["difference", "ratio", "odds ratio", "number needed to treat"] = "difference",
    step: str = "reference",
    parameter: str = "mean",
    **given: Any,
) -> Estimates:
    """Return the average effect of a treatment: all rows with it less the same rows without it.

    The treatment is a factor, a truth value or a number that has two values; everything else in
    the rows stays as it is (g-computation). Effects are averaged `among` "all" rows, the "treated"
    and the "untreated" (without it each of them), within `by`: columns of the rows, which the model
    need not have. Of a treatment with several levels each is compared with the first, or as the
    `step` "sequential" or "pairwise" says; treated are then the rows at the level that is compared,
    untreated those at the other. The `measure` is taken of averaged means: their "difference",
    "ratio", and of outcomes "odds ratio" and "number needed to treat", the inverse of the
    difference. They are effects on the mean or on a `parameter`, as `means` has it: a category's
    probability, the mean of one of several responses, "sigma". The column `size` says how many
    rows count, or what their `weights` add up to.

    Rows are the data's, in their own groups, or those of a `population`; the further options are
    those of `means`. Raises `DataError`.
    """
    require_choice("measure", measure, MEASURES)
    options = _options(effect, given, at)
    spec = posterior.spec
    treatment = named_variable(spec.design, treatment)
    names = named_variables(spec.design, as_names(by, "by"))
    base = task_of(
        posterior, (), (), options, parameter=parameter, changing=(treatment,), inside=names
    )
    axis = _levels_of(base, treatment)
    assert base.rows is not None
    known = axis.name in base.rows.frame.columns
    chosen = _among(among, axis.name, known=known)
    if axis.name in names:
        raise DataError(f"{axis.name} cannot both change and stand in by=.")
    names = [*names, axis.name] if known else names
    if names:
        grid = with_cells(base.grid, base.rows, names)
        base = replace(base, grid=grid, request=grid.request or base.request)
    _require_mean(base, measure)
    found = each_category(base, lambda task: _effects(task, axis, chosen, measure, step))
    return _with_turns(found) if MEASURES[measure].summarized == "needed" else found


def _require_mean(task: Task, measure: str) -> None:
    """Refuse what has no such measure: angles, and numbers needed to treat of numbers."""
    inverse = MEASURES[measure].summarized == "needed"
    if inverse and task.options.rope is not None:
        raise DataError(
            "A region of practical equivalence is one of differences.",
            where="rope",
            hint='measure="difference".',
        )
    source = task.source
    family = task.spec.family if source.all_responses else source.family
    if family.period is not None and not source.itself:
        raise DataError(
            "The mean of angles is a direction: averages of their differences say nothing.",
            hint="fit.comparisons() turns from one to the other.",
        )
    if inverse and (source.itself or family.support.kind not in _OUTCOMES):
        what = source.named or task.spec.design.response_name
        raise DataError(
            f"Numbers needed to treat are of outcomes; {what} is a number.",
            where="measure",
            hint='measure="difference".',
        )


def _options(verb: Callable[..., object], given: Mapping[str, Any], at: At) -> Options:
    """Return the options: averages are those of the rows' responses, in their own groups."""
    options = Options.read(verb, given, at=at, average="response", over="data")
    if options.scale == "link":
        raise DataError(
            "Effects are averaged on the scale of the response.",
            where="scale",
            hint="fit.comparisons() compares linear predictors.",
        )
    if given.get("groups") is None and options.population is None:
        return replace(options, groups="existing")
    return options


def _levels_of(task: Task, treatment: str) -> Axis:
    """Return the axis of a treatment; `DataError` for numbers with more than two values."""
    axis = axis_of(task, treatment)
    if not axis.counted:
        raise DataError(
            f"{axis.name} holds numbers: an effect is that of one value instead of another.",
            where="treatment",
            hint=f'fit.comparisons({quoted(axis.name)}, step=(lo, hi), over="data") takes two of '
            f"them, fit.slopes({quoted(axis.name)}) has the change per unit.",
        )
    if axis.name in (task.options.at or {}):
        raise DataError(f"at= cannot give {axis.name} a value: its effect is asked for.")
    if len(axis.values) == 1:
        raise DataError(f"{axis.name} has one level here, {axis.shown[0]}: there is no other.")
    return axis


def _among(asked: object, treatment: str, *, known: bool) -> tuple[str, ...]:
    """Return among whom effects are averaged; rows that do not say who is treated have all."""
    if asked is None:
        return AMONG if known else AMONG[:1]
    found = listed_values(asked)
    if not found:
        raise DataError(f"among={shown(asked)} names nobody.", hint=f"Choices: {listed(AMONG)}.")
    for each in found:
        require_choice("among", each, AMONG)
    if not known and set(found) != {"all"}:
        raise DataError(
            f"The population has no column {treatment!r} that says who is treated.",
            where="among",
            hint='among="all".',
        )
    return tuple(each for each in AMONG if each in found)


def _effects(task: Task, axis: Axis, among: Sequence[str], measure: str, step: str) -> Estimates:
    made, answer = MEASURES[measure], statistic_of(task.source, "response")
    means = _CellMeans.of(task, axis)
    parts = [
        (pair, who, means.among(pair.of[who])) for pair in _pairs(axis, step, made) for who in among
    ]
    frames = [
        means.frame.assign(contrast=pair.label, among=who, size=cells.size).iloc[cells.counted]
        for pair, who, cells in parts
    ]
    frame = pd.concat(frames, ignore_index=True)
    measured = [_measured(measure, *cells.pair(pair))[cells.counted] for pair, _, cells in parts]
    drawn = np.concatenate(measured)
    residue = np.concatenate([cells.unknown(pair)[cells.counted] for pair, _, cells in parts])
    scale = "" if made.summarized == "ratio" and not (drawn > 0).all() else made.summarized
    logs = np.log(drawn) if scale == "ratio" else None
    each = [cells.made(pair, made, row) for pair, _, cells in parts for row in cells.counted]
    origin = Listed(tuple(each))
    compared = origin if logs is None else Taken(origin, np.log, "the logarithm of {}")
    found = estimates_of(
        drawn,
        task.source.posterior.shape,
        frame[["contrast", *means.frame.columns, "among"]],
        rope=task.options.rope,
        ci_prob=task.options.ci_prob,
        scale=made.scale,
        title=f"Average effects of {axis.name} on {answer.quantity} "
        f"({made.words}; {answer.scale_words})",
        notes=_said(task, axis, among, made),
        ratios=scale,
        null=made.null,
        estimand="comparison",
        response=answer.response,
        statistic=answer.statistic,
        basis=Basis(None if logs is None else "ratio", logs, residue, origin=compared),
        origin=origin,
    )
    return replace(found, frame=found.frame.assign(size=frame["size"].to_numpy()))


def _with_turns(found: Estimates) -> Estimates:
    """Say how numbers needed to treat go through infinity, where differences may be 0."""
    turned = np.flatnonzero(found.frame["lower"].isna() & found.frame["estimate"].notna())
    if not len(turned):
        return found
    with np.errstate(divide="ignore"):
        low, high = equal_tailed(1 / found.samples[turned], found.settings.prob)
    said = [
        f"{found.labels[row]}: from {1 / high[k]:.3g} for one more, through infinity, to "
        f"{-1 / low[k]:.3g} for one less"
        for k, row in enumerate(turned)
    ]
    note = f"{found.settings.percent} of the draws: {and_more(said, 8, '; ')}."
    return replace(found, notes=(*found.notes, note))


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two levels that are compared, by their places, and the level that rows among each have."""

    label: str
    before: int
    after: int

    @property
    def of(self) -> dict[str, int | None]:
        return {"all": None, "treated": self.after, "untreated": self.before}


def _pairs(axis: Axis, step: str, measure: Measure) -> list[_Pair]:
    """Return the pairs of levels; `DataError` for a step that does not compare two at a time."""
    labels = level_labels(pd.DataFrame({axis.name: list(axis.shown)}), [axis.name])
    if not axis.levels:
        labels = [bracketed(text) for text in show_values(axis.shown)]
    pairs = contrasts_of(step, labels, what=f"levels of {axis.name}")
    found = []
    for row, weights in enumerate(pairs.weights):
        if sorted(weights[weights != 0].tolist()) != [-1.0, 1.0]:
            raise DataError(
                f"step={shown(step)} does not compare two levels at a time.",
                where="step",
                hint='step="reference", "sequential" or "pairwise".',
            )
        label = pairs.label(row, "/" if measure.null == 1 else "-")
        found.append(_Pair(label, int(weights.argmin()), int(weights.argmax())))
    return found


@dataclass(frozen=True, eq=False)
class _AmongCells:
    """Means of rows at every level of a treatment, `(level, cell, sample)`; their rows' `size`.

    `origins` has for each level what the means of its cells are made of.
    """

    values: FloatArray
    residue: FloatArray
    size: FloatArray
    origins: tuple[Weighed, ...]

    @property
    def counted(self) -> list[int]:
        """The cells that have rows."""
        return np.flatnonzero(self.size).tolist()

    def made(self, pair: _Pair, measure: Measure, cell: int) -> Callable[[], Number]:
        """Return what says of what the measure of a cell is made."""
        after, before = self.origins[pair.after], self.origins[pair.before]
        return lambda: measure.made(after.number(cell), before.number(cell))

    def pair(self, pair: _Pair) -> tuple[FloatArray, FloatArray]:
        """Return the means after and before."""
        return self.values[pair.after], self.values[pair.before]

    def unknown(self, pair: _Pair) -> FloatArray:
        """Return what the data leave open of either."""
        return np.asarray(self.residue[pair.after] + self.residue[pair.before])


@dataclass(frozen=True, eq=False)
class _CellMeans:
    """Means at every level of a treatment, of the rows at each level apart.

    `values` is `(level, part, sample)`: a part of the rows has a cell in `frame`, its number in
    `cell`, a level of its own, `own`, and its `size`. `origins` says of each level what its parts'
    means are made of.
    """

    values: FloatArray
    residue: FloatArray
    frame: pd.DataFrame
    cell: IntArray
    own: IntArray
    size: FloatArray
    origins: tuple[CellOrigin, ...]

    @classmethod
    def of(cls, task: Task, axis: Axis) -> "_CellMeans":
        """Average over the rows, once for each level of the treatment."""
        grid = task.grid
        places = [j for j, held in enumerate(grid.held) if held.name == axis.name]
        others = [j for j in range(len(grid.held)) if j not in places]
        cells, cell = np.unique(grid.cells[:, others[::-1]], axis=0, return_inverse=True)
        by = replace(grid, held=tuple(grid.held[j] for j in others), cells=cells[:, ::-1])
        own = np.zeros(len(grid.cells), dtype=np.int64)
        for j in places:  # rows may lack levels that the model knows
            levels = pd.Series(list(grid.held[j].values))
            own = codes_of(levels, axis)[grid.cells[:, j]]
        tasks = [replace(task, changed={axis.name: value}) for value in axis.values]
        on_response = task.on_response
        found = [cell_averages(one, response=on_response) for one in tasks]
        origins = tuple(CellOrigin(one, CellNumbers(on_response)) for one in tasks)
        values = np.array([each.values for each in found])
        residue = np.array([np.abs(each.residue) for each in found])
        return cls(values, residue, by.frame, cell.ravel(), own, sizes_of(task), origins)

    def among(self, level: int | None) -> _AmongCells:
        """Return the means of all rows, or of those that are at a level themselves."""
        part = np.flatnonzero(self.size * (True if level is None else self.own == level))
        weight = np.zeros((len(self.frame), len(self.cell)))
        weight[self.cell[part], part] = self.size[part]
        size = weight.sum(axis=1)
        weight /= np.where(size > 0, size, 1.0)[:, None]
        labels = tuple(f"part {k + 1}" for k in range(len(self.cell)))
        origins = tuple(Weighed(each, csr_array(weight), labels) for each in self.origins)
        return _AmongCells(weight @ self.values, weight @ self.residue, size, origins)


def _measured(measure: str, after: FloatArray, before: FloatArray) -> FloatArray:
    """Return the measure of averaged means in every draw; `DataError` where there is none."""
    made = MEASURES[measure]
    if made.summarized is None:
        return made.of(after, before)
    inside = [(each >= 0).all() and (each <= 1).all() for each in (after, before)]
    if measure == "odds ratio" and not all(inside):
        raise DataError(
            "Odds ratios need means between 0 and 1; some draws are not.",
            where="measure",
            hint='measure="difference".',
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        return made.of(after, before)


def _said(task: Task, axis: Axis, among: Sequence[str], made: Measure) -> tuple[str, ...]:
    """Say what was averaged, who is meant by treated, and what makes it an effect."""
    what = task.source.named or statistic_of(task.source, "response").statistic
    said = [f"Each row's {what} is taken at every level of {axis.name}, all else in it as it is."]
    if len(axis.values) > 2 and set(among) != {"all"}:
        said.append("Treated are rows at the level that is compared, untreated those at the other.")
    said.append(
        f"They are effects of {axis.name} if, among rows that are alike in the model's other "
        "variables, who has which level is as good as random."
    )
    # rows at a level are apart for `among` only
    by = tuple(name for name in task.request.by if name != axis.name)
    cells = replace(task, request=replace(task.request, by=by))
    notes = average_notes(cells, on_response=True, variable=axis.name, moved=True, as_they_are=True)
    return (*said, *notes, *([made.said] if made.said else []))

"""What means, slopes and comparisons share: a user's choices, and the grid that they make."""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from mixwell.design import Predictor
from mixwell.errors import (
    DataError,
    listed_values,
    require_choice,
    require_known,
    require_seed,
    require_truth,
    shown,
)
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.estimates.practical_equivalence import Rope, rope_ends
from mixwell.interpret.expected.expected_response import predictors_read
from mixwell.interpret.expected.named_parts import named_part
from mixwell.interpret.expected.predictor_draws import MeanPredictor, filled
from mixwell.interpret.expected.quantities import Quantity
from mixwell.interpret.expected.scores import with_scores
from mixwell.interpret.grids.axes import (
    all_columns,
    columns_of,
    columns_read,
    effect_columns,
    fixed_columns,
    group_columns,
    named_variable,
    named_variables,
)
from mixwell.interpret.grids.reference_grid import Grid, GridRequest, build_grid
from mixwell.interpret.groups.group_draws import GroupDraws, group_draws
from mixwell.interpret.groups.levels_beyond_data import refuse_unknown_levels, said_of_new_levels
from mixwell.interpret.groups.treatments import (
    Groups,
    Treatments,
    read_treatments,
    require_groups,
)
from mixwell.interpret.rows.row_cells import with_cells
from mixwell.interpret.rows.weighed_rows import (
    WeighedRows,
    rows_of_population,
    rows_of_the_data,
)
from mixwell.package_options import require_probability
from mixwell.posterior.posterior import Posterior
from mixwell.progress import require_progressbar
from mixwell.specify.spec import Spec

Names = str | Sequence[str] | None
At = Mapping[str, object] | None
Scale = Literal["response", "link", "score"]

#: What grouping factors add to the linear predictors of a grid, in words.
GROUPS = {
    "population": "For a typical group, whose deviations are 0.",
    "existing": "For the groups in the data, with their own deviations.",
    "new": "For new groups: one level of each grouping factor, drawn from its fitted covariance.",
    "integrated": "Averaged over the population of groups: in every draw the mean over deviations "
    'of new groups, not that of a typical group (groups="population").',
    "mixed": "For the groups in the data, with their own deviations, and for levels that at= adds, "
    "drawn from their factor's fitted covariance.",
    "completed": "For the groups in the data, with their own deviations; of levels that at= adds "
    "the mean over deviations of new groups in every draw.",
}

#: The same of rows, each of its own groups.
OF_ROWS = {
    **GROUPS,
    "existing": "With the deviations of each row's groups.",
    "new": "For new groups: each level in the rows drawn from its factor's fitted covariance.",
    "mixed": "With the deviations of each row's groups, those of levels that the fit does not know "
    "drawn from their factor's fitted covariance.",
    "completed": "With the deviations of each row's groups; of levels that the fit does not know "
    "the mean over deviations of new groups in every draw.",
}

#: What is taken where a user says nothing and gives no population.
_UNSAID = {"groups": "population", "average": "link"}

#: What of a transformed response answers are about: of what was measured, or of itself.
CENTERS = ("median", "mean", "transformed")


@dataclass(frozen=True, eq=False)
class Options:
    """The choices that means, slopes and comparisons share; `DataError` for any other.

    `scale` is "response", "link", or of ordered categories "score", with `scores` for them;
    `average` and `over` are "link" or "response", "grid" or "data"; `groups` and `weights` are
    names of their tables, and `weights` of columns where rows are averaged over. A `population` is
    a table of such rows: responses are averaged, in the groups that the rows are of.
    """

    at: At = None
    scale: str = "response"
    groups: Groups | None = None
    weights: str = "equal"
    average: str | None = None
    over: str = "grid"
    population: object = None
    rope: Rope | None = None
    center: str = "median"
    seed: int | None = None
    ci_prob: float | None = None
    simultaneous: bool = False
    progressbar: bool | None = None
    scores: object = None

    def __post_init__(self) -> None:
        table = self.population is not None
        unsaid = {"groups": "mixed", "average": "response"} if table else _UNSAID
        for name, own in unsaid.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, own)
        if table:
            object.__setattr__(self, "over", "data")
        require_groups(self.groups)
        require_choice("scale", self.scale, ("response", "link", "score"))
        if self.scores is not None and self.scale != "score":
            raise DataError("scores= is for the expected score.", hint='With scale="score".')
        require_choice("average", self.average, ("link", "response"))
        require_choice("over", self.over, ("grid", "data"))
        require_choice("center", self.center, CENTERS)
        require_seed(self.seed)
        require_progressbar(self.progressbar)
        require_truth("simultaneous", self.simultaneous)
        if self.ci_prob is not None:
            require_probability("ci_prob", self.ci_prob)
        if self.rope is not None:
            rope_ends(self.rope, 0.0)
        if self.at is not None and not isinstance(self.at, Mapping):
            raise DataError(
                f"at= takes a dict, not {shown(self.at)}.",
                hint="With the name of a variable and its value or values, as {name: [0, 1]}.",
            )

    @classmethod
    def read(cls, verb: Callable[..., object], given: Mapping[str, Any], **own: Any) -> "Options":
        """Return the options given to a verb, which has its own value for some of them."""
        require_options(verb, given, cls.names(own))
        return cls(**given, **own)

    @classmethod
    def names(cls, own: Collection[str] = ()) -> list[str]:
        """Return the names of the options, without a verb's own."""
        return [each.name for each in fields(cls) if each.name not in own]


def require_options(
    verb: Callable[..., object], given: Mapping[str, Any], further: Sequence[str] = ()
) -> None:
    """Refuse an option that a verb does not have, with the nearest of its own and of `further`."""
    _, *own = inspect.signature(verb).parameters.values()
    known = [each.name for each in own if each.kind is not each.VAR_KEYWORD]
    known += [name for name in further if name not in known]
    for name in given:
        said = f"{verb.__name__}() has no option {name}=."
        if name not in known and callable(getattr(Estimates, name, None)):
            raise DataError(said, hint=f"Ask the table for it: {verb.__name__}(...).{name}(...).")
        require_known(name, known, said)


def on_straight_scale(spec: Spec, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return options with the scale on which residuals are, where they say none."""
    return given if spec.mean_is_linear else {"scale": "link", **given}


def as_names(names: Names, argument: str = "of") -> tuple[str, ...]:
    """Return one or several names as a tuple.

    Raises `DataError`, naming the argument, for what is no text and no list of texts.
    """
    if names is None:
        return ()
    found = listed_values(names)
    listed = [name for name in found if isinstance(name, str)]
    if len(listed) < len(found):
        raise DataError(
            f"{argument}= takes the name of a variable or a list of names, not {shown(names)}."
        )
    return tuple(listed)


@dataclass(frozen=True, eq=False)
class Task:
    """A grid with its request and options, and the groups' draws that all of its averages share.

    Averages over `rows` set the columns in `changed` to a value and add to those in `shifted`.
    """

    source: MeanPredictor
    grid: Grid
    request: GridRequest
    options: Options
    groups: GroupDraws
    rows: WeighedRows | None = None
    changed: Mapping[str, Any] = field(default_factory=dict)
    shifted: Mapping[str, float] = field(default_factory=dict)

    @property
    def spec(self) -> Spec:
        """The specification of the model."""
        return self.source.spec

    @property
    def on_response(self) -> bool:
        """Whether responses are what is averaged, where a cell averages over several rows."""
        options = self.options
        return options.scale == options.average == "response" and not self.source.linear

    @property
    def several(self) -> bool:
        """Whether a cell averages over several rows."""
        return bool(self.grid.averaged) or self.over_rows

    @property
    def over_rows(self) -> bool:
        """Whether averages go over rows: given ones, or one for each of the data's groups."""
        return self.rows is not None or bool(self.groups.treatments.known)

    def moving(self, variable: str) -> "Task":
        """Return the task for a variable that changes: an offset that reads it changes along."""
        read = columns_read(self.source.design.mean.terms.offsets)
        return self.on(replace(self.grid, offset=None)) if variable in read else self

    def about(self, parameter: str) -> "Task":
        """Return the same task for another parameter's linear predictor."""
        return replace(self, source=self.source.of(parameter))

    def on(self, grid: Grid) -> "Task":
        """Return the same task on another grid."""
        return replace(self, grid=grid)


def task_of(
    posterior: Posterior,
    of: tuple[str, ...],
    by: Names,
    options: Options,
    *,
    parameter: str = "mean",
    effects: bool = False,
    quantity: Quantity | None = None,
    changing: Sequence[str] = (),
    inside: Sequence[str] = (),
) -> Task:
    """Put a task together; new levels of groups are drawn here, once for all averages.

    Names are read here: `a:b` and `a * b` are two, columns may stand in backticks. The answer is
    about the mean or what else the name of a `parameter` stands for. `effects` gives the columns
    that only random effects read a place on the grid of a population; a `quantity` stands in the
    mean's place. Rows need no column that is `changing`, and have those they are `inside` of.
    """
    source = source_of(posterior, parameter, options, quantity)
    if options.scale == "score":  # a mean of responses, of whose categories each counts as much
        source = with_scores(source, options.scores)
        options = replace(options, scale="response", scores=None)
    design = source.design
    assert options.groups is not None
    treatments = treatments_of(source, options.groups, predictors_read(source))
    require_expected(source, treatments)
    _require_responses(source, treatments, options)
    read = grid_predictors(source, options.scale)
    at = options.at and {named_variable(design, name): own for name, own in options.at.items()}
    options = replace(options, at=at)
    of = tuple(named_variables(design, of))
    chosen = named_variables(design, as_names(by, "by"))
    rows = rows_asked(
        source, options, read, treatments, (*of, *(at or ()), *changing), (*chosen, *inside)
    )
    apart = rows is not None and rows.cut_by(chosen, columns_of(all_columns, read))
    request = GridRequest(
        of,
        () if apart else chosen,
        at,
        groups=columns_of(group_columns, read, treatments.known),
        effects=columns_of(effect_columns, read, None if effects else treatments.read),
        open=_open_columns(read, treatments),
        read=read,
        draws=posterior.samples,
        about=source.named or "The mean",
    )
    grid = build_grid(design, request)
    if rows is not None and apart:
        grid = with_cells(grid, rows, chosen)
    named = set(at or ())
    asked = treatments.open
    if rows is None or not rows.table:
        asked = tuple(n for n in asked if named & {*columns_of(group_columns, read, (n,))})
    groups = group_draws(posterior, treatments, options.seed, open=asked, one_new=True)
    return Task(source, grid, grid.request or request, options, groups, rows)


def rows_asked(
    source: MeanPredictor,
    options: Options,
    read: Sequence[Predictor],
    treatments: Treatments,
    given: Sequence[str] = (),
    further: Sequence[str] = (),
) -> WeighedRows | None:
    """Return the rows that are averaged over, None for those of a grid.

    Those of a population's table have what the predictors read, `given` columns aside; those of the
    data have `further` ones, too. Raises `DataError` where they have not.
    """
    if options.over == "grid":
        return None
    needed = [*columns_of(fixed_columns, read), *columns_of(effect_columns, read, treatments.read)]
    of_groups = columns_of(group_columns, read, treatments.known)
    if options.population is None:
        every = (*needed, *of_groups, *given, *further)
        return rows_of_the_data(source.design, options.weights, every)
    needed = [name for name in dict.fromkeys(needed) if name not in given]
    of_groups = [name for name in of_groups if name not in (*given, *needed)]
    rows = rows_of_population(options.population, options.weights, needed, of_groups)
    needed += of_groups
    own = rows.frame.drop(columns=[name for name in given if name in rows.frame])  # set anyway
    design = source.design.replay(filled(source, own, needed), asked=True)
    refuse_unknown_levels(design, treatments.having("existing"), "the population")
    return replace(rows, notes=said_of_new_levels(design, treatments))


def source_of(
    posterior: Posterior, parameter: str, options: Options, quantity: Quantity | None = None
) -> MeanPredictor:
    """Return what an answer is about: the mean, or what the name of a parameter stands for.

    Raises `DataError` for names that stand for nothing, and for options of the mean alone.
    """
    source = MeanPredictor(posterior, quantity=quantity, center=options.center)
    named = named_part(source, parameter, linear=options.scale == "link")
    require_center(named, options)
    if named.named and options.scale == "score":
        raise DataError(
            f"Scores are expected with all parameters; {parameter} is one of them.",
            where="parameter",
            hint="Leave parameter= out, or take another scale.",
        )
    return named


def require_center(source: MeanPredictor, options: Options) -> None:
    """Refuse means on the way back from a response where there is no such way, and no residuals."""
    if options.center != "mean":
        return
    where = 'center="mean"'
    if source.itself:
        raise DataError(
            f"{source.named} is a parameter: it is not taken back from a response.",
            where=where,
            hint="Leave center= out.",
        )
    # of several responses those that were not transformed have means anyway
    taken = [one for one in source.each if one.back is not None]
    if not taken:
        name = source.spec.design.response_name
        said = f"center= is for transformed responses that can be taken back; {name} is not."
        raise DataError(said, where=where, hint="Leave it out: means are means here.")
    for one in taken:
        _require_mean_of(one, options, where)


def _require_mean_of(source: MeanPredictor, options: Options, where: str) -> None:
    """Refuse means of a response that was transformed where residuals have none."""
    spec, name, back = source.spec, source.modeled_response.name, source.back
    assert back is not None
    if options.scale == "link":
        said = f"On the link scale means are those of {name}."
        raise DataError(said, where=where, hint=f'scale="response" has those of {back.source}.')
    if back.pole:
        raise DataError(
            f"The mean of {back.source} is infinite: residuals of {name} reach where it has no "
            "value.",
            where=where,
            hint="Leave it out: medians are taken back.",
        )
    censorable = source.family.censorable
    known = censorable is not None and censorable.quantile is not None
    if spec.response.truncated or spec.response.se is not None or not known:
        raise DataError(
            f"Means of {back.source} need quantiles of the residuals of {name}, which are not "
            "known here.",
            where=where,
            hint="Leave it out: medians are taken back.",
        )


def require_expected(source: MeanPredictor, treatments: Treatments) -> None:
    """Refuse averages over a population of groups of what is no mean, such as medians."""
    quantity = source.quantity
    if not treatments.scattered:
        return
    medians = (o.back for o in source.each if o.back and not (o.back.affine or o.integrated))
    back = next(medians, None)
    if quantity is not None and quantity.instead:
        said, hint = quantity.words, quantity.instead
    elif back is not None:
        said, hint = f"median of {back.source}", f'center="mean" has the mean of {back.source}.'
    else:
        return
    raise DataError(
        f"For a population of groups the {said} is not the mean of its groups' own.",
        where=f'groups="{treatments.by_factor[treatments.scattered[0]]}"',
        hint=f'{hint} groups="population" has that of a typical group.',
    )


def _require_responses(source: MeanPredictor, treatments: Treatments, options: Options) -> None:
    """Refuse averages of linear predictors where those of some rows are integrated over."""
    averaged = options.scale == "link" or options.average == "response"
    if treatments.having("completed") and not averaged and not source.linear:
        raise DataError(
            "Levels that the fit does not know are averaged over on the scale of the response.",
            where='groups="completed"',
            hint='average="response" averages responses.',
        )


def grid_predictors(source: MeanPredictor, scale: str = "response") -> tuple[Predictor, ...]:
    """Return the predictors whose columns make the grid of an answer on a scale, its own first."""
    spec = source.spec
    if source.named:
        return predictors_read(source)
    read = spec.mean_parameters if scale == "response" else spec.in_predictors
    if source.quantity is not None:
        read = spec.auxiliary
    return tuple(spec.predictors[name] for name in ("mean", *read) if name in spec.predictors)


def treatments_of(source: MeanPredictor, groups: Groups, read: Sequence[Predictor]) -> Treatments:
    """Return the treatments of the factors that the answer depends on by what it has `read`.

    Raises `DataError` where a parameter has no groups to be integrated over.
    """
    factors = [block.factor for each in read for block in each.blocks]
    treatments = read_treatments(groups, list(source.spec.layout.factor_levels))
    own = treatments.of(factors)
    if source.named and treatments.having("integrated") and not own.having("integrated"):
        raise DataError(
            f"{source.named} has no groups whose deviations could be integrated over.",
            where='groups="integrated"',
            hint="Leave groups= out.",
        )
    return own


def _open_columns(read: Sequence[Predictor], treatments: Treatments) -> tuple[str, ...]:
    """Return the columns that may stand at unseen levels: those that only mixed factors read."""
    known = {*columns_of(fixed_columns, read), *columns_of(effect_columns, read)}
    known |= {*columns_of(group_columns, read, treatments.having("existing"))}
    mixed = columns_of(group_columns, read, treatments.open)
    return tuple(name for name in mixed if name not in known)

"""Every name of a posterior's variables and dims, and of the data and coordinates of its model.

Names are made here and nowhere else. What users call their columns goes into some of them: a name
that the model already has gets another ending, so that no column can stand in a model's way. The
same holds for columns next to those of results.
"""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from mixwell.families import FAMILIES
from mixwell.families.categories.softmax import location_names

if TYPE_CHECKING:
    from mixwell.design.predictor import Predictor
    from mixwell.design.response.response import Response

#: What priors can be given to as a class: all slopes, all sds, all correlations of the mean.
CLASSES = ("b", "sd", "corr")
#: The name of the vector of coefficients and effects that are sampled in whitened coordinates.
WHITENED = "whitened_coordinates"
#: How the names of intercepts at the predictors' means end.
CENTERED = "Intercept_centered"
#: The dim of categories, whose coefficients are the rows of one variable.
CATEGORY = "category"
#: The dim of several responses.
RESPONSE = "response"
#: That of all categories of an observed response in a PyMC model, the reference too.
OBSERVED_CATEGORY = "observed_category"
#: Names that any model may have.
_ALWAYS = ("chain", "draw", "weights", "likelihood_weights", WHITENED)


@dataclass(frozen=True, slots=True)
class PredictorNames:
    """The names that belong to one linear predictor: `b` and `effect`, `b_sigma` and so on.

    `prefix` stands before its coefficients' names, `suffix` behind them; `sds` is the class of its
    random effects' standard deviations; `slopes` are the coefficients next to a centered intercept,
    `own_intercept` is one at the predictors' own zero.
    """

    prefix: str
    coefficients: str
    sds: str
    effect_dim: str
    slopes: str
    slope_dim: str
    intercept: str
    own_intercept: str
    columns: str
    centered_columns: str
    offset: str
    suffix: str = ""

    def label(self, effect: str) -> str:
        """Return the name of a coefficient: `x`, `sigma_x`, or `x[1|2]` of one threshold."""
        return f"{self.prefix}{effect}{self.suffix}"

    @property
    def plain(self) -> bool:
        """Whether coefficients are called as their effects are."""
        return not self.prefix and not self.suffix


def predictor_names(parameter: str) -> PredictorNames:
    """Return the names of the linear predictor of a parameter.

    >>> predictor_names("mean").coefficients, predictor_names("sigma").effect_dim
    ('b', 'sigma_effect')
    """
    before = "" if parameter == "mean" else f"{parameter}_"
    b = "b" if parameter == "mean" else f"b_{parameter}"
    ends = (CENTERED, "Intercept", "X", "X_centered", "offset")
    own = (f"{before}{end}" for end in ends)
    sds = "sd" if parameter == "mean" else f"sd_{parameter}"
    return PredictorNames(before, b, sds, f"{before}effect", f"{b}_slopes", f"{before}slope", *own)


@dataclass(frozen=True, slots=True)
class RowsVariable:
    """Coefficients of several parameters as the rows of one variable, which `labels` name."""

    variable: str
    dims: tuple[str, str]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Naming:
    """What a model's linear predictors are called, by the parameters that they are for.

    `first` is what that of the mean is called. Those of `specific` are each at one threshold, whose
    labels stand behind the names of their coefficients. `rows` are the variables that hold the
    coefficients of several parameters. Priors of `b` and `sd` are for all that are `together`.
    """

    first: str = "mean"
    rows: tuple[RowsVariable, ...] = ()
    together: tuple[str, ...] = ()
    specific: Mapping[str, str] = field(default_factory=dict)

    def of(self, parameter: str) -> PredictorNames:
        """Return the names of a parameter's linear predictor."""
        names = predictor_names(self.first if parameter == "mean" else parameter)
        if parameter not in self.specific:
            return names
        return replace(names, prefix="", suffix=f"[{self.specific[parameter]}]")

    def wide(self, parameter: str) -> PredictorNames | None:
        """Return the names that stand for all that have the main formula, None where it is one."""
        return predictor_names("mean") if parameter in self.together else None

    def rows_with(self, parameter: str) -> RowsVariable | None:
        """Return the variable of several parameters that holds a parameter's coefficients."""
        return next((rows for rows in self.rows if parameter in rows.labels), None)

    def variable(self, parameter: str) -> str:
        """Return the variable of a posterior that holds a parameter's coefficients."""
        rows = self.rows_with(parameter)
        return self.of(parameter).coefficients if rows is None else rows.variable

    def dims(self, parameter: str) -> tuple[str, ...]:
        """Return the dims of that variable."""
        rows = self.rows_with(parameter)
        return (self.of(parameter).effect_dim,) if rows is None else rows.dims

    def row(self, parameter: str) -> int | None:
        """Return which row of that variable they are, None where they are all of it."""
        rows = self.rows_with(parameter)
        return None if rows is None else list(rows.labels).index(parameter)


def category_rows(labels: Mapping[str, str]) -> RowsVariable:
    """Return the rows of `b` of each category."""
    names = predictor_names("mean")
    return RowsVariable(names.coefficients, (CATEGORY, names.effect_dim), labels)


def threshold_rows(vector: str, labels: Mapping[str, str]) -> RowsVariable:
    """Return the rows of `b_cs` of each element of a vector."""
    names = predictor_names("cs")
    return RowsVariable(names.coefficients, (vector_dim(vector), names.effect_dim), labels)


def row_labels(dim: str, rows: Sequence[str], effects: Sequence[str]) -> tuple[str, ...]:
    """Return the names of coefficients that are rows along a dim, row by row."""
    if dim == CATEGORY:
        return tuple(names.label(e) for names in row_names(rows) for e in effects)
    return tuple(element(e, row) for row in rows for e in effects)


def centered_name(parameter: str) -> str:
    """Return the name of a vector that holds the intercept, at the predictors' means."""
    return f"{parameter}_centered"


def vector_dim(parameter: str) -> str:
    """Return the dim of a parameter that is a vector."""
    return f"{parameter}_dim"


def element(variable: str, *labels: str) -> str:
    """Return the name of one element of a variable.

    >>> element("corr_user", "Intercept", "x")
    'corr_user[Intercept, x]'
    """
    return f"{variable}[{', '.join(labels)}]"


def is_reserved(coefficient: str) -> bool:
    """Whether a coefficient of the mean has the name of another kind of parameter."""
    names = predictor_names("mean")
    own = {names.coefficients, names.intercept}
    own.update(p.name for family in FAMILIES.values() for p in family.further)
    return coefficient in own or read_name(coefficient)[0] in ("sd", "corr")


def row_names(categories: Sequence[str]) -> list[PredictorNames]:
    """Return the names of the linear predictors whose coefficients are the rows of categories."""
    return list(map(predictor_names, location_names(categories)))


def further_labels(parameters: Mapping[str, "Predictor"]) -> set[str]:
    """Return the names of the coefficients of all parameters but the mean."""
    return {
        predictor_names(parameter).label(effect)
        for parameter, predictor in parameters.items()
        for effect in predictor.fixed.names
    }


def distinct_label(names: PredictorNames, effect: str, taken: Container[str]) -> str:
    """Return a coefficient's name; written out as `b[x]` where another parameter is called `x`."""
    label = names.label(effect)
    return element(names.coefficients, effect) if label in taken else label


def distinct_columns(columns: Sequence[str], taken: Collection[str]) -> tuple[str, ...]:
    """Return the names of users' columns next to others: those that are taken get an ending.

    >>> distinct_columns(["sd", "block"], ["estimate", "sd"])
    ('sd_level', 'block')
    """
    used = {*taken, *columns}
    found = []
    for wanted in columns:
        name = wanted
        while name in taken or (name != wanted and name in used):
            name += "_level"
        used.add(name)
        found.append(name)
    return tuple(found)


def read_name(variable: str) -> tuple[Literal["b", "sd", "corr", "r", ""], str]:
    """Return what a variable of a posterior holds, and what its name says of whose it is.

    Coefficients, standard deviations, correlations, deviations, or a parameter of the family.

    >>> read_name("b_sigma"), read_name("sd_user"), read_name("sigma")
    (('b', 'sigma'), ('sd', 'user'), ('', 'sigma'))
    """
    if variable == "b":
        return "b", "mean"
    kind, mark, rest = variable.partition("_")
    match kind if mark else "":
        case "b" | "sd" | "corr" | "r" as found:
            return found, rest
    return "", variable


@dataclass(frozen=True, eq=False)
class GroupNames:
    """The names of one factor's effects on one parameter: `label` is `user`, or `sigma_user`."""

    label: str

    @property
    def r_name(self) -> str:
        """The name of the deviations."""
        return f"r_{self.label}"

    @property
    def sd_name(self) -> str:
        """The name of the standard deviations."""
        return f"sd_{self.label}"

    @property
    def corr_name(self) -> str:
        """The name of the correlation matrix."""
        return f"corr_{self.label}"

    @property
    def columns_name(self) -> str:
        """The name of the effects' columns."""
        return f"Z_{self.label}"

    @property
    def effect_dim(self) -> str:
        """The dim of the effects."""
        return f"{self.label}_effect"

    @property
    def joint_dim(self) -> str:
        """The dim of a correlation matrix that holds effects on several parameters."""
        return f"{self.label}_joint_effect"

    @property
    def own_names(self) -> tuple[str, ...]:
        """All names that come with the label."""
        dims = self.effect_dim, self.joint_dim
        own = self.r_name, self.sd_name, self.corr_name, self.columns_name
        return (*own, *dims, *map(second_dim, dims))


def second_dim(dim: str) -> str:
    """Return the dim of a matrix's columns, whose rows have this one."""
    return f"{dim}_"


def index_name(level_dim: str) -> str:
    """Return the name of the rows' levels in the model's data."""
    return f"{level_dim}_index"


@dataclass(frozen=True, eq=False)
class UnitNames:
    """The names of what is sampled for effects that share one covariance."""

    name: str

    @property
    def standard_name(self) -> str:
        """The name of standardized deviations."""
        return f"z_{self.name}"

    @property
    def centered_name(self) -> str:
        """The name of coordinates that are centered in part or whole."""
        return f"c_{self.name}"

    @property
    def raw_correlations(self) -> str:
        """The name of the partial correlations, between 0 and 1."""
        return f"corr_{self.name}_raw"

    @property
    def own_dim(self) -> str:
        """The dim of the effects, where they are not all those of one factor."""
        return f"z_{self.name}_effect"

    @property
    def own_names(self) -> tuple[str, ...]:
        """All names that come with the unit's."""
        return self.standard_name, self.centered_name, self.raw_correlations, self.own_dim


class Claims:
    """Hands out the names that columns go into, each once; all others are taken beforehand."""

    def __init__(
        self,
        predictors: Mapping[str, "Predictor"],
        response: "Response | None",
        auxiliary: Iterable[str],
        naming: Naming,
    ) -> None:
        self.naming = naming
        self.taken = {*_ALWAYS, *auxiliary, *_reserved(predictors, response, naming)}

    def _claim(self, wanted: str, ending: str, names: Callable[[str], Iterable[str]]) -> str:
        """Return `wanted`, with the ending as often as the names made of it are not all free."""
        while not self.taken.isdisjoint(names(wanted)):
            wanted += ending
        self.taken.update(names(wanted))
        return wanted

    def label(self, parameter: str, factor: str) -> str:
        """Return the label of a factor's effects on a parameter."""
        wanted = f"{self.naming.of(parameter).prefix}{factor}"
        return self._claim(wanted, "_group", lambda label: GroupNames(label).own_names)

    def unit(self, label: str, number: int) -> str:
        """Return the name of a covariance unit, the first of its label or a further one."""
        wanted = label if number == 1 else f"{label}_{number}"
        return self._claim(wanted, "_unit", lambda name: UnitNames(name).own_names)

    def level_dim(self, factor: str) -> str:
        """Return the dim of a factor's levels."""
        return self._claim(factor, "_level", lambda dim: (dim, index_name(dim)))

    def row_dim(self) -> str:
        """Return the dim of rows: `obs`, or `row` where a grouping factor is called obs."""
        return self._claim("row" if "obs" in self.taken else "obs", "_", lambda dim: (dim,))

    def observed(self, response: "Response | None") -> str:
        """Return the response's name; a slash would separate groups in a tree of draws."""
        if response is None:
            return ""
        return self._claim(response.name.replace("/", " over "), "_observed", lambda name: (name,))


def _reserved(
    predictors: Mapping[str, "Predictor"], response: "Response | None", naming: Naming
) -> Iterator[str]:
    """Yield the names that a model has whatever its columns are called."""
    for parameter, predictor in predictors.items():
        names, fixed = naming.of(parameter), predictor.fixed
        yield from (names.coefficients, names.effect_dim)
        yield from (naming.variable(parameter), *naming.dims(parameter))
        if fixed.intercept:
            yield from (names.intercept, names.own_intercept, names.slopes, names.slope_dim)
        yield names.centered_columns if fixed.around_means else names.columns
        if predictor.offset is not None:
            yield names.offset
    if response is not None:
        yield from (name for name in ("trials", "se") if getattr(response, name) is not None)

"""What an R value is, as far as the translation has to know: a data frame, a fit, a prior ..."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mixwell.families import FAMILIES, Family
from mixwell.families.link import Link
from mixwell.formula import Formula
from mixwell.r.dialect.brms_prior import BrmsPrior
from mixwell.r.dialect.family_facts import is_gaussian, other_estimates
from mixwell.r.dialect.transformations import EmmeansReading, emmeans_reading, is_transformed
from mixwell.r.language import nodes as r
from mixwell.r.translation.python.pycode import Code, listing, text


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `kind` is "factor", "ordered", "number", "text", "truth" or "" (not known).

    `held` says what a factor's levels are in pandas, "numbers" or "texts", "" where not known.
    With "lost" the line that makes it was not translated; `levels` then holds its number.
    """

    kind: str = ""
    levels: tuple[str, ...] | None = None
    held: str = ""


class Thing:
    """The base of what an R value can be."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Plain(Thing):
    """A scalar or an array: `kind` is "number", "text", "truth", "numbers", "texts" or "".

    It is "nothing" where a call gives no value.
    """

    kind: str = ""

    @property
    def several(self) -> bool:
        """Whether it is an array."""
        return self.kind in ("numbers", "texts", "truths")


NOTHING = Plain("nothing")


@dataclass(frozen=True, slots=True)
class Unknown(Thing):
    """Something that was not translated, so that its kind is not known."""


@dataclass(frozen=True, slots=True)
class Vector(Thing):
    """`c(...)` of literals: the values, and their names where they have any."""

    values: tuple[float | int | str | bool, ...]
    names: tuple[str, ...] = ()

    @property
    def several(self) -> bool:
        """Whether there is any other number of values than one."""
        return len(self.values) != 1

    @property
    def has_words(self) -> bool:
        """Whether any of the values is a text."""
        return any(isinstance(value, str) for value in self.values)

    @property
    def words(self) -> tuple[str, ...] | None:
        """The values where all of them are texts."""
        found = tuple(value for value in self.values if isinstance(value, str))
        return found if len(found) == len(self.values) else None

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """The values where all of them are numbers, and no truth values."""
        found = tuple(v for v in self.values if not isinstance(v, str | bool))
        return found if len(found) == len(self.values) else None

    @property
    def places(self) -> tuple[int, ...] | None:
        """The values where all of them are whole numbers."""
        numbers = self.numbers
        if numbers is None or not all(float(value).is_integer() for value in numbers):
            return None
        return tuple(map(int, numbers))


@dataclass(frozen=True, slots=True)
class Frame(Thing):
    """A data frame: what is known of its columns, the codings set for them, where it is from.

    `source` is "shipped", "text file", "here" (made in the script) or "" (not known); `whole` says
    whether `columns` are all that there are.
    """

    columns: Mapping[str, Column] = field(default_factory=dict)
    codings: Mapping[str, Code] = field(default_factory=dict)
    source: str = ""
    whole: bool = False

    def column(self, name: str) -> Column:
        """Return what is known of a column."""
        return self.columns.get(name, Column())

    def kind(self, name: str) -> str:
        """Return the kind of a column, "" where it is not known."""
        return self.column(name).kind

    def levels(self, name: str) -> tuple[str, ...] | None:
        """Return the levels of a column, where they are known."""
        return self.column(name).levels

    def with_column(self, name: str, column: Column) -> "Frame":
        """Return the frame with one column set."""
        codings = {key: code for key, code in self.codings.items() if key != name}
        return replace(self, columns={**self.columns, name: column}, codings=codings)

    def dropping(self, names: Sequence[str]) -> "Frame":
        """Return the frame without some columns."""
        columns = {name: column for name, column in self.columns.items() if name not in names}
        return replace(self, columns=columns)

    def renamed(self, names: Mapping[str | None, str]) -> "Frame":
        """Return the frame with other names of columns, given by the old ones."""
        columns = {names.get(name, name): column for name, column in self.columns.items()}
        return replace(self, columns=columns)

    def without(self, name: str, line: int) -> "Frame":
        """Return the frame with a column that a line left out would have made."""
        return self.with_column(name, Column("lost", (str(line),)))

    def lost(self, name: str) -> str:
        """Return why a column is not there, "" where it is."""
        column = self.column(name)
        if column.kind != "lost" or not column.levels:
            return ""
        return f"line {column.levels[0]}, not translated"

    def with_coding(self, name: str, coding: Code) -> "Frame":
        """Return the frame with the coding of one column set."""
        return replace(self, codings={**self.codings, name: coding})


@dataclass(frozen=True, slots=True)
class Series(Thing):
    """One column of a frame, or what was computed from columns (`name` then is "")."""

    frame: str = ""
    name: str = ""
    column: Column = Column()


def computed(kind: str, levels: tuple[str, ...] | None = None, held: str = "") -> Series:
    """Return what was computed row by row."""
    return Series(column=Column(kind, levels, held))


@dataclass(frozen=True, slots=True)
class Formulas(Thing):
    """One or several formulas in R's words: the first for the mean (brms's `bf`).

    With `several` each is for a response of its own. `constants` are parameters held at a number,
    by name.
    """

    nodes: tuple[r.Node, ...]
    family: "FamilyChoice | None" = None
    centered: bool = True
    several: bool = False
    rescor: bool = False
    constants: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FamilyChoice(Thing):
    """A family under mixwell's name; `link` is "" where it is mixwell's default.

    `held` are its parameters that have a value, as mixwell writes them behind the name. Answers are
    about the mean, or a `parameter` of the family by its name.
    """

    name: str
    link: str = ""
    shown: str = ""
    held: str = ""
    parameter: str = ""

    @property
    def family(self) -> Family:
        """The family itself."""
        return FAMILIES[self.name]

    @property
    def lmer(self) -> bool:
        """Whether lmer fits it."""
        return is_gaussian(self.family) and self.identity

    @property
    def answered_link(self) -> Link:
        """The link of what answers are about."""
        return self.family.with_link(self.link or None).link_of(self.parameter or "mean")

    @property
    def identity(self) -> bool:
        """Whether the link changes nothing: R's means are on the coefficients' scale."""
        return self.answered_link.linear

    @property
    def ratios(self) -> bool:
        """Whether R compares means on the response's scale by ratios or odds ratios."""
        return self.answered_link.comparison is not None

    @property
    def mean_is_linear(self) -> bool:
        """Whether what answers are about is its linear predictor: the mean response, too."""
        own = self.family.with_link(self.link or None).mean_is_linear
        return self.identity and (bool(self.parameter) or own)

    @property
    def categories(self) -> bool:
        """Whether answers are probabilities of categories."""
        return self.family.categories and not self.parameter


@dataclass(frozen=True, slots=True)
class Priors(Thing):
    """Several priors of brms's."""

    items: tuple[BrmsPrior, ...]


@dataclass(frozen=True, slots=True)
class FittedModel(Thing):
    """A fitted model: R's function, what was modeled, and the Python call that makes it."""

    verb: str
    package: str
    formulas: tuple[Formula, ...]
    frame: Frame
    family: FamilyChoice
    reml: bool = False
    nodes: int = 1
    weighted: bool = False
    codings: Mapping[str, str] = field(default_factory=dict)
    call: r.Node | None = None

    @property
    def formula(self) -> Formula:
        """The formula of the mean."""
        return self.formulas[0]

    @property
    def transformed(self) -> bool:
        """Whether answers are about a response that is a number computed from columns."""
        number = self.family.family.support.kind == "number" and not self.family.parameter
        return number and is_transformed(self.formula.response)

    @property
    def reading(self) -> EmmeansReading:
        """How emmeans reads the response."""
        return emmeans_reading(self.formula.response if self.transformed else None)

    def about(self, parameter: str) -> "FittedModel":
        """Return the model of which answers are about a parameter, "" for the mean."""
        return replace(self, family=replace(self.family, parameter=parameter))

    @property
    def factors(self) -> tuple[str, ...]:
        """The grouping factors of the mean, each once."""
        return tuple(dict.fromkeys(group.name for group in self.formula.groups))

    @property
    def other_estimates(self) -> str:
        """Why R's estimates are not those of `mode(flat=True)`; "" where they are."""
        family = self.family.family.with_link(self.family.link or None)
        reml, nodes = self.reml, self.nodes
        return other_estimates(family, self.package, reml=reml, nodes=nodes, weighted=self.weighted)

    @property
    def bayesian(self) -> bool:
        """Whether R's fit was a posterior, too."""
        return self.package in ("brms", "rstanarm")


@dataclass(frozen=True, slots=True)
class Means(Thing):
    """Marginal means or slopes: the fit in Python, the factors, and the other arguments.

    `options` are named arguments of `Fit.means` as (name, code). `regridded` means are numbers on
    the response's scale for R, whose contrasts are differences.
    """

    fit: Code
    model: FittedModel
    of: tuple[str, ...]
    by: tuple[str, ...]
    options: tuple[tuple[str, Code], ...] = ()
    trend: str = ""
    regridded: bool = False

    @property
    def named(self) -> dict[str, Code]:
        """The named arguments, with the parameter that they are of where that is not the mean."""
        parameter = self.model.family.parameter
        return dict(self.options) | ({"parameter": text(parameter)} if parameter else {})


@dataclass(frozen=True, slots=True)
class RefGrid(Thing):
    """emmeans's reference grid of a fit, before means are asked for."""

    fit: Code
    model: FittedModel
    options: tuple[tuple[str, Code], ...] = ()


@dataclass(frozen=True, slots=True)
class Contrasted(Thing):
    """Contrasts, predictions or hypotheses: a result with `.to_frame()` and `.plot()`.

    `kind` "vector" is for predictions that are a plain vector in R; `ratios` is what contrasts on
    the link's scale are with `type = "response"`.
    """

    kind: str = "contrasts"
    ratios: Code | None = None


@dataclass(frozen=True, slots=True)
class Many(Thing):
    """Several named results of one call: `emmeans` and `contrasts` of `pairwise ~ a`."""

    parts: tuple[tuple[str, "Value"], ...]


@dataclass(frozen=True, slots=True)
class Table(Thing):
    """A table of a fit: `role` is "fixef", "ranef", "coef", "VarCorr", "summary" or "".

    `fit` is the Python of the fit, where it is known.
    """

    role: str
    model: FittedModel | None = None
    fit: Code | None = None


@dataclass(frozen=True, slots=True)
class Loo(Thing):
    """A leave-one-out estimate of a fit, or of the fits that it compares."""

    fits: tuple[tuple[str, Code], ...]


@dataclass(frozen=True, slots=True)
class Figure(Thing):
    """A figure; `name` is a word for the file that a script writes it to."""

    name: str


@dataclass(frozen=True, slots=True)
class Value:
    """A translated expression: its Python, and what it is.

    `silent` values print nothing by themselves (`str(d)` prints already).
    """

    code: Code
    thing: Thing = Plain()
    silent: bool = False


def written_out(value: Value) -> Code:
    """Return a literal vector as a list of its values, any other value as it is."""
    return listing(value.thing.values) if isinstance(value.thing, Vector) else value.code


def as_column(value: Value) -> Column:
    """Return what kind of column a value makes."""
    thing = value.thing
    if isinstance(thing, Series):
        return thing.column
    if isinstance(thing, Vector) and thing.values:
        if thing.words is not None:
            return Column("text", tuple(sorted(set(thing.words))))
        return Column("truth" if isinstance(thing.values[0], bool) else "number")
    kinds = {"numbers": "number", "number": "number", "texts": "text", "truths": "truth"}
    return Column(kinds.get(thing.kind, "")) if isinstance(thing, Plain) else Column()


def level_at(place: int | None, levels: Sequence[str] | None) -> str | None:
    """Return the level at a place from 1; None where there is none, or it is not known."""
    known = levels or ()
    return known[place - 1] if place is not None and 0 < place <= len(known) else None


def level_text(value: float | int | str | bool) -> str:
    """Return a literal as R writes a level: 2 for 2.0, TRUE for a truth value.

    >>> level_text(2.0), level_text(True), level_text("b")
    ('2', 'TRUE', 'b')
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

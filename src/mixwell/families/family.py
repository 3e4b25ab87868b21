"""A response family as one value: plain data and elementwise functions, all in one file each.

Functions take their arguments by name: the response `y`, its `trials`, the family's parameters, and
instead of the mean parameter one of its forms (`log_mu`, `log_odds`, ...; see `Link.forms`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from mixwell.errors import require_known
from mixwell.families.arguments import Arguments
from mixwell.families.elementwise import Elementwise, arguments_of
from mixwell.families.link import Link, LinkWords, unchanged
from mixwell.families.links import LINKS, own_name

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mixwell.numeric.arrays import FloatArray

__all__ = [
    "Censorable",
    "Density",
    "Elements",
    "Family",
    "Parameter",
    "PriorChoice",
    "PymcDistribution",
    "Refusal",
    "Requirement",
    "Sampler",
    "Support",
    "Tally",
    "column_name",
]


#: An argument's name, or a function of arguments.
type Value = str | Elementwise


def column_name(number: int) -> str:
    """Return the name of one of the numbers that a response is, counted from 0."""
    return f"column_{number}"


@dataclass(frozen=True)
class PriorChoice:
    """A default prior by its PyMC name; with `scaled` its `sigma` is in units of the response.

    `units` names other arguments with what each is in units of (see `Parameter.unit`).
    """

    distribution: str
    arguments: tuple[tuple[str, float], ...]
    reason: str
    scaled: bool = False
    units: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Elements:
    """What makes a parameter a vector along a dim of its own, one for all rows.

    `labels` name its elements by the response's levels, `sentences` say what each is with a link. A
    row's density reads those at the `places`, functions of its response, or with none every one,
    and derivatives have an entry for each; beyond the first and the last element stand constants.
    `typical` are values to begin with, given the levels' shares of the rows and the link. With
    `increasing` each element is larger than the one before.
    """

    labels: Callable[[Sequence[str]], tuple[str, ...]]
    sentences: Callable[[Sequence[str], Link], tuple[str, ...]]
    places: tuple[Elementwise, ...]
    typical: Callable[[Sequence[float], Link], tuple[float, ...]]
    increasing: bool = False

    def read(self, levels: Sequence[str]) -> tuple[Elementwise, ...]:
        """Return the places that a row reads, functions of its response."""
        return self.places or tuple(map(_at, range(len(self.labels(levels)))))


@cache
def _at(place: int) -> Elementwise:
    """Return the place that is the same for every response."""
    return lambda y: place


@dataclass(frozen=True)
class Parameter:
    """One parameter of a family.

    `links` are the links that its linear predictor can have, the default first; `typical` the value
    that an intercept is expected at and searches begin with, None for the response's spread, in
    units of the response's `unit`: its "mean" or the "least" response where it has one;
    `prior` its default where it has no formula; `words` what it is. One that is `fixed` has that
    value where it has no formula, whose intercept it then is. A parameter `is_scale` where
    known errors and precision weights join it; `moment_share` is its square's share of the squared
    residuals. It `is_spread` where by it alone responses scatter as little as they like, as by
    every scale; counts keep the scatter of counting. It can be a `vector`; one that holds the
    `intercept` leaves none to the first parameter's formula. A `location` is what the first
    parameter is, of another part of the response: the main formula is for it, too, unless it has
    its own; `label` is that part, `part` its number, `link_words` those of its linear predictor.
    `elsewhere` are its names in other packages.
    """

    name: str
    links: tuple[str, ...] = ("log",)
    typical: float | None = 1.0
    prior: PriorChoice | None = None
    words: str = ""
    fixed: float | None = None
    is_scale: bool = False
    is_spread: bool = False
    moment_share: float = 1.0
    vector: Elements | None = None
    intercept: bool = False
    location: bool = False
    label: str = ""
    part: int = 0
    link_words: LinkWords | None = None
    elsewhere: Mapping[str, str] = field(default_factory=dict, hash=False)
    unit: str = ""

    @property
    def link(self) -> Link:
        """The default link."""
        return LINKS[self.links[0]]

    def entries(self, levels: Sequence[str]) -> int:
        """Return how many numbers a row reads: those elements of a vector, else one."""
        return 1 if self.vector is None else len(self.vector.read(levels))

    @property
    def domain(self) -> tuple[float, float]:
        """Between which values the parameter lies: those that its link can carry."""
        return self.link.domain

    def start(self, units: Mapping[str, float]) -> float:
        """Return the value that searches begin with, given the response's "spread" and units."""
        if self.typical is None:
            return units["spread"]
        return self.typical * (units[self.unit] if self.unit else 1.0)


@dataclass(frozen=True)
class Refusal:
    """Responses that a family cannot have: an elementwise test, and what is wrong with them."""

    where: Elementwise
    complaint: str


@dataclass(frozen=True)
class Requirement:
    """Responses of which a family needs one at least, what is wrong without, and what to do."""

    where: Elementwise
    complaint: str
    advice: str


@dataclass(frozen=True)
class Support:
    """Which responses a family takes.

    `kind` is what a response has to be ("number", "outcomes", "trials", "ordered",
    "categories", "counts", "shares"); `refusals` the values that it cannot have, with advice;
    `needs` what has to be among all; `atoms` the values of a continuous response that have a
    probability; `lowest` and `highest` mark the outcomes at an end of the support, whose
    probability tends to 1 as the linear predictor goes on (separation).
    """

    kind: str = "number"
    whole: bool = False
    refusals: tuple[Refusal, ...] = ()
    advice: str = ""
    needs: tuple[Requirement, ...] = ()
    atoms: Elementwise | None = None
    lowest: Elementwise | None = None
    highest: Elementwise | None = None

    @property
    def discrete(self) -> bool:
        """Whether responses are counts, outcomes or numbers of categories."""
        return self.whole or self.kind in _DISCRETE


#: Kinds of responses that are whole numbers without a word of the family's.
_DISCRETE = frozenset({"outcomes", "trials", "ordered", "categories", "counts"})


@dataclass(frozen=True)
class Density:
    """A row's log density and its derivatives in the family's parameters, in their order.

    `gradient` has one entry a parameter (of a vector, each element that the row reads; of a family
    of categories the first is the linear predictor itself), `hessian` the lower triangle row by row
    (observed, mixed terms too), `curvature` one positive entry a parameter, in place of minus the
    Hessian's diagonal in searches: the expected information or near it. `mixed` are the entries of
    that below the diagonal, row by row, None where two parameters are orthogonal; none where all
    are, or where it is not the expected information. `pairs` is one function that gives all of
    them, where their number depends on the response. With them it has no negative direction.
    """

    log: Elementwise
    gradient: Elementwise
    hessian: Elementwise
    curvature: Elementwise
    mixed: tuple[Elementwise | None, ...] = ()
    pairs: Elementwise | None = None


@dataclass(frozen=True)
class Censorable:
    """The logarithms of the distribution and survival functions, and the quantile function.

    `log_excess` is the logarithm of E[(Y - E Y) 1(Y > y)], by which means given bounds differ from
    the mean. Quantiles, where they are None here, are looked up in the distribution function.
    """

    log_below: Elementwise
    log_above: Elementwise
    log_excess: Elementwise
    quantile: Elementwise | None = None


@dataclass(frozen=True)
class Sampler:
    """Random responses: a method of NumPy's generator, its arguments, and what becomes of a draw.

    `arguments` compute the method's arguments by name; `response` takes the `draw` with any of the
    parameters, and with `others`: further draws by name, each of a method without arguments. What
    is drawn `then` may take this draw in its arguments, as `draw`. With `numbers` a draw is so
    many, along an axis of their own. A user's `own` function takes the generator and parameters.
    """

    method: str = ""
    arguments: tuple[tuple[str, Value], ...] = ()
    response: Elementwise | None = None
    others: tuple[tuple[str, str], ...] = ()
    then: "Sampler | None" = None
    numbers: int = 0
    own: Callable[..., Any] | None = None


@dataclass(frozen=True)
class PymcDistribution:
    """A PyMC distribution as a name and a map of its arguments: names, or functions of names.

    A family without one is made a distribution of PyMC from its own density and sampler.

    `by_link` are other arguments where a link allows a better form, `options` those that are plain
    values.
    """

    name: str
    arguments: Mapping[str, Value] = field(hash=False)
    by_link: Mapping[str, Mapping[str, Value]] = field(default_factory=dict, hash=False)
    options: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Tally:
    """How rows with one linear predictor are counted together, for integration by quadrature.

    What depends on the linear predictor is `of_sum` times the sum of responses plus `of_count`
    times that of trials or rows, as in an exponential family. Other families count none together:
    `by_row` is the log density of a response `s`, whose scale parameter holds known errors and
    weights, and `slopes` its slope in the linear predictor with a positive number for minus its
    bend, where there is a shorter way than by the density. Both may take what was `seen` of a row,
    a tuple of what `of_row` finds without the linear predictor; where numbers are too large for
    them, the density is asked. What does not depend on it is a sum of `rows`, a function of a row
    alone, of `products`, each of a function of the parameters and one of a row, and of `joint`, a
    function of both that is computed once for each distinct response.
    """

    of_sum: Value = ""
    of_count: Value = ""
    by_row: Elementwise | None = None
    slopes: Elementwise | None = None
    of_row: Elementwise | None = None
    rows: Elementwise | None = None
    products: tuple[tuple[Elementwise, Elementwise | None], ...] = ()
    joint: Elementwise | None = None


@dataclass(frozen=True)
class Family:
    """A likelihood with its chosen link.

    The first of the `parameters` is the one that the model's main formula is for; `carried` puts a
    response on its scale, which `carried_words` name where it is another. `mean` is the response's
    expectation (a probability for binomial), with its slope in the first parameter where it is not
    that one, and `variance_function` its variance: both None where a response is a category, of
    which each has a probability; `linear_variance` that of the carried response,
    where it is another. `additions` is what may stand after `|` on a formula's left side (`se`,
    `weights`, ...). A family of trials is `single` where each row has one. With the `canonical`
    link levels' responses need agree in the sums of y z only; `conjugate` is the link with which
    random effects are integrated out in closed form. `words` are those of links that mean something
    else here than elsewhere, `adjectives` name regressions by their link, `aliases` and `elsewhere`
    the family in other spellings and packages; `r_names` are R's functions, with R's default link
    or nothing where it is the one here, and `r_packages` the package of a name that others lack or
    take for other quantities. `of_levels` makes the family of a response with these `levels`, where
    parameters hang on them; `unit` is that of one unit of a response that counts several, or has
    their shares, whose categories' probabilities are what is expected. `parts` are the
    families of several responses, which are the levels then. Responses `apart` say
    nothing of the first parameter; `with_zeros` is the family's name with extra zeros, `based_on`
    that of the family that it is made of. Without a `sampler` responses are drawn by inverting
    their distribution function. Where densities are `searched` for, they cost too much to be
    integrated.

    >>> from mixwell.families import get_family
    >>> family = get_family("poisson")
    >>> family.link_name, family.inverse_link([0.0])
    ('log', array([1.]))
    """

    name: str
    text: str
    parameters: tuple[Parameter, ...]
    support: Support
    density: Density
    sampler: Sampler | None = None
    pymc: PymcDistribution | None = None
    variance_function: Value | None = None
    mean: Value | None = "mu"
    mean_slope: Elementwise | None = None
    origin: Elementwise | None = None
    linear_variance: Value | None = None
    carried: Elementwise = unchanged
    carried_words: str = ""
    apart: Elementwise | None = None
    additions: tuple[str, ...] = ("weights",)
    censorable: Censorable | None = None
    tally: Tally | None = None
    single: str | None = None
    canonical: str | None = None
    conjugate: str | None = None
    mean_words: str = "response scale"
    words: Mapping[str, LinkWords] = field(default_factory=dict, hash=False)
    adjectives: Mapping[str, str] = field(default_factory=dict, hash=False)
    aliases: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict, hash=False)
    r_names: Mapping[str, str] = field(default_factory=dict, hash=False)
    r_packages: Mapping[str, str] = field(default_factory=dict, hash=False)
    bambi_links: tuple[str, ...] = ()
    of_levels: "Callable[[Family, Sequence[str]], Family] | None" = None
    unit: "Family | None" = None
    levels: tuple[str, ...] = ()
    with_zeros: str = ""
    based_on: str = ""
    searched: bool = False
    parts: "tuple[Family, ...]" = ()
    link_name: str = ""

    def __post_init__(self) -> None:
        """Choose the default link where none was given."""
        if not self.link_name:
            object.__setattr__(self, "link_name", self.links[0])

    def __repr__(self) -> str:
        """Show name and link."""
        return f"Family({self.name}, link {self.link_name})"

    @property
    def location(self) -> Parameter:
        """The parameter that the model's main formula is for."""
        return self.parameters[0]

    @property
    def locations(self) -> tuple[Parameter, ...]:
        """The parameters that the main formula is for: the first, and those like it."""
        return (self.location, *(p for p in self.further if p.location))

    def of(self, levels: Sequence[str] | None) -> "Family":
        """Return the family of a response with these levels: itself, where they do not matter."""
        if self.of_levels is None or levels is None or len(levels) < 2:
            return self
        return replace(self.of_levels(self, levels), levels=tuple(levels))

    @property
    def further(self) -> tuple[Parameter, ...]:
        """The parameters beyond the first, which may have formulas of their own."""
        return self.parameters[1:]

    @property
    def links(self) -> tuple[str, ...]:
        """The links of the first parameter, the default first."""
        return self.location.links

    @property
    def link(self) -> Link:
        """The chosen link."""
        return LINKS[self.link_name]

    @property
    def scale(self) -> Parameter | None:
        """The parameter that known errors and precision weights join, None where there is none."""
        return next((p for p in self.further if p.is_scale), None)

    @property
    def spread(self) -> Parameter | None:
        """The parameter of a free residual variance, None where there is none."""
        return next((p for p in self.further if p.is_scale or p.is_spread), None)

    @property
    def categories(self) -> bool:
        """Whether a response is one of several categories and has no mean, but probabilities."""
        return self.mean is None and not self.parts

    @property
    def of_times(self) -> bool:
        """Whether responses are continuous, none is below 0, and there is a survival function."""
        counted = self.support.discrete or self.support.kind != "number"
        if self.censorable is None or counted:
            return False
        below = self.arguments(y=-1.0)
        return any(bool(below.call(refusal.where)) for refusal in self.support.refusals)

    @property
    def in_predictor(self) -> bool:
        """Whether the density is written in the linear predictor, not in what its link makes."""
        return self.mean is None

    @property
    def holds_intercept(self) -> Parameter | None:
        """The parameter that stands for the intercept of the first, None where that has its own."""
        return next((p for p in self.further if p.intercept), None)

    @property
    def linear(self) -> bool:
        """Whether residuals are measured on the scale of the linear predictor."""
        return self.scale is not None and self.link.linear

    @property
    def mean_is_linear(self) -> bool:
        """Whether the expected response is the linear predictor."""
        if self.parts:
            return all(part.mean_is_linear for part in self.parts)
        return self.link.linear and self.mean == "mu"

    @property
    def linear_scale(self) -> str:
        """What the scale of the linear predictor is called, nothing where it is the response's."""
        return self.carried_words or ("" if self.link.linear else self.link.name)

    def carried_name(self, name: str) -> str:
        """Return what the response of a name is called on the scale of the first parameter."""
        return f"{self.carried_words}({name})" if self.carried_words else name

    @property
    def mean_parameters(self) -> tuple[str, ...]:
        """The further parameters that the expected response depends on."""
        if self.unit is not None:
            return self.unit.mean_parameters
        if self.parts:
            pairs = zip(self.parts, self.locations, strict=True)
            own = {f"{n}_{p.name}" for part, p in pairs for n in part.mean_parameters}
            return tuple(p.name for p in self.further if p.location or p.name in own)
        what = self.density.log if self.mean is None else self.mean
        names = () if isinstance(what, str) else arguments_of(what)
        return tuple(p.name for p in self.further if p.name in names)

    @property
    def closed_form(self) -> bool:
        """Whether random effects are integrated out in closed form with the chosen link."""
        return self.conjugate == self.link_name

    def parameter(self, name: str) -> Parameter:
        """Return a parameter by name; `mean` is the first."""
        if name in ("mean", self.location.name):
            return self.location
        return next(p for p in self.further if p.name == name)

    def part_names(self, number: int) -> dict[str, str]:
        """Return what one of several responses' family reads, with its names here."""
        own = self.locations[number].name
        further = {p.name: f"{p.name}_{own}" for p in self.parts[number].further}
        eta = own if number else "eta"
        return {"y": column_name(number), "eta": eta, **further}

    def entries(self, levels: Sequence[str] | None) -> list[str]:
        """Return the parameter of each entry of the density's gradient, the first as `mean`.

        `levels` are the response's.
        """
        further = (p.name for p in self.further for _ in range(p.entries(levels or ())))
        return ["mean", *further]

    def link_of(self, name: str) -> Link:
        """Return the link of a parameter's linear predictor; `mean` is the first's."""
        return self.link if name in ("mean", self.location.name) else self.parameter(name).link

    def shown_link(self, name: str) -> Link:
        """Return a parameter's link as users know it; a density may have it inside."""
        parameter = self.parameter(name)
        if not parameter.location:
            return self.link_of(name)
        return self.parts[parameter.part].link if self.parts else self.link

    def with_link(self, link: str | None) -> "Family":
        """Return the family with a link, its own where that is None; `DataError` for others."""
        if link is None:
            return self
        link = own_name(link)
        said = f'The family "{self.name}" has no link "{link}".'
        require_known(link, self.links, said, where="link")
        return replace(self, link_name=link)

    def words_of(self, name: str, *, rate: bool = False) -> LinkWords:
        """Return the words of a parameter's linear predictor; `rate` where there is an offset."""
        parameter = self.parameter(name)
        if parameter.link_words is not None:
            return parameter.link_words
        if self.parts and parameter.location:
            return self.parts[parameter.part].words_of("mean", rate=rate).of(parameter.label)
        if name != "mean":
            return self.link_of(name).words(name, False)
        return self.words.get(self.link_name) or self.link.words("mean", rate)

    def inverse_link(self, eta: "ArrayLike") -> "FloatArray":
        """Map the linear predictor to the first parameter, elementwise."""
        return self.link.inverse(eta)

    def arguments(self, **given: Any) -> Arguments:
        """Return what the family's functions ask for, on arrays (see `Arguments`)."""
        from mixwell.numeric.array_functions import ARRAYS  # not where names alone are read

        return self.bound(ARRAYS, **given)

    def bound(self, meanings: Mapping[str, Elementwise], **given: Any) -> Arguments:
        """Return the same where the elementwise names mean something else: tensors, symbols."""
        fixed = {p.name: p.fixed for p in self.further if p.fixed is not None}
        return Arguments(self.link, meanings, {**fixed, **given})

    def variance(self, mu: "ArrayLike", **given: "ArrayLike") -> "FloatArray":
        """Return the response's variance where the first parameter is `mu`.

        `given` holds further parameters and `trials`, all broadcast: for binomial the variance is
        that of the count.

        >>> from mixwell.families import get_family
        >>> float(get_family("binomial").variance(0.5, trials=10))
        2.5
        """
        import numpy as np

        arrays = {name: np.asarray(v, dtype=float) for name, v in {"mu": mu, **given}.items()}
        found = self.arguments(**arrays)
        return np.asarray(found.value(self.variance_function) + 0.0 * found["mu"])

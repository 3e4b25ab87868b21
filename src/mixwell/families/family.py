"""A response family as one value: plain data and elementwise functions, all in one file each.

What it is made of (see `components`) is imported from here, too, so that a family's file reads one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mixwell.errors import DataError, require_known
from mixwell.families.arguments import Arguments
from mixwell.families.components.parameter import Elements, Parameter, PriorChoice
from mixwell.families.components.row_functions import (
    Censorable,
    Density,
    PymcDistribution,
    Sampler,
    Tally,
    Value,
)
from mixwell.families.components.support import Refusal, Requirement, Support
from mixwell.families.components.time_effects import TimeEffects
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
    "TimeEffects",
    "Value",
    "column_name",
]


def column_name(number: int) -> str:
    """Return the name of one of the numbers that a response is, counted from 0."""
    return f"column_{number}"


@dataclass(frozen=True)
class Family:
    """A likelihood with its chosen link.

    >>> from mixwell.families import get_family
    >>> family = get_family("poisson")
    >>> family.link_name, family.inverse_link([0.0])
    ('log', array([1.]))
    """

    name: str
    #: The distribution as it is printed.
    text: str
    #: The first is the one that the model's main formula is for.
    parameters: tuple[Parameter, ...]
    support: Support
    density: Density
    #: Without it responses are drawn by inverting their distribution function.
    sampler: Sampler | None = None
    #: Without it the family is made a distribution of PyMC from its density.
    pymc: PymcDistribution | None = None
    #: The response's variance; None where it is a category.
    variance_function: Value | None = None
    #: The response's expectation (a probability for binomial); None where it is a category.
    mean: Value | None = "mu"
    #: The slope of the mean in the first parameter, where it is not that one.
    mean_slope: Elementwise | None = None
    #: Where the scale of the linear predictor has its zero, a function of further parameters.
    origin: Elementwise | None = None
    #: The variance of the carried response, where it is another.
    linear_variance: Value | None = None
    #: What puts a response on the scale of the first parameter, and that scale's name.
    carried: Elementwise = unchanged
    carried_words: str = ""
    #: Which responses say nothing of the first parameter.
    apart: Elementwise | None = None
    #: How far apart responses are the same, as angles.
    period: float | None = None
    #: What may stand after `|` on a formula's left side.
    additions: tuple[str, ...] = ("weights",)
    censorable: Censorable | None = None
    tally: Tally | None = None
    #: Of a family of trials, the family where each row has one.
    single: str | None = None
    #: The link with which levels' responses need agree in the sums of y z only.
    canonical: str | None = None
    #: The link with which random effects are integrated out in closed form.
    conjugate: str | None = None
    mean_words: str = "response scale"
    #: The words of links that mean something else here than elsewhere.
    words: Mapping[str, LinkWords] = field(default_factory=dict, hash=False)
    #: What regressions are called, by their link.
    adjectives: Mapping[str, str] = field(default_factory=dict, hash=False)
    #: The family in other spellings, and in other packages.
    aliases: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict, hash=False)
    #: R's functions, with R's default link, or nothing where it is the one here.
    r_names: Mapping[str, str] = field(default_factory=dict, hash=False)
    #: The package of a name that others lack, or take for other quantities.
    r_packages: Mapping[str, str] = field(default_factory=dict, hash=False)
    bambi_links: tuple[str, ...] = ()
    #: Makes the family of a response with these levels, where parameters hang on them.
    of_levels: "Callable[[Family, Sequence[str]], Family] | None" = None
    #: Makes the family whose thresholds have effects of their own, as it is where it has them.
    of_thresholds: "Callable[[Family, Sequence[str]], Family] | None" = None
    specific_effects: bool = False
    #: Of a response that counts several, or has their shares, the family of one: what is expected
    #: are the probabilities of its categories.
    unit: "Family | None" = None
    levels: tuple[str, ...] = ()
    #: The family's name with extra zeros, and that of the family that it is made of.
    with_zeros: str = ""
    based_on: str = ""
    #: What may stand in brackets behind the name, with the family that a text for it makes.
    argument: "tuple[str, Callable[[str], Family | None]] | None" = None
    #: Whether densities are searched for, which cost too much to be integrated.
    searched: bool = False
    #: Whether responses have their mean as median.
    symmetric: bool = False
    #: The families of several responses, which are the levels then.
    parts: "tuple[Family, ...]" = ()
    #: What effects on times are, of families that are for these.
    effects: TimeEffects | None = None
    #: The chosen link, without a choice the first parameter's first.
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

    @property
    def predicted(self) -> tuple[str, ...]:
        """The linear predictors that the main formula is for, the mean's first."""
        return ("mean", *(p.name for p in self.locations[1:]))

    def of(self, levels: Sequence[str] | None) -> "Family":
        """Return the family of a response with these levels: itself, where they do not matter."""
        if self.of_levels is None or levels is None or len(levels) < 2:
            return self
        return replace(self.of_levels(self, levels), levels=tuple(levels))

    def with_specific_effects(self) -> "Family":
        """Return the family whose thresholds have effects of their own, once levels are known."""
        return replace(self, of_levels=self.of_thresholds, specific_effects=True)

    @property
    def specific(self) -> tuple[Parameter, ...]:
        """The parameters that are taken off an element of a vector, which is their intercept."""
        return tuple(p for p in self.further if p.within)

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
    def distribution(self) -> Censorable:
        """The distribution function; `DataError` for a family without one."""
        if self.censorable is None:
            raise DataError(f'The family "{self.name}" has no distribution function.')
        return self.censorable

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
        """Whether responses are all numbers from 0 on, and there is a survival function."""
        counted = self.support.discrete or self.support.kind != "number"
        if self.censorable is None or counted:
            return False
        below, above = self.arguments(y=-1.0), self.arguments(y=2.0)
        refused = [refusal.where for refusal in self.support.refusals]
        return any(map(below.call, refused)) and not any(map(above.call, refused))

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
    def discrimination(self) -> Parameter | None:
        """The parameter that is the inverse of the latent error's scale, None where it is 1."""
        return next((p for p in self.further if p.is_discrimination), None)

    @property
    def latent_error(self) -> float | None:
        """The variance of the error behind outcomes and categories, on the scale of the link."""
        measured = self.support.kind in ("number", "shares", "several")
        return None if measured else self.link.latent_variance

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

    def own_name(self, word: str) -> str:
        """Return the name here of the one parameter that brms calls by a word, else the word.

        >>> from mixwell.families import get_family
        >>> get_family("beta").own_name("phi"), get_family("beta").own_name("kappa")
        ('kappa', 'kappa')
        """
        return self.brms_names.get(word, word)

    @property
    def brms_names(self) -> dict[str, str]:
        """What brms's words for parameters, where it has others, are here.

        A word for one of each of several responses means none of them more than another.
        """
        rows = [p for p in self.further if p.vector is None and "brms" in p.elsewhere]
        own, words = {p.name for p in self.parameters}, [p.elsewhere["brms"] for p in rows]
        named = zip(words, rows, strict=True)
        return {w: p.name for w, p in named if words.count(w) == 1 and w not in own}

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

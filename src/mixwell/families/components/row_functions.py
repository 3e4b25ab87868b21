"""What a family computes of a row: its density, its distribution function, new responses.

Functions take their arguments by name: the response `y`, its `trials`, the family's parameters, and
instead of the mean parameter one of its forms (`log_mu`, `log_odds`, ...; see `Link.forms`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mixwell.families.elementwise import Elementwise

__all__ = [
    "Censorable",
    "Density",
    "PymcDistribution",
    "Sampler",
    "Tally",
    "Value",
]


#: An argument's name, or a function of arguments.
type Value = str | Elementwise


@dataclass(frozen=True)
class Density:
    """A row's log density and its derivatives in the family's parameters, in their order.

    `gradient` has one entry a parameter (of a vector, each element that the row reads; of a family
    of categories the first is the linear predictor itself), `hessian` the lower triangle row by row
    (observed, mixed terms too), `curvature` one positive entry a parameter, in place of minus the
    Hessian's diagonal in searches: the expected information or near it. `mixed` are the entries of
    that below the diagonal, row by row, None where two parameters are orthogonal; none where all
    are, or where it is not the expected information. `pairs` is one function that gives all of
    them, where their number depends on the response. With them it has no negative direction. With a
    `corner` in the first parameter its second derivative says nothing there.
    """

    log: Elementwise
    gradient: Elementwise
    hessian: Elementwise
    curvature: Elementwise
    mixed: tuple[Elementwise | None, ...] = ()
    pairs: Elementwise | None = None
    corner: bool = False


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

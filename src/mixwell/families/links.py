"""Link functions as values: one entry each, from the mean to the linear predictor and back."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mixwell.families.elementwise import (
    Elementwise,
    bind,
    exp,
    expit,
    expm1,
    log,
    log1p,
    log_ndtr,
    minimum,
    ndtr,
    ndtri,
    softplus,
    sqrt,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mixwell.numeric.arrays import FloatArray
    from mixwell.numeric.moments import ResponseMoments

__all__ = ["LINKS", "Link", "LinkWords", "ResponseScale", "same", "unchanged"]

_ROOT_2PI = math.sqrt(2 * math.pi)


@dataclass(frozen=True)
class ResponseScale:
    """Location and scale of a response as the priors need them.

    `location` and `scale` are on the link scale, `spread` on the response scale; the texts say
    where they come from.
    """

    location: float
    scale: float
    spread: float
    location_text: str
    scale_text: str


@dataclass(frozen=True, slots=True)
class LinkWords:
    """The words of a link: what a level of it is called, and what a difference on it becomes.

    `ratio` (and `ratios`) is None where differences stay differences. `level` and `ratio` are what
    exp() of a coefficient is, `linear_level` and `linear_ratio` the coefficient itself; `suffix`
    names the scale where it has no words of its own.
    """

    level: str = "mean"
    ratio: str | None = None
    ratios: str = ""
    linear_level: str = "mean"
    linear_ratio: str = "difference"
    linear_ratios: str = "differences"
    suffix: str = ""

    @classmethod
    def logarithmic(cls, level: str, ratio: str, ratios: str, suffix: str) -> "LinkWords":
        """Return the words of a scale on which differences are logs of ratios."""
        return cls(level, ratio, ratios, f"log {level}", f"log {ratio}", f"log {ratios}", suffix)


@dataclass(frozen=True, eq=False)
class Link:
    """A link function: `link(mean)` is the linear predictor and `inverse(eta)` the mean.

    `forward`, `backward` and its two derivatives `rise` and `bend` are elementwise functions, and
    so are the `forms`: what else a family may ask of the mean, computed from the linear predictor
    where that keeps digits (`log_mu`, `complement` = 1 - mu, `log_complement`, `log_odds`).
    `formula` writes it with the mean's name; `domain` is where means lie, `null` the mean at a
    linear predictor of 0, from which directions are counted. With a `linear` link the mean is the
    linear predictor; with an `exponential` one it changes by factors, and long steps of the linear
    predictor have to be shortened. `comparison` is what exp() of a difference is ("ratio", "odds
    ratio"), None where it is nothing; `observed` names observed means on the link's scale, None
    where nobody would look at them; `latent_variance` that of the error behind a binary response
    (Nakagawa and Schielzeth 2010). `carry` measures a response on the link's scale; `words` says
    levels and differences (see `LinkWords`).

    >>> LINKS["logit"].inverse(0.0)
    array(0.5)
    >>> LINKS["log"].formula.format("mu")
    'log(mu)'
    """

    name: str
    formula: str
    domain: tuple[float, float]
    forward: Elementwise
    backward: Elementwise
    rise: Elementwise
    bend: Elementwise
    carry: "Callable[[ResponseMoments], ResponseScale]"
    words: Callable[[str, bool], LinkWords]
    forms: tuple[tuple[str, Elementwise], ...] = ()
    null: float = 0.0
    linear: bool = False
    exponential: bool = False
    comparison: str | None = None
    observed: str | None = None
    latent_variance: float | None = None

    def __call__(self, mean: "ArrayLike") -> "FloatArray":
        """Map a mean to the linear predictor, elementwise on arrays of any shape."""
        return _on_arrays(self.forward, mean)

    def inverse(self, eta: "ArrayLike") -> "FloatArray":
        """Map the linear predictor to a mean."""
        return _on_arrays(self.backward, eta)

    def slope(self, eta: "ArrayLike") -> "FloatArray":
        """Return the derivative of the mean along the linear predictor."""
        return _on_arrays(self.rise, eta)

    def curvature(self, eta: "ArrayLike") -> "FloatArray":
        """Return the second derivative of the mean along the linear predictor."""
        return _on_arrays(self.bend, eta)

    def __repr__(self) -> str:
        """Show the link by its formula."""
        return f"Link({self.formula.format('mu')})"


def _on_arrays(function: Elementwise, value: Any) -> "FloatArray":
    import numpy as np  # the names of families are read where no array is needed

    from mixwell.numeric.array_functions import ARRAYS

    return np.asarray(bind(function, ARRAYS)(np.asarray(value, dtype=float)))


def same(value: Any) -> Any:
    """Return the value."""
    return value


def unchanged(y: Any) -> Any:
    """Return the response as it is."""
    return y


def _one(eta: Any) -> Any:
    return 1.0 + 0.0 * eta


def _zero(eta: Any) -> Any:
    return 0.0 * eta


def _exp(eta: Any) -> Any:
    return exp(eta)


def _log(mean: Any) -> Any:
    return log(mean)


def _reciprocal(value: Any) -> Any:
    return 1.0 / value


def _reciprocal_rise(eta: Any) -> Any:
    return -1.0 / eta**2


def _reciprocal_bend(eta: Any) -> Any:
    return 2.0 / eta**3


def _root(mean: Any) -> Any:
    return sqrt(mean)


def _square(eta: Any) -> Any:
    return eta**2


def _square_rise(eta: Any) -> Any:
    return 2.0 * eta


def _square_bend(eta: Any) -> Any:
    return 2.0 + 0.0 * eta


def _logit(mean: Any) -> Any:
    return log(mean) - log1p(-mean)


def _expit(eta: Any) -> Any:
    return expit(eta)


def _expit_rise(eta: Any) -> Any:
    return expit(eta) * expit(-eta)


def _expit_bend(eta: Any) -> Any:
    mean = expit(eta)
    return mean * (1 - mean) * (1 - 2 * mean)


def _expit_complement(eta: Any) -> Any:
    return expit(-eta)


def _expit_log(eta: Any) -> Any:
    return -softplus(-eta)


def _expit_log_complement(eta: Any) -> Any:
    return -softplus(eta)


def _probit(mean: Any) -> Any:
    return ndtri(mean)


def _normal(eta: Any) -> Any:
    return ndtr(eta)


def _normal_rise(eta: Any) -> Any:
    return exp(-0.5 * eta**2) / _ROOT_2PI


def _normal_bend(eta: Any) -> Any:
    return -eta * exp(-0.5 * eta**2) / _ROOT_2PI


def _normal_complement(eta: Any) -> Any:
    return ndtr(-eta)


def _normal_log(eta: Any) -> Any:
    return log_ndtr(eta)


def _normal_log_complement(eta: Any) -> Any:
    return log_ndtr(-eta)


def _cloglog(mean: Any) -> Any:
    return log(-log1p(-mean))


def _gompertz(eta: Any) -> Any:
    return -expm1(-exp(eta))


def _gompertz_rise(eta: Any) -> Any:
    # beyond 30 the slope is below the smallest number
    return exp(eta - exp(minimum(eta, 30.0)))


def _gompertz_bend(eta: Any) -> Any:
    rate = exp(minimum(eta, 30.0))
    return exp(eta - rate) * (1 - rate)


def _gompertz_complement(eta: Any) -> Any:
    return exp(-exp(eta))


def _gompertz_log(eta: Any) -> Any:
    return log(-expm1(-exp(eta)))


def _gompertz_log_complement(eta: Any) -> Any:
    return -exp(eta)


def _carried_as_it_is(y: "ResponseMoments") -> ResponseScale:
    text = f"{y.word}({y.name}) = {y.width:.3g}"
    return ResponseScale(y.mean_less_offset, y.width, y.width, f"mean({y.name})", text)


def _carried_to_logs(y: "ResponseMoments") -> ResponseScale:
    return ResponseScale(y.log_rate, 1.0, y.width, "log(mean(y))", "log scale")


def _carried_to_reciprocals(y: "ResponseMoments") -> ResponseScale:
    size = abs(y.mean) or y.width
    location = 1 / (y.mean or y.width)
    return ResponseScale(location, y.width / size**2, y.width, "1 / mean(y)", "sd(y)/mean(y)^2")


def _carried_to_roots(y: "ResponseMoments") -> ResponseScale:
    mean, spread = y.of_roots
    return ResponseScale(mean, spread, y.width, "mean(sqrt(y))", "sd(sqrt(y))")


def _standard(name: str) -> "Callable[[ResponseMoments], ResponseScale]":
    """Return the rule for links on whose scale everything is of size 1."""

    def carried(y: "ResponseMoments") -> ResponseScale:
        return ResponseScale(0.0, 1.0, y.width, "0", f"{name} scale")

    return carried


def _plain_words(quantity: str, rate: bool) -> LinkWords:
    return LinkWords(level=quantity, linear_level=quantity)


def _log_words(quantity: str, rate: bool) -> LinkWords:
    if rate:
        return LinkWords.logarithmic("rate", "rate ratio", "rate ratios", "on the log scale")
    of = "means" if quantity == "mean" else quantity
    return LinkWords.logarithmic(quantity, f"ratio of {of}", f"ratios of {of}", "on the log scale")


def _odds_words(quantity: str, rate: bool) -> LinkWords:
    return LinkWords.logarithmic("odds", "odds ratio", "odds ratios", "on the log odds scale")


def _named_words(name: str) -> Callable[[str, bool], LinkWords]:
    """Return the words of a scale that has a name and no reading as ratios."""

    def words(quantity: str, rate: bool) -> LinkWords:
        return LinkWords(level=quantity, linear_level=quantity, suffix=f"on the {name} scale")

    return words


LINKS: dict[str, Link] = {
    link.name: link
    for link in (
        Link(
            name="identity",
            formula="{}",
            domain=(-math.inf, math.inf),
            forward=same,
            backward=same,
            rise=_one,
            bend=_zero,
            carry=_carried_as_it_is,
            words=_plain_words,
            linear=True,
            observed="observed means",
        ),
        Link(
            name="log",
            formula="log({})",
            domain=(0.0, math.inf),
            forward=_log,
            backward=_exp,
            rise=_exp,
            bend=_exp,
            carry=_carried_to_logs,
            words=_log_words,
            forms=(("log_mu", same),),
            null=1.0,
            exponential=True,
            comparison="ratio",
            observed="the logs of the observed means",
        ),
        Link(
            name="inverse",
            formula="1 / {}",
            domain=(-math.inf, math.inf),
            forward=_reciprocal,
            backward=_reciprocal,
            rise=_reciprocal_rise,
            bend=_reciprocal_bend,
            carry=_carried_to_reciprocals,
            words=_named_words("inverse"),
        ),
        Link(
            name="sqrt",
            formula="sqrt({})",
            domain=(0.0, math.inf),
            forward=_root,
            backward=_square,
            rise=_square_rise,
            bend=_square_bend,
            carry=_carried_to_roots,
            words=_named_words("sqrt"),
        ),
        Link(
            name="logit",
            formula="logit({})",
            domain=(0.0, 1.0),
            forward=_logit,
            backward=_expit,
            rise=_expit_rise,
            bend=_expit_bend,
            carry=_standard("logit"),
            words=_odds_words,
            forms=(
                ("log_odds", same),
                ("complement", _expit_complement),
                ("log_mu", _expit_log),
                ("log_complement", _expit_log_complement),
            ),
            null=0.5,
            exponential=True,
            comparison="odds ratio",
            observed="the log odds of the observed proportions",
            latent_variance=math.pi**2 / 3,
        ),
        Link(
            name="probit",
            formula="probit({})",
            domain=(0.0, 1.0),
            forward=_probit,
            backward=_normal,
            rise=_normal_rise,
            bend=_normal_bend,
            carry=_standard("probit"),
            words=_named_words("probit"),
            forms=(
                ("complement", _normal_complement),
                ("log_mu", _normal_log),
                ("log_complement", _normal_log_complement),
            ),
            null=0.5,
            exponential=True,
            latent_variance=1.0,
        ),
        Link(
            name="cloglog",
            formula="cloglog({})",
            domain=(0.0, 1.0),
            forward=_cloglog,
            backward=_gompertz,
            rise=_gompertz_rise,
            bend=_gompertz_bend,
            carry=_standard("cloglog"),
            words=_named_words("cloglog"),
            forms=(
                ("complement", _gompertz_complement),
                ("log_mu", _gompertz_log),
                ("log_complement", _gompertz_log_complement),
            ),
            null=-math.expm1(-1.0),
            exponential=True,
            latent_variance=math.pi**2 / 6,
        ),
    )
}

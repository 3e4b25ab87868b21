"""What a link is: the map from a mean to the linear predictor and back, with its words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from mixwell.families.elementwise import Elementwise, bind

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mixwell.numeric.arrays import FloatArray
    from mixwell.numeric.moments import ResponseMoments

__all__ = ["BoundLink", "Comparison", "Link", "LinkWords", "ResponseScale", "same", "unchanged"]

#: What exp() of a difference is on the response's own scale.
Comparison = Literal["ratio", "odds ratio"]


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
    exp() of a coefficient is, `linear_level` and `linear_ratio` the coefficient itself;
    `linear_levels` are several of them where that is not the word with an s; `suffix` names the
    scale where it has no words of its own.
    """

    level: str = "mean"
    ratio: str | None = None
    ratios: str = ""
    linear_level: str = "mean"
    linear_ratio: str = "difference"
    linear_ratios: str = "differences"
    suffix: str = ""
    linear_levels: str = ""

    @classmethod
    def logarithmic(cls, level: str, ratio: str, ratios: str, suffix: str) -> "LinkWords":
        """Return the words of a scale on which differences are logs of ratios."""
        return cls(level, ratio, ratios, f"log {level}", f"log {ratio}", f"log {ratios}", suffix)

    def of(self, name: str) -> "LinkWords":
        """Return the words that say of what response they are, too."""
        level, linear = f"{self.level} of {name}", f"{self.linear_level} of {name}"
        if self.ratio is None:
            return replace(self, level=level, linear_level=linear)
        ratio, ratios = f"{self.ratio} of {name}", f"{self.ratios} of {name}"
        return replace(self, level=level, linear_level=linear, ratio=ratio, ratios=ratios)


@dataclass(frozen=True, eq=False)
class Link:
    """A link function: `link(mean)` is the linear predictor and `inverse(eta)` the mean.

    `forward`, `backward` and its two derivatives `rise` and `bend` are elementwise functions, and
    so are the `forms`: what else a family may ask of the mean, computed from the linear predictor
    where that keeps digits (`log_mu`, `complement` = 1 - mu, `log_complement`, `log_odds`; of
    distribution functions `log_rise`, the log density, with its slope `turn`, and what lies between
    two linear predictors, see `between`).
    `formula` writes it with the mean's name; `domain` is where means lie, `null` the mean at a
    linear predictor of 0, from which directions are counted. With a `linear` link the mean is the
    linear predictor; with an `exponential` one it changes by factors, and long steps of the linear
    predictor have to be shortened; a `symmetric` one is a distribution function around 0.
    `comparison` is what exp() of a difference is, None where it is nothing; `observed` names
    observed means on the link's scale, None where nobody would look at them; `latent_variance`
    that of the error behind a binary response (Nakagawa and Schielzeth 2010). `carry` measures a
    response on the link's scale; `words` says levels and differences (see `LinkWords`).

    >>> from mixwell.families import LINKS
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
    symmetric: bool = False
    comparison: Comparison | None = None
    observed: str | None = None
    latent_variance: float | None = None

    def __call__(self, mean: "ArrayLike") -> "FloatArray":
        """Map a mean to the linear predictor, elementwise on arrays of any shape.

        What lies outside the domain, as responses of real families may, becomes not-a-number.
        """
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


class BoundLink:
    """A link's functions where the elementwise names have some meanings: of arrays, tensors ...

    >>> from mixwell.families import LINKS
    >>> from mixwell.numeric.array_functions import ARRAYS
    >>> float(BoundLink(LINKS["logit"], ARRAYS)("log_rise", 0.0).round(4))
    -1.3863
    """

    def __init__(self, link: Link, meanings: Mapping[str, Callable[..., Any]]) -> None:
        own = {"backward": link.backward, "forward": link.forward, "rise": link.rise}
        self._functions, self._meanings = {**own, **dict(link.forms)}, meanings
        self.symmetric = link.symmetric

    def has(self, name: str) -> bool:
        """Return whether the link has a form of its own."""
        return name in self._functions

    def __call__(self, name: str, *values: Any) -> Any:
        """Return one of the link's functions, or of its forms, at a linear predictor."""
        return bind(self._functions[name], self._meanings)(*values)


def _on_arrays(function: Elementwise, value: Any) -> "FloatArray":
    import numpy as np  # the names of families are read where no array is needed

    from mixwell.numeric.array_functions import ARRAYS

    # infinite at an end of the domain, or near; not-a-number outside
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return np.asarray(bind(function, ARRAYS)(np.asarray(value, dtype=float)))


def same(value: Any) -> Any:
    """Return the value."""
    return value


def unchanged(y: Any) -> Any:
    """Return the response as it is."""
    return y

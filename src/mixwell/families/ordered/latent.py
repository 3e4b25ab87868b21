"""What the families of ratings share: a rating comes of where a latent response lies.

With thresholds t and the linear predictor eta, probabilities depend on z = disc (t - eta) alone, an
entry for each threshold that a row reads: disc, the discrimination, is 1 unless it has a formula.
A family says the log density and its derivatives in z, as lists; here they become derivatives in
eta, the thresholds and disc. Source of disc: Buerkner and Vuorre 2019.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from mixwell.families.elementwise import where
from mixwell.families.family import Elements, Parameter, PriorChoice, Support
from mixwell.families.link import Link, LinkWords

__all__ = [
    "DISC",
    "LATENT_LINKS",
    "RATINGS",
    "Along",
    "along_eta",
    "between_levels",
    "chance_on",
    "curvature_of",
    "gradient_of",
    "hessian_of",
    "informative",
    "latent_words",
    "mixed_of",
    "ratio_words",
    "summed",
    "threshold_parameter",
]


#: Links that are distribution functions of a latent response's error turned round.
LATENT_LINKS = ("logit", "probit", "cloglog", "loglog", "cauchit")


@dataclass(frozen=True)
class Along:
    """Derivatives of a log density in z: `slopes` (i), and `bends` (i, j), symmetric.

    `away` are t - eta of the same thresholds; entries of thresholds that a row lacks are 0.
    """

    slopes: Sequence[Any]
    bends: Sequence[Sequence[Any]]
    away: Sequence[Any]
    disc: Any


def summed(parts: Sequence[Any]) -> Any:
    """Return the sum of some terms, without the 0 that `sum` begins with."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def gradient_of(along: Along) -> list[Any]:
    """Return the derivatives in eta, each threshold that a row reads, and disc."""
    pairs = zip(along.slopes, along.away, strict=True)
    of_thresholds = [along.disc * slope for slope in along.slopes]
    return [-summed(of_thresholds), *of_thresholds, summed([slope * away for slope, away in pairs])]


def _second(along: Along) -> tuple[Any, list[Any], Any, list[Any], Any]:
    """Return what bends in z make of: eta twice, eta and t, disc and eta, disc and t, disc twice.

    All of them without slopes in z, by which alone the curvature may have a wrong sign.
    """
    square = along.disc**2
    rows = [summed(row) for row in along.bends]
    turned = [
        summed([bend * away for bend, away in zip(row, along.away, strict=True)])
        for row in along.bends
    ]
    twice = summed([one * away for one, away in zip(turned, along.away, strict=True)])
    of_eta = [-square * row for row in rows]
    of_disc = [along.disc * one for one in turned]
    return square * summed(rows), of_eta, -summed(of_disc), of_disc, twice


def hessian_of(along: Along) -> list[Any]:
    """Return the lower triangle of the second derivatives, row by row."""
    eta_eta, of_eta, disc_eta, of_disc, disc_disc = _second(along)
    found = [eta_eta]
    for i, row in enumerate(along.bends):
        found += [of_eta[i], *(along.disc**2 * bend for bend in row[: i + 1])]
    found.append(disc_eta - summed(along.slopes))
    found += [own + slope for own, slope in zip(of_disc, along.slopes, strict=True)]
    return [*found, disc_disc]


def curvature_of(along: Along) -> list[Any]:
    """Return minus the second derivatives' diagonal, with bends that have no wrong sign."""
    eta_eta, _, _, _, disc_disc = _second(along)
    own = [-(along.disc**2) * row[i] for i, row in enumerate(along.bends)]
    return [-eta_eta, *own, -disc_disc]


def mixed_of(along: Along, *, apart: bool) -> list[Any]:
    """Return what belongs below that diagonal; None for two thresholds where these are `apart`."""
    _, of_eta, disc_eta, of_disc, _ = _second(along)
    found: list[Any] = []
    for i, row in enumerate(along.bends):
        found.append(-of_eta[i])
        found += [None if apart else -(along.disc**2) * bend for bend in row[:i]]
    return [*found, -disc_eta, *(-own for own in of_disc)]


def along_eta(along: Along) -> tuple[Any, Any]:
    """Return the slope in eta, and minus the bend: of bends that have no wrong sign."""
    of_eta = [summed(row) for row in along.bends]
    return -along.disc * summed(along.slopes), -(along.disc**2) * summed(of_eta)


def informative(slope: Any, bend: Any) -> Any:
    """Return a bend that is not above 0: the own one, or what it is on average.

    Errors with heavy tails, as Cauchy's, have places where a log density is bent upward; the mean
    of its slope's square is that of minus its bend.
    """
    return where(bend < 0, bend, -(slope**2))


def between_levels(levels: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the thresholds between levels.

    >>> between_levels(["1", "2", "3"])
    ('1|2', '2|3')
    """
    return tuple(f"{low}|{high}" for low, high in pairwise(levels))


def ratio_words(what: str) -> LinkWords:
    """Return the words of differences that are logarithms of ratios of odds."""
    return LinkWords.logarithmic(f"odds {what}", f"odds ratio {what}", f"odds ratios {what}", "")


def latent_words(ratios: str) -> dict[str, LinkWords]:
    """Return the words of each link: ratios of odds, or differences of the latent response."""
    words = {"logit": ratio_words(ratios)}
    for link in LATENT_LINKS[1:]:
        where = f"on the {link} scale of the latent value"
        words[link] = LinkWords(level="latent value", linear_level="latent value", suffix=where)
    normal = "in standard deviations of the latent value's error"
    return {**words, "probit": replace(words["probit"], suffix=normal)}


def chance_on(link: Link) -> str:
    """Return what a probability is called on a link's scale.

    >>> from mixwell.families import LINKS
    >>> chance_on(LINKS["logit"]), chance_on(LINKS["probit"])
    ('log odds', 'probit of the probability')
    """
    words = link.words("mean", False)
    return words.linear_level if words.ratio else f"{link.name} of the probability"


def threshold_parameter(
    shape: Elements, words: str, *, where_from: str = "at the predictors' means"
) -> Parameter:
    """Return the thresholds as a parameter; brms's prior needs no scale: the error's is 1."""
    return Parameter(
        "threshold",
        ("identity",),
        prior=PriorChoice(
            "StudentT",
            (("nu", 3.0), ("mu", 0.0), ("sigma", 2.5)),
            f"brms's default: wide on the link's scale; {where_from}",
        ),
        words=words,
        vector=shape,
        intercept=True,
        elsewhere={"brms": "Intercept"},
    )


#: brms's discrimination: large where ratings follow the predictors closely.
DISC = Parameter(
    "disc",
    fixed=1.0,
    is_discrimination=True,
    words="discrimination: the inverse of the latent error's scale",
    elsewhere={"brms": "disc"},
)

RATINGS = Support(
    kind="ordered", whole=True, advice="A rating is an ordered factor, or whole numbers."
)

"""Shares of several categories, and counts that scatter more than a multinomial's.

The Dirichlet distribution of shares has the means p_k, which are those of a categorical response,
and a precision kappa: the variance of a share is p_k (1 - p_k) / (1 + kappa). Counts whose shares
have that distribution are Dirichlet-multinomial.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mixwell.families.categories.categorical import CATEGORICAL
from mixwell.families.categories.multinomial import COUNTS, orderings, size
from mixwell.families.categories.softmax import log_shares
from mixwell.families.counts.rising import capped, rising, rising_bend, rising_slope
from mixwell.families.elementwise import (
    Elementwise,
    digamma,
    exp,
    lgamma,
    log,
    maximum,
    stacked,
    takes,
    trigamma,
)
from mixwell.families.family import (
    Density,
    Family,
    PymcDistribution,
    Sampler,
    Support,
    column_name,
)
from mixwell.families.proportions.beta import precision
from mixwell.families.supports import AT_AN_END

__all__ = ["DIRICHLET", "DIRICHLET_MULTINOMIAL"]

#: The least share of its first part that the curvature of kappa has.
_LEAST = 0.01
KAPPA = precision("precision: the variance of a share is share x (1 - share) / (1 + kappa)")


def _given_shares(kappa: Any, p: Any, log_p: Any, y: Any) -> tuple[Any, Any, Any]:
    """Return what one share adds to the log density, its slope in kappa p, and its curvature."""
    a = kappa * p
    return (a - 1.0) * log(y) - lgamma(a), log(y) - digamma(a), trigamma(a)


def _given_counts(kappa: Any, p: Any, log_p: Any, y: Any) -> tuple[Any, Any, Any]:
    """Return the same for one count; what all have in common, as y log(kappa), is left out."""
    a = kappa * p
    return y * log_p + rising(y, a), rising_slope(y, a), -rising_bend(y, a)


def _whole_shares(kappa: Any, *ys: Any) -> tuple[Any, Any, Any]:
    """Return what kappa adds by itself, its slope, and minus its second derivative."""
    return lgamma(kappa), digamma(kappa), -trigamma(kappa)


def _whole_counts(kappa: Any, *ys: Any) -> tuple[Any, Any, Any]:
    size = sum(ys)
    value = orderings(*ys) - rising(size, kappa)
    return value, -rising_slope(size, kappa), rising_bend(size, kappa)


def _density(
    count: int, names: Sequence[str], one: Elementwise, whole: Elementwise, *, known: bool
) -> Density:
    """Return a density by what `one` category adds to it and what kappa does by itself.

    With slopes g_k in kappa p_k and the second derivatives -h_k, that in eta_i and eta_j is
    kappa sum_k g_k d2p_k - kappa^2 sum_k h_k dp_k dp_k. Where h is `known` without the response the
    curvature is the expected information; else what is left of it that is positive.
    """
    named = takes(*map(column_name, range(count)), *names, "kappa")

    def of_row(*values: Any) -> tuple[Any, ...]:
        ys, etas, kappa = values[:count], values[count:-1], values[-1]
        logs = log_shares(*etas)
        shares = tuple(map(exp, logs))
        each = [one(kappa, *given) for given in zip(shares, logs, ys, strict=True)]
        return (kappa, shares, *zip(*each, strict=True), whole(kappa, *ys))

    @named
    def log_density(*values: Any) -> Any:
        _, _, logs, _, _, own = of_row(*values)
        return sum(logs) + own[0]

    @named
    def gradient(*values: Any) -> Any:
        return _gradient(*of_row(*values))

    @named
    def hessian(*values: Any) -> Any:
        return _hessian(*of_row(*values))

    @named
    def curvature(*values: Any) -> Any:
        return _curvature(*of_row(*values))

    def mixed(i: int, j: int) -> Elementwise:
        @named
        def term(*values: Any) -> Any:
            kappa, p, _, _, h, _ = of_row(*values)
            return kappa**2 * _cross(p, h, i, j) if i < count else kappa * _along(p, h, j)

        return term

    pairs = tuple(
        mixed(i, j) if i < count or known else None
        for i in range(1, count + 1)
        for j in range(1, i)
    )
    return Density(log_density, gradient, hessian, curvature, pairs)


def _gradient(kappa: Any, p: Any, logs: Any, g: Any, h: Any, own: Any) -> tuple[Any, ...]:
    mean = sum(a * b for a, b in zip(p, g, strict=True))
    along = [kappa * p[i] * (g[i] - mean) for i in range(1, len(p))]
    return (*along, mean + own[1])


def _hessian(kappa: Any, p: Any, logs: Any, g: Any, h: Any, own: Any) -> tuple[Any, ...]:
    mean = sum(a * b for a, b in zip(p, g, strict=True))
    found = []
    for i in range(1, len(p)):
        for j in range(1, i + 1):
            second = _cross_of_slopes(p, g, i, j) - p[i] * _less(i, j, p) * mean
            found.append(kappa * second - kappa**2 * _cross(p, h, i, j))
    for i in range(1, len(p)):
        found.append(p[i] * (g[i] - mean) - kappa * _along(p, h, i))
    return (*found, -_squares(p, h) - own[2])


def _curvature(kappa: Any, p: Any, logs: Any, g: Any, h: Any, own: Any) -> tuple[Any, ...]:
    along = [kappa**2 * _cross(p, h, i, i) for i in range(1, len(p))]
    squares = _squares(p, h)
    return (*along, maximum(squares + own[2], _LEAST * squares))


def _less(k: int, i: int, p: Sequence[Any]) -> Any:
    """Return d log p_k / d eta_i: 1 less p_i for the category itself, else -p_i."""
    return float(k == i) - p[i]


def _cross(p: Sequence[Any], h: Sequence[Any], i: int, j: int) -> Any:
    """Return sum_k h_k dp_k / d eta_i dp_k / d eta_j."""
    return sum(h[k] * p[k] ** 2 * _less(k, i, p) * _less(k, j, p) for k in range(len(p)))


def _cross_of_slopes(p: Sequence[Any], g: Sequence[Any], i: int, j: int) -> Any:
    """Return sum_k g_k p_k d log p_k / d eta_i d log p_k / d eta_j."""
    return sum(g[k] * p[k] * _less(k, i, p) * _less(k, j, p) for k in range(len(p)))


def _along(p: Sequence[Any], h: Sequence[Any], i: int) -> Any:
    """Return sum_k h_k p_k dp_k / d eta_i."""
    return sum(h[k] * p[k] ** 2 * _less(k, i, p) for k in range(len(p)))


def _squares(p: Sequence[Any], h: Sequence[Any]) -> Any:
    """Return sum_k h_k p_k^2."""
    return sum(a**2 * b for a, b in zip(p, h, strict=True))


def _common(levels: Sequence[str]) -> tuple[Family, tuple[str, ...], dict[str, Any]]:
    """Return the family of one category, the linear predictors' names, and what both have."""
    unit = CATEGORICAL.of(levels)
    names = ("eta", *(p.name for p in unit.further))
    found = {"parameters": (*unit.parameters, KAPPA), "words": unit.words, "unit": unit}
    return unit, names, found


def _concentrations(names: Sequence[str]) -> Elementwise:
    """Return a function for kappa p_k of every category, side by side."""

    @takes(*names, "kappa")
    def concentrations(*values: Any) -> Any:
        return stacked(*(values[-1] * exp(share) for share in log_shares(*values[:-1])))

    return concentrations


def _capped(names: Sequence[str]) -> Elementwise:
    """Return the same function, where PyMC's density has digits left."""

    @takes(*names, "kappa", "trials")
    def concentrations(*values: Any) -> Any:
        kappa = capped(count=values[-1], alpha=values[-2])
        return stacked(*(kappa * exp(share) for share in log_shares(*values[:-2])))

    return concentrations


def _gammas(names: Sequence[str]) -> Sampler:
    """Return what draws independent gammas, which are shares of their sum."""
    concentrations = (("shape", _concentrations(names)),)
    return Sampler("standard_gamma", concentrations, numbers=len(names) + 1)


def _normalized(draw: Any) -> Any:
    return draw / draw.sum(axis=-1, keepdims=True)


_COUNTED = Sampler("multinomial", (("n", size), ("pvals", _normalized)))


def _of_shares(levels: Sequence[str]) -> dict[str, Any]:
    unit, names, found = _common(levels)
    text = unit.text.removeprefix("Categorical(").removesuffix(")")
    return found | {
        "text": f"Dirichlet(kappa * {text})",
        "density": _density(len(levels), names, _given_shares, _whole_shares, known=True),
        "sampler": replace(_gammas(names), response=_normalized),
        "pymc": PymcDistribution("Dirichlet", {"a": _concentrations(names)}),
    }


def _of_counts(levels: Sequence[str]) -> dict[str, Any]:
    unit, names, found = _common(levels)
    text = unit.text.removeprefix("Categorical(").removesuffix(")")
    counted = replace(KAPPA, is_spread=False)  # counts keep the scatter of counting
    return found | {
        "parameters": (*unit.parameters, counted),
        "text": f"DirichletMultinomial(n, kappa * {text})",
        "density": _density(len(levels), names, _given_counts, _whole_counts, known=False),
        "sampler": replace(_gammas(names), then=_COUNTED),
        "pymc": PymcDistribution("DirichletMultinomial", {"n": "trials", "a": _capped(names)}),
    }


def _shares_of_levels(family: Family, levels: Sequence[str]) -> Family:
    return replace(family, **_of_shares(levels))


def _counts_of_levels(family: Family, levels: Sequence[str]) -> Family:
    return replace(family, **_of_counts(levels))


DIRICHLET = Family(
    name="dirichlet",
    support=Support(
        kind="shares",
        refusals=(AT_AN_END,),
        advice="Shares of a whole stand side by side: cbind(a, b, c) ~ ...; each row adds up to 1.",
    ),
    mean=None,
    mean_words="shares",
    adjectives={"logit": "Dirichlet"},
    r_names={"dirichlet": ""},
    r_packages={"dirichlet": "brms"},
    elsewhere={"bambi": "dirichlet"},
    of_levels=_shares_of_levels,
    **_of_shares(("0", "1")),
)

DIRICHLET_MULTINOMIAL = Family(
    name="dirichlet_multinomial",
    support=COUNTS,
    mean=None,
    mean_words="probabilities",
    adjectives={"logit": "Dirichlet-multinomial"},
    r_names={"dirichlet_multinomial": ""},
    r_packages={"dirichlet_multinomial": "brms"},
    elsewhere={"bambi": "dirichlet_multinomial"},
    of_levels=_counts_of_levels,
    **_of_counts(("0", "1")),
)

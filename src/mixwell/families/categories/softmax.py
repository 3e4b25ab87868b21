"""Probabilities of categories from their log odds against the first, and a density by them.

With a linear predictor eta_k for each category but the first, whose eta is 0, the probability of k
is exp(eta_k) / sum_j exp(eta_j). The log density of counts y_k is sum_k y_k log p_k up to what no
parameter moves; a category alone is a count of 1. Source: McCullagh and Nelder 1989, section 5.2.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mixwell.families.elementwise import Elementwise, exp, log, maximum, takes
from mixwell.families.family import Density, Parameter
from mixwell.families.link import LinkWords

__all__ = ["Counted", "location_names", "locations", "log_shares", "share_density", "words"]


def location_names(categories: Sequence[str]) -> list[str]:
    """Return the names of linear predictors, brms's: `mu` with the letters of a category's label.

    Where labels differ in other signs only, they are numbered, the reference being 1.

    >>> location_names(["good", "very good"]), location_names(["+", "-"])
    (['mugood', 'muverygood'], ['mu2', 'mu3'])
    """
    names = ["mu" + re.sub(r"[\W_]", "", category) for category in categories]
    if len({*names, "mu"}) <= len(names):
        return [f"mu{k}" for k in range(2, len(names) + 2)]
    return names


def locations(levels: Sequence[str]) -> tuple[Parameter, ...]:
    """Return the linear predictors of every category but the first, against which they are."""
    first, *others = levels
    names = location_names(others)
    return tuple(
        Parameter(
            name,
            ("logit",) if k == 0 else ("identity",),
            typical=0.0,
            words=f"log odds of {level} against {first}",
            location=True,
            link_words=words(level, first),
            label=level,
        )
        for k, (name, level) in enumerate(zip(names, others, strict=True))
    )


def words(level: str, first: str) -> LinkWords:
    """Return the words of the log odds of a category against the first."""
    of = f"of {level} against {first}"
    return LinkWords(
        f"odds {of}",
        f"odds ratio {of}",
        f"odds ratios {of}",
        f"log odds {of}",
        f"log odds ratio {of}",
        f"log odds ratios {of}",
    )


def log_shares(*etas: Any) -> tuple[Any, ...]:
    """Return the log probability of every category, the first too, without overflow."""
    top = 0.0
    for eta in etas:
        top = maximum(top, eta)
    total = exp(-top)
    for eta in etas:
        total = total + exp(eta - top)
    whole = top + log(total)
    return (-whole, *(eta - whole for eta in etas))


@dataclass(frozen=True)
class Counted:
    """How often a row has each category: `arguments` by name, and the `counts` made of them."""

    arguments: tuple[str, ...]
    counts: Elementwise


def share_density(
    counted: Counted, names: Sequence[str], constant: Elementwise | None = None
) -> Density:
    """Return the density of counted categories in their linear predictors.

    `names` are those of the linear predictors, `constant` what counts add that no parameter moves.
    """
    given, counts = len(counted.arguments), counted.counts
    named = takes(*counted.arguments, *names)

    @named
    def log_density(*values: Any) -> Any:
        found = counts(*values[:given])
        parts = zip(found, log_shares(*values[given:]), strict=True)
        total = sum(count * share for count, share in parts)
        return total if constant is None else total + constant(*values[:given])

    def of_row(*values: Any) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
        found = counts(*values[:given])
        return sum(found), found[1:], tuple(exp(s) for s in log_shares(*values[given:])[1:])

    @named
    def gradient(*values: Any) -> Any:
        size, found, shares = of_row(*values)
        return tuple(c - size * p for c, p in zip(found, shares, strict=True))

    @named
    def hessian(*values: Any) -> Any:
        size, _, shares = of_row(*values)
        return tuple(
            -size * (p * (1.0 - p) if i == j else -p * shares[j])
            for i, p in enumerate(shares)
            for j in range(i + 1)
        )

    @named
    def curvature(*values: Any) -> Any:
        size, _, shares = of_row(*values)
        return tuple(size * p * (1.0 - p) for p in shares)

    def mixed(i: int, j: int) -> Elementwise:
        @named
        def term(*values: Any) -> Any:
            size, _, shares = of_row(*values)
            return -size * shares[i] * shares[j]

        return term

    pairs = tuple(mixed(i, j) for i in range(len(names)) for j in range(i))
    return Density(log_density, gradient, hessian, curvature, pairs)

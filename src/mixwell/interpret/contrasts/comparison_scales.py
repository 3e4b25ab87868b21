"""On which scale estimates are compared: differences, ratios or odds ratios."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mixwell.errors import DataError, require_choice
from mixwell.families import LINKS
from mixwell.families.link import Comparison, Link
from mixwell.interpret.origins.origins import Origin, taken
from mixwell.numeric.arrays import FloatArray

Compare = Literal["auto", "difference", "ratio", "odds ratio"]
# What differences on a link's scale can be on the response scale.
RATIOS = {link.comparison for link in LINKS.values() if link.comparison is not None}

# The logarithms that ratios are differences of, in words.
_LOGS = {"ratio": "the logarithm of {}", "odds ratio": "the log odds of {}"}


@dataclass(frozen=True, eq=False)
class Basis:
    """What contrasts need in addition to the draws.

    `linear` is `(row, sample)` on the scale on which rows are compared, None where the draws
    themselves are what is combined; `comparison` is what exp() of its differences is, None where
    differences of `linear` are those of the rows, `compared` of what, where that is another number
    than the rows are. `residue` is `(row, k)` and zero where the data determine the row.
    Values a `period` apart are the same; `note` is said of contrasts of the rows.
    """

    comparison: Comparison | None = None
    linear: FloatArray | None = None
    residue: FloatArray | None = None
    compared: str = ""
    period: float | None = None
    origin: Origin | None = None
    note: str = ""

    @classmethod
    def of_link(cls, link: Link, linear: FloatArray | None, residue: FloatArray | None) -> "Basis":
        """Return the basis of means at a link of which linear predictors are given."""
        known = link.linear or link.comparison is not None
        return cls(link.comparison, linear if known else None, residue)


@dataclass(frozen=True, eq=False)
class ComparisonPlan:
    """What contrasts are taken of: values `(row, sample)`, on which scale, what is said of it.

    `origin` is that of the values; `straight` says that what is exponentiated are linear
    predictors.
    """

    values: FloatArray
    residue: FloatArray
    scale: str
    exponentiate: bool = False
    said: str = ""
    origin: Origin | None = None
    straight: bool = False

    def combine(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the weighed values and residues; a row without numbers counts as undetermined.

        What uses a row that has numbers in some draws has none in the others.
        """
        absent = np.isnan(self.values)
        if not absent.any():
            return weights @ self.values, weights @ self.residue
        unknown = absent.all(axis=1)
        own = np.eye(len(absent))[:, unknown]
        residue = np.concatenate([np.where(unknown[:, None], 0.0, self.residue), own], axis=1)
        lost = (weights[:, ~unknown] != 0).astype(float) @ absent[~unknown] > 0
        values = weights @ np.where(absent, 0.0, self.values)
        return np.where(lost, np.nan, values), weights @ residue


def comparison_plan(
    shown: FloatArray,
    basis: Basis,
    scale: str,
    *,
    levels: bool,
    compare: str,
    origin: Origin | None = None,
) -> ComparisonPlan:
    """Settle the scale on which estimates `(row, sample)` are compared.

    `levels` says that they are means or predictions, of which logit and log links have ratios;
    `origin` is that of the estimates. Raises `DataError` where there is no such scale.
    """
    require_choice("compare", compare, ("auto", "difference", *sorted(RATIOS)))
    residue = np.empty((len(shown), 0)) if basis.residue is None else basis.residue
    chosen = compare
    if compare == "auto":
        has_ratios = levels and scale == "response"
        chosen = (basis.comparison if has_ratios else None) or "difference"
        chosen = scale if scale in RATIOS else chosen
    if chosen == "difference":
        on = "link" if scale == "link" else "response"
        if basis.comparison is None and basis.linear is not None and basis.period is None:
            return ComparisonPlan(basis.linear, residue, on, origin=basis.origin)
        return ComparisonPlan(shown, residue, on, origin=origin)
    if scale == "link":
        raise DataError(
            f"Estimates on the link scale are compared by differences, not by {chosen}s.",
            hint='Take them with scale="response".',
        )
    # Ratios of any kind are exponentials, whose basis are their logarithms where they have them.
    wanted = "ratio" if scale == chosen else chosen
    kept = scale in ("response", chosen) and basis.comparison == wanted
    if basis.compared and compare != "auto":
        kept = False  # asked for: those of the rows themselves
    said, straight = f": {chosen}s", kept and basis.linear is not None
    if kept and basis.linear is not None:
        said += f" of {basis.compared}" if basis.compared else ""
        source, known = basis.linear, basis.origin
    else:
        source = _on_log_scale(shown, chosen)
        known = taken(origin, lambda own: _logs(own, chosen), _LOGS[chosen])
    return ComparisonPlan(source, residue, chosen, True, said, known, straight)


def _on_log_scale(values: FloatArray, chosen: str) -> FloatArray:
    known = values[np.isfinite(values)]
    top = 1.0 if chosen == "odds ratio" else np.inf
    if known.size and (known.min() <= 0 or known.max() >= top):
        limit = "between 0 and 1" if chosen == "odds ratio" else "above 0"
        raise DataError(
            f"{chosen.capitalize()}s need values {limit}; some draws are not.",
            hint='Use compare="difference".',
        )
    return _logs(values, chosen)


def _logs(values: FloatArray, chosen: str) -> FloatArray:
    return np.log(values) if chosen == "ratio" else np.log(values) - np.log1p(-values)

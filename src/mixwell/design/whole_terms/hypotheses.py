"""Hypotheses that terms have no effect, of type II and III, exact whatever the columns' coding.

*Type III*: the levels of a term's factors differ by nothing, equally many of every level of the
other factors; slopes are 0 on average over levels that count the same. *Type II*: a term adds
nothing to those that do not contain it, where those that contain it are absent. Cells without data
leave some of that undetermined: what is left to test has fewer degrees of freedom.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.design.atoms.atom import NumericAtom
from mixwell.design.columns.column_plan import Plan, PlannedTerm, distinct_rows
from mixwell.design.columns.fixed_effects import FixedEffects
from mixwell.design.design import Design
from mixwell.design.whole_terms.references import At, reference_values
from mixwell.design.whole_terms.term_parts import (
    difference_rows,
    effect_moments,
    term_differences,
)
from mixwell.errors import DataError, shown
from mixwell.numeric.arrays import FloatArray
from mixwell.text.phrases import and_more

__all__ = ["TermHypothesis", "lost_notes", "read_type", "said_of_terms", "term_hypotheses"]

_TYPES: dict[object, int] = {2: 2, 3: 3, "2": 2, "3": 3, "II": 2, "III": 3}
#: Combinations this much smaller than the largest are rounding errors.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class TermHypothesis:
    """That combinations of coefficients are 0: `weights` (q, p) on those of the near columns.

    `moments` (q, q) give, of the combinations' values d, the variance d'Md over the data's rows of
    what the term contributes. Of `lost` combinations the data say nothing.
    """

    name: str
    weights: FloatArray
    moments: FloatArray
    lost: int = 0


def read_type(given: object) -> int:
    """Return 2 or 3 for a type of hypothesis; raises `DataError`."""
    known = given if isinstance(given, str | int) and not isinstance(given, bool) else None
    if known not in _TYPES:
        raise DataError(
            f"type= takes 2 or 3, not {shown(given)}.",
            where="type=",
            hint="Type I depends on the order of the terms, and is not available.",
        )
    return _TYPES[known]


def term_hypotheses(
    design: Design,
    kind: int,
    at: At = None,
    inner: FloatArray | None = None,
    *,
    parameter: str = "mean",
    same_numbers: bool = False,
) -> list[TermHypothesis]:
    """Return the hypotheses of all terms of a parameter's predictor that have one.

    Those of type II need `inner` (p, p), a covariance of the near columns' coefficients, in which a
    term is apart from those that contain it: that of the estimates, or of least squares. With
    `same_numbers` a term contains another only where both have the same covariates. Raises
    `DataError` where there is no term.
    """
    predictor = design.predictors[parameter]
    fixed = predictor.fixed
    references = reference_values(design, fixed.plan, at)
    terms = list(fixed.plan.terms)
    if not terms:
        raise DataError(
            f"The model has no term to test: its {parameter} is an intercept alone.",
            where=f"formula {predictor.formula.text}",
            hint="fixef() has the intercept.",
        )
    parts = [term_differences(term) for term in terms]
    rows = [
        np.vstack([difference_rows(fixed.plan, one, references) for one in own]) for own in parts
    ]
    aliases = _aliases(design, fixed)
    found = []
    for t, term in enumerate(terms):
        others = [rows[o] for o in _containing(t, terms, same_numbers)] if kind == 2 else []
        size = len(rows[t])
        stacked = np.vstack([rows[t], *others])
        combined = _determined(stacked, aliases)
        weights = _near(fixed, combined @ stacked)
        if others:
            assert inner is not None
            rest = _determined(np.vstack(others), aliases) @ np.vstack(others)
            weights, apart = _apart(weights, _near(fixed, rest), inner)
            combined = apart @ combined
        if len(weights):
            back = np.linalg.pinv(combined[:, :size])
            moments = effect_moments(parts[t], design.frame, references)
            lost = size - len(weights)
            found.append(TermHypothesis(term.name, weights, back.T @ moments @ back, lost))
    return found


def said_of_terms(plan: Plan, kind: int, at: At) -> tuple[str, ...]:
    """Say where covariates stand and what counts the same, as far as terms depend on it."""
    terms = [{e.atom for e in term.variables} for term in plan.terms]
    contained = [own for own in terms if any(own < other for other in terms)]
    if not contained:
        return ()
    factors = {a for own in terms for a in own if not isinstance(a, NumericAtom)}
    others = {a for own in contained for other in terms if other > own for a in other - own}
    said = []
    if kind == 2:
        said.append("Each term is tested after all that do not contain it.")
    elif others & factors:
        said.append("Levels of other factors count the same.")
    if kind == 3 and others - factors:
        asked = "the values in at=, or at their means" if isinstance(at, Mapping) else "0"
        said.append(f"Covariates stand at {'their means' if at is None else asked}.")
    return tuple(said)


def _near(fixed: FixedEffects, weights: FloatArray) -> FloatArray:
    """Return weights on all columns of a plan, (q, column), as those on the near columns."""
    kept = weights[:, fixed.kept]
    return kept if fixed.shift is None else np.asarray(kept @ fixed.shift.change)


def lost_notes(hypotheses: Sequence[TermHypothesis]) -> tuple[str, ...]:
    """Say of which terms the data determine a part only."""
    named = [each.name for each in hypotheses if each.lost]
    if not named:
        return ()
    return (
        f"{and_more(named, 4)}: tested as far as the data determine it (empty cells); df counts "
        "what is left.",
    )


def _containing(t: int, terms: Sequence[PlannedTerm], same_numbers: bool) -> list[int]:
    """Return the terms that contain a term."""

    def numbers(term: PlannedTerm) -> set[object]:
        return {e.atom.expr for e in term.variables if isinstance(e.atom, NumericAtom)}

    sets = [{e.atom.expr for e in term.variables} for term in terms]
    larger = [o for o in range(len(terms)) if sets[o] > sets[t]]
    return [o for o in larger if not same_numbers or numbers(terms[o]) == numbers(terms[t])]


def _aliases(design: Design, fixed: FixedEffects) -> FloatArray:
    """Return combinations of all columns that are 0 in every row, (column, combination)."""
    columns = fixed.plan.width
    dropped = [j for j in range(columns) if j not in set(fixed.kept)]
    held = fixed.elsewhere  # the intercept, by thresholds
    dropped = [j for j in dropped if j or not held]
    if not dropped:
        return np.zeros((columns, 0))
    values, _ = distinct_rows(fixed.plan, design.frame)
    kept = [0, *fixed.kept] if held else list(fixed.kept)
    found = np.zeros((columns, len(dropped)))
    found[dropped, range(len(dropped))] = 1.0
    found[kept] = -np.linalg.lstsq(values[:, kept], values[:, dropped], rcond=None)[0]
    return np.where(np.abs(found) < _ROUNDING * np.abs(found).max(axis=0), 0.0, found)


def _determined(rows: FloatArray, aliases: FloatArray) -> FloatArray:
    """Return combinations (q, row) of rows that the data determine, all rows where they can be."""
    undetermined = rows @ aliases
    size = np.abs(rows).max(axis=1, initial=1.0)[:, None]
    if not (np.abs(undetermined) > _ROUNDING * size).any():
        return np.eye(len(rows))
    left, values, _ = np.linalg.svd(undetermined)
    rank = int((values > _ROUNDING * values[0]).sum())
    return left[:, rank:].T


def _apart(
    weights: FloatArray, rest: FloatArray, inner: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return combinations of rows that are apart from others in a covariance, and which they are.

    Where rows are determined together with the others, as many go as these have dimensions.
    """
    crossed = rest @ inner @ weights.T
    spread = rest @ inner @ rest.T
    apart = weights - np.linalg.solve(spread, crossed).T @ rest
    own = len(weights) - len(rest)
    if own <= 0:
        return weights[:0], np.zeros((0, len(weights)))
    if np.abs(apart[own:]).max(initial=0.0) <= _ROUNDING * np.abs(weights).max():
        return apart[:own], np.eye(len(weights))[:own]
    left, _, _ = np.linalg.svd(apart)
    return left[:, :own].T @ apart, left[:, :own].T

"""Hypotheses that terms have no effect, of type II and III, exact whatever the columns' coding.

*Type III*: the levels of a term's factors differ by nothing, equally many of every level of the
other factors, of nested ones inside what they are nested in; slopes are 0 on average over levels
that count the same. *Type II*: a term adds nothing to those that do not contain it, where those
that contain it are absent. Cells without data leave some of that undetermined: what is left to test
has fewer degrees of freedom, if need be none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mixwell.design.atoms.atom import NumericAtom
from mixwell.design.columns.column_plan import PlannedTerm
from mixwell.design.columns.fixed_effects import FixedEffects
from mixwell.design.design import Design
from mixwell.design.whole_terms.level_weights import LevelWeights, level_weights
from mixwell.design.whole_terms.references import At, reference_values
from mixwell.design.whole_terms.seen_columns import SeenColumns, seen_columns
from mixwell.design.whole_terms.term_parts import (
    Differences,
    difference_labels,
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
    what the term contributes. Of `lost` combinations the data say nothing; where none is left,
    `by_other_type` says whether type II has some. `columns` are the weights on all columns of the
    plan, `labels` what each combination is called: by its levels where it is a difference of these.
    """

    name: str
    weights: FloatArray
    moments: FloatArray
    columns: FloatArray
    labels: tuple[str, ...]
    lost: int = 0
    by_other_type: bool = False


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
    `DataError` where there is no term, and for type II where a term needs a covariance that is
    not known.
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
    weighed = level_weights(design, fixed)
    parts = [term_differences(term) for term in terms]
    rows = [
        np.vstack([difference_rows(fixed.plan, one, references, weighed) for one in own])
        for own in parts
    ]
    stacked = _StackedRows(rows, seen_columns(design, fixed))
    found = []
    for t, term in enumerate(terms):
        others = _containing(t, terms, weighed, same_numbers)
        size, own = len(rows[t]), (t, *others) if kind == 2 else (t,)
        combined, columns = stacked.determined(own), stacked.columns(own)
        weights = _near(fixed, columns)
        if kind == 2 and others:
            if inner is None:
                raise _no_covariance(term.name, [terms[o].name for o in others], fixed)
            rest = stacked.columns(others)
            apart, less = _apart(weights, _near(fixed, rest), inner)
            columns, combined = apart @ columns - less @ rest, apart @ combined
            weights = apart @ weights - less @ _near(fixed, rest)
        elsewhere = not len(weights) and kind == 3 and _left_to_type_two(t, others, stacked)
        back = np.linalg.pinv(combined[:, :size])
        lost = _contrasts(parts[t], weighed) - len(weights)
        moments = effect_moments(parts[t], design.seen, references, back)
        labels = _labels(parts[t], combined[:, :size])
        known = (columns, labels, max(lost, 0), elsewhere)
        found.append(TermHypothesis(term.name, weights, moments, *known))
    return found


def _no_covariance(term: str, others: Sequence[str], fixed: FixedEffects) -> DataError:
    """Say that a term cannot be set apart from others where draws are fewer than coefficients."""
    count = len(fixed.names)
    return DataError(
        f"Type II sets {term} apart from {and_more(others, 4)} in the covariance of the {count} "
        "coefficients, and so few draws have none.",
        where="type=2",
        hint=f"Take more than {count} draws, or type=3, which goes without.",
    )


def _labels(parts: Sequence[Differences], combined: FloatArray) -> tuple[str, ...]:
    """Return the names of combinations: those of differences, of others their numbers."""
    names = [label for part in parts for label in difference_labels(part)]
    found = []
    for k, row in enumerate(combined):
        (used,) = np.nonzero(row)
        alone = len(used) == 1 and row[used[0]] == 1
        found.append(names[used[0]] if alone else f"contrast {k + 1}")
    return tuple(found)


def _contrasts(parts: Sequence[Differences], weighed: LevelWeights) -> int:
    """Return how many contrasts a term has where every cell is seen that there can be."""
    found = {
        (frozenset(weighed.closed([a.expr for a in part.factors])), part.numbers) for part in parts
    }
    return sum(weighed.contrasts(factors) for factors, _ in found)


@dataclass(frozen=True, eq=False)
class _StackedRows:
    """The rows of terms, one term's under another's, and what the data determine of them."""

    rows: Sequence[FloatArray]
    seen: SeenColumns
    _known: dict[tuple[int, ...], FloatArray] = field(default_factory=dict)

    def determined(self, terms: Sequence[int]) -> FloatArray:
        """Return the combinations of rows of terms that the data determine; looked for once."""
        key = tuple(terms)
        if key not in self._known:
            self._known[key] = self.seen.determined(self._stacked(terms))
        return self._known[key]

    def columns(self, terms: Sequence[int]) -> FloatArray:
        """Return these combinations as weights on all columns."""
        return np.asarray(self.determined(terms) @ self._stacked(terms))

    def _stacked(self, terms: Sequence[int]) -> FloatArray:
        return np.vstack([self.rows[t] for t in terms])


def _left_to_type_two(t: int, others: Sequence[int], stacked: _StackedRows) -> bool:
    """Return whether the data determine more of a term and those that contain it than of these."""
    if not others:
        return False
    return len(stacked.determined((t, *others))) > len(stacked.determined(others))


def said_of_terms(design: Design, parameter: str, kind: int, at: At) -> tuple[str, ...]:
    """Say where covariates stand and what counts the same, as far as terms depend on it."""
    fixed = design.predictors[parameter].fixed
    terms = [{e.atom for e in term.variables} for term in fixed.plan.terms]
    nested = level_weights(design, fixed).said() if kind == 3 else []
    contained = [own for own in terms if any(own < other for other in terms)]
    if not contained:
        return tuple(nested)
    factors = {a for own in terms for a in own if not isinstance(a, NumericAtom)}
    others = {a for own in contained for other in terms if other > own for a in other - own}
    said = nested
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


def lost_notes(hypotheses: Sequence[TermHypothesis], other_type: str = "type=2") -> tuple[str, ...]:
    """Say of which terms the data determine a part only, or nothing, and what serves."""
    part = [each.name for each in hypotheses if each.lost and len(each.weights)]
    none = [each.name for each in hypotheses if not len(each.weights) and not each.by_other_type]
    other = [each.name for each in hypotheses if each.by_other_type]
    notes = []
    if part:
        notes.append(
            f"{and_more(part, 4)}: tested as far as the data determine it (empty cells); df counts "
            "what is left."
        )
    if other:
        notes.append(
            f"{and_more(other, 4)}: no test, since with empty cells no difference is left where "
            f"levels of other factors count the same; {other_type} tests it."
        )
    if none:
        notes.append(
            f"{and_more(none, 4)}: no test, since the data do not separate it from other terms "
            "(empty cells, or columns that follow from others)."
        )
    return tuple(notes)


def _containing(
    t: int, terms: Sequence[PlannedTerm], weighed: LevelWeights, same_numbers: bool
) -> list[int]:
    """Return the terms that contain a term, by their variables or by what these are nested in."""

    def numbers(term: PlannedTerm) -> set[object]:
        return {e.atom.expr for e in term.variables if isinstance(e.atom, NumericAtom)}

    sets = [{e.atom.expr for e in term.variables} for term in terms]
    closed = [weighed.closed(own) for own in sets]
    found = []
    for o, other in enumerate(terms):
        alike = numbers(other) == numbers(terms[t])
        larger = sets[o] > sets[t] and (alike or not same_numbers)
        if larger or (alike and closed[o] > closed[t]):
            found.append(o)
    return found


def _apart(
    weights: FloatArray, rest: FloatArray, inner: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return which combinations of rows are apart from others in a covariance, and what is left.

    They are the first times the rows, less the second times the others. Where rows are determined
    together with the others, as many go as these have dimensions.
    """
    crossed = rest @ inner @ weights.T
    spread = rest @ inner @ rest.T
    shared = np.linalg.solve(spread, crossed).T
    apart = weights - shared @ rest
    own = len(weights) - len(rest)
    if own <= 0:
        combined = np.zeros((0, len(weights)))
    elif np.abs(apart[own:]).max(initial=0.0) <= _ROUNDING * np.abs(weights).max():
        combined = np.eye(len(weights))[:own]
    else:
        left, _, _ = np.linalg.svd(apart)
        combined = left[:, :own].T
    return combined, combined @ shared

"""Tidy frames of a posterior: one row a parameter, or a level and effect.

Numeric columns everywhere: `estimate`, `sd`, `lower`, `upper` by ArviZ's settings, with the
probability `ci_prob` where it is given, and where parameters are few `rhat`, `ess_bulk`,
`ess_tail`, `mcse`. Averages are averages of draws. Printed frames say how wide intervals are.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import (
    IntervalSettings,
    Stack,
    diagnostics,
    estimates,
    interval_settings,
    join_stacks,
    stack_variables,
)
from mixwell.posterior.posterior import Posterior
from mixwell.specify.layout import FactorEffects
from mixwell.specify.naming import element

if TYPE_CHECKING:
    from mixwell.design.columns.fixed_effects import FixedEffects

# Up to this share of its largest value a column counts as an exact combination of others.
EXACT = 1e-8
#: The same of rows that stand for others: sums of squares hold half of the digits.
_SUMMED = 1e-6


def parameter_frame(stack: Stack, ci_prob: float | None = None) -> pd.DataFrame:
    """Return estimates and diagnostics with the parameters' names as index."""
    settings = interval_settings(ci_prob)
    columns = {**estimates(stack.values, settings), **diagnostics(stack.values)}
    index = pd.Index(list(stack.labels), name="parameter", dtype="str")
    return settings.said(pd.DataFrame(columns, index=index))


def fixed_effects(posterior: Posterior, ci_prob: float | None = None) -> pd.DataFrame:
    """Return one row a fixed effect: those of the mean, then `sigma_x` and others."""
    return parameter_frame(stack_variables(posterior.draws, posterior.fixed), ci_prob)


def further_parameters(posterior: Posterior, ci_prob: float | None = None) -> pd.DataFrame:
    """Return one row for each further parameter of the family: `sigma`, `threshold[1|2]`."""
    return parameter_frame(posterior.stack(posterior.further), ci_prob)


def all_parameters(posterior: Posterior, ci_prob: float | None = None) -> pd.DataFrame:
    """Return fixed effects, group sds and correlations, and further parameters in one frame."""
    return parameter_frame(parameter_stack(posterior), ci_prob)


def parameter_stack(posterior: Posterior) -> Stack:
    """Return the draws of all parameters but the deviations, named as in the summary."""
    parts = [posterior.stack(posterior.fixed)]
    for group in posterior.groups:
        pairs, values = posterior.correlations(group)
        names = tuple(element(group.corr_name, *pair) for pair in pairs)
        parts += [posterior.stack([group.sd_name]), Stack(names, values)]
    return join_stacks([*parts, posterior.stack(posterior.further)], posterior.draws)


def variance_components(posterior: Posterior, ci_prob: float | None = None) -> pd.DataFrame:
    """Return one row for each sd and correlation of the random effects, and for the residual sd.

    Columns: `factor`, `kind` ("sd" or "corr"), `effect`, `effect_2` (of a correlation, else empty),
    the estimates, and their diagnostics. The residual standard deviation has the factor "Residual".
    """
    rows: list[tuple[str, str, str, str]] = []
    parts: list[Stack] = []
    for group in posterior.groups:
        rows += [(group.factor, "sd", effect, "") for effect in group.full_effects]
        pairs, values = posterior.correlations(group)
        # A joint matrix of several parameters names their effects in full by itself.
        full = dict(zip(group.effects, group.full_effects, strict=True))
        rows += [(group.factor, "corr", full.get(a, a), full.get(b, b)) for a, b in pairs]
        parts += [posterior.stack([group.sd_name]), Stack(("",) * len(pairs), values)]
    if posterior.spec.residual is not None:
        rows.append(("Residual", "sd", "", ""))
        parts.append(posterior.stack([posterior.spec.residual]))
    names = pd.DataFrame(rows, columns=["factor", "kind", "effect", "effect_2"], dtype="str")
    numbers = parameter_frame(join_stacks(parts, posterior.draws), ci_prob).reset_index(drop=True)
    return interval_settings(ci_prob).said(pd.concat([names, numbers], axis=1))


def random_effects(posterior: Posterior, ci_prob: float | None = None) -> pd.DataFrame:
    """Return one row a grouping factor, level and effect: the deviations from the fixed effects.

    Columns: `factor`, `level`, `effect`, `estimate`, `sd`, `lower`, `upper`.
    """
    frames, settings = [], interval_settings(ci_prob)
    for group in posterior.groups:
        numbers = posterior.deviations(group).estimates(settings)
        frames.append(_level_frame(group, group.full_effects, numbers))
    return settings.said(_stacked(frames))


def level_coefficients(posterior: Posterior, ci_prob: float | None = None) -> pd.DataFrame:
    """Return one row a grouping factor, level and coefficient: fixed effect plus deviation.

    Summed in every draw. As lme4's `coef`, every fixed effect appears at every level. A random
    effect that is coded otherwise than the fixed effects (`0 + condition` in a group, treatment
    coding outside) is first written in the fixed effects' columns; one that they cannot express
    keeps a row of its own. Several factors are summarized one by one, each at deviation 0 of the
    others.
    """
    spec, settings = posterior.spec, interval_settings(ci_prob)
    frames = [
        _sums(posterior, group, settings)
        for parameter in spec.locations
        for group in spec.layout.of(parameter)
    ]
    return settings.said(_stacked(frames))


def _sums(posterior: Posterior, group: FactorEffects, settings: IntervalSettings) -> pd.DataFrame:
    """Return the coefficients of every level of a factor."""
    columns = posterior.spec.predictors[group.parameter].fixed
    fixed = posterior.coefficients(group.parameter).T.reshape(*posterior.shape, -1)
    seen = posterior.spec.design.elsewhere
    values, rows = group.values, None
    if seen is not None:  # rows with the cross-products of those that are not in memory
        rows, values = seen.rows_like(columns, group.blocks)
    names, weights = effects_as_coefficients(columns, group.effects, values, rows)
    added = np.zeros((*posterior.shape, len(names)))
    added[..., : fixed.shape[2]] = fixed
    found = posterior.deviations(group).estimates(settings, weights, added)
    return _level_frame(group, [group.names.label(name) for name in names], found)


def effects_as_coefficients(
    fixed: "FixedEffects",
    effects: Sequence[str],
    values: FloatArray,
    like: FloatArray | None = None,
) -> tuple[list[str], FloatArray]:
    """Return coefficient names and the matrix ``(effect, coefficient)`` that deviations go through.

    Row k says by how much each coefficient changes when effect k deviates by one: the columns of
    the effects, `values` ``(obs, effect)``, are the fixed-effect columns times this row. Columns
    behind the fixed effects' own belong to effects outside their span; later effects may be in the
    span of both, as a predictor that counts from its mean is next to an intercept of the groups.
    Rows that are `like` the data's may stand in the place of the near columns' own.
    """
    names, count = list(fixed.names), len(fixed.names)
    own: list[str] = []
    columns = fixed.near() if like is None else like
    exact = EXACT if like is None else _SUMMED
    weights = np.zeros((len(effects), count + len(effects)))
    for k, (effect, column) in enumerate(zip(effects, values.T, strict=True)):
        row = _combination(columns, column, exact)
        if row is None:
            weights[k, count + len(own)] = 1.0
            columns = np.column_stack([columns, column])
            own.append(effect)
        else:
            weights[k, :count] = fixed.of_near(row[:count])
            weights[k, count : len(row)] = row[count:]
    return names + own, weights[:, : count + len(own)]


def _combination(columns: FloatArray, target: FloatArray, exact: float) -> FloatArray | None:
    same = np.flatnonzero((columns == target[:, None]).all(axis=0))
    if same.size:
        return np.asarray(np.eye(columns.shape[1])[same[0]])
    solution = np.linalg.lstsq(columns, target)[0]
    # Compared in the target's units, so that the answer does not depend on any predictor's.
    negligible = exact * float(np.abs(target).max())
    if np.abs(columns @ solution - target).max() > negligible:
        return None
    share = np.abs(solution) * np.abs(columns).max(axis=0)
    return np.asarray(np.where(share > negligible, solution, 0.0))


def _level_frame(
    group: FactorEffects, effects: Sequence[str], numbers: Mapping[str, FloatArray]
) -> pd.DataFrame:
    names = pd.DataFrame(
        {
            "factor": group.factor,
            "level": np.repeat(np.array(group.levels, dtype=object), len(effects)),
            "effect": np.tile(np.array(effects, dtype=object), len(group.levels)),
        }
    ).astype("str")
    return names.assign(**{name: column.ravel() for name, column in numbers.items()})


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if frames:
        return pd.concat(frames, ignore_index=True)
    columns = ["factor", "level", "effect", "estimate", "sd", "lower", "upper"]
    return pd.DataFrame(columns=columns)

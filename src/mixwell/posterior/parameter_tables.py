"""Tidy frames of a posterior: one row a parameter, or a level and effect.

Numeric columns everywhere: `estimate`, `sd`, `lower`, `upper` by ArviZ's settings, and where
parameters are few `rhat`, `ess_bulk`, `ess_tail`, `mcse`. Averages are averages of draws.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import (
    Stack,
    coordinate,
    diagnostics,
    draws_of,
    estimates,
    join_stacks,
    stack_variable,
    stack_variables,
    variables_like,
)

if TYPE_CHECKING:
    from mixwell.design.predictor import Predictor

# Up to this share of its largest value a column counts as an exact combination of others.
EXACT = 1e-8


def parameter_frame(stack: Stack) -> pd.DataFrame:
    """Return estimates and diagnostics with the parameters' names as index."""
    columns = {**estimates(stack.values), **diagnostics(stack.values)}
    return pd.DataFrame(columns, index=pd.Index(list(stack.labels), name="parameter", dtype="str"))


def fixed_effects(posterior: xr.Dataset) -> pd.DataFrame:
    """Return one row a fixed effect: those of the mean, then `b_sigma[...]` and the like."""
    return parameter_frame(stack_variables(posterior, fixed_variables(posterior)))


def further_parameters(posterior: xr.Dataset) -> pd.DataFrame:
    """Return one row for each remaining scalar of the family, such as `sigma`, `nu`, `alpha`."""
    return parameter_frame(stack_variables(posterior, scalar_variables(posterior)))


@dataclass(frozen=True, slots=True)
class Group:
    """The random effects of one factor on one parameter: `label` is what follows `sd_` and `r_`."""

    label: str
    factor: str
    n_levels: int

    @property
    def prefix(self) -> str:
        """What precedes the names of effects: nothing for the mean, else `sigma_` and the like."""
        return self.label.removesuffix(self.factor)


def groups(posterior: xr.Dataset) -> list[Group]:
    """Return the random effects that the posterior has standard deviations for, in order."""
    found = []
    for name in variables_like(posterior, ["sd_"]):
        label = name.removeprefix("sd_")
        deviations = posterior[f"r_{label}"].transpose("chain", "draw", ...)
        found.append(Group(label, str(deviations.dims[2]), int(deviations.shape[2])))
    return found


def scalar_variables(posterior: xr.Dataset) -> list[str]:
    """Return the names of the family's own parameters: variables without a dimension."""
    return [
        str(name)
        for name, variable in posterior.data_vars.items()
        if set(variable.dims) == {"chain", "draw"} and name != "Intercept_centered"
    ]


def fixed_variables(posterior: xr.Dataset) -> list[str]:
    """Return the variables of fixed effects: `b`, then those of other parameters (`b_sigma`)."""
    return [name for name in ("b",) if name in posterior] + variables_like(posterior, ["b_"])


def all_parameters(posterior: xr.Dataset) -> pd.DataFrame:
    """Return fixed effects, group sds and correlations, and further parameters in one frame."""
    return parameter_frame(parameter_stack(posterior))


def parameter_stack(posterior: xr.Dataset) -> Stack:
    """Return the draws of all parameters but the deviations, named as in the summary."""
    parts = [stack_variable(posterior[name]) for name in fixed_variables(posterior)]
    for group in groups(posterior):
        parts.append(stack_variable(posterior[f"sd_{group.label}"]))
        pairs, values = _correlations(posterior, group)
        names = tuple(f"corr_{group.label}[{first}, {second}]" for first, second in pairs)
        parts.append(Stack(names, values))
    parts.append(stack_variables(posterior, scalar_variables(posterior)))
    return join_stacks(parts, posterior)


def variance_components(posterior: xr.Dataset) -> pd.DataFrame:
    """Return one row for each sd and correlation of the random effects, and for the residual sd.

    Columns: `factor`, `kind` ("sd" or "corr"), `effect`, `effect_2` (of a correlation, else empty),
    the estimates, and their diagnostics. The residual standard deviation has the factor "Residual".
    """
    rows: list[tuple[str, str, str, str]] = []
    parts: list[Stack] = []
    for group in groups(posterior):
        deviation = posterior[f"sd_{group.label}"]
        effects = [group.prefix + effect for effect in _last_labels(deviation)]
        rows += [(group.factor, "sd", effect, "") for effect in effects]
        pairs, values = _correlations(posterior, group)
        # A joint matrix of several parameters names their effects in full by itself.
        before = group.prefix if pairs and pairs[0][0] not in effects else ""
        rows += [(group.factor, "corr", before + first, before + second) for first, second in pairs]
        parts += [stack_variable(deviation), Stack(("",) * len(pairs), values)]
    if "sigma" in scalar_variables(posterior):
        rows.append(("Residual", "sd", "", ""))
        parts.append(stack_variable(posterior["sigma"]))
    names = pd.DataFrame(rows, columns=["factor", "kind", "effect", "effect_2"], dtype="str")
    numbers = parameter_frame(join_stacks(parts, posterior)).reset_index(drop=True)
    return pd.concat([names, numbers], axis=1)


def _last_labels(variable: xr.DataArray) -> list[str]:
    return coordinate(variable, str(variable.transpose("chain", "draw", ...).dims[-1]))


def _correlations(posterior: xr.Dataset, group: Group) -> tuple[list[tuple[str, str]], FloatArray]:
    """Return pairs of effects and their correlations' draws ``(chain, draw, pair)``."""
    name = f"corr_{group.label}"
    if name not in posterior:
        return [], np.empty((posterior.sizes["chain"], posterior.sizes["draw"], 0))
    effects = _last_labels(posterior[name])
    row, column = np.tril_indices(len(effects), -1)
    pairs = draws_of(posterior[name])[:, :, row, column]
    # Effects of different blocks have a constant correlation of zero: no parameter.
    keep = np.flatnonzero(np.ptp(pairs, axis=(0, 1)) > 0)
    return [(effects[column[i]], effects[row[i]]) for i in keep], pairs[:, :, keep]


def random_effects(posterior: xr.Dataset) -> pd.DataFrame:
    """Return one row a grouping factor, level and effect: the deviations from the fixed effects.

    Columns: `factor`, `level`, `effect`, `estimate`, `sd`, `lower`, `upper`.
    """
    frames = []
    for group in groups(posterior):
        variable = posterior[f"r_{group.label}"].transpose("chain", "draw", ...)
        levels = coordinate(variable, str(variable.dims[2]))
        effects = [group.prefix + effect for effect in _last_labels(variable)]
        frames.append(_level_frame(group.factor, levels, effects, draws_of(variable)))
    return _stacked(frames)


def level_coefficients(posterior: xr.Dataset, predictor: "Predictor") -> pd.DataFrame:
    """Return one row a grouping factor, level and coefficient: fixed effect plus deviation.

    Summed in every draw. As lme4's `coef`, every fixed effect appears at every level. A random
    effect that is coded otherwise than the fixed effects (`0 + condition` in a group, treatment
    coding outside) is first written in the fixed effects' columns; one that they cannot express
    keeps a row of its own. Several factors are summarized one by one, each at deviation 0 of the
    others.
    """
    fixed = draws_of(posterior["b"]) if "b" in posterior else None
    frames = []
    for factor in dict.fromkeys(block.factor for block in predictor.blocks):
        variable = posterior[f"r_{factor}"].transpose("chain", "draw", ...)
        levels = coordinate(variable, str(variable.dims[2]))
        names, weights = effects_as_coefficients(predictor, factor, _last_labels(variable))
        values = draws_of(variable) @ weights
        if fixed is not None:
            values[..., : fixed.shape[2]] += fixed[:, :, None, :]
        frames.append(_level_frame(factor, levels, names, values))
    return _stacked(frames)


def effects_as_coefficients(
    predictor: "Predictor", factor: str, effects: list[str]
) -> tuple[list[str], FloatArray]:
    """Return coefficient names and the matrix ``(effect, coefficient)`` that deviations go through.

    Row k says by how much each coefficient changes when effect k deviates by one: the columns of
    the block are the fixed-effect columns times this row. Columns behind the fixed effects' own
    belong to effects outside their span.
    """
    names = list(predictor.fixed.names)
    columns = {
        effect: block.values[:, k]
        for block in predictor.blocks
        if block.factor == factor
        for k, effect in enumerate(block.effects)
    }
    rows, own = [], []
    for effect in effects:
        row = _combination(predictor.fixed.values, columns[effect])
        own += [] if row is not None else [effect]
        rows.append(row)
    weights = np.zeros((len(effects), len(names) + len(own)))
    for k, row in enumerate(rows):
        if row is None:
            weights[k, len(names) + own.index(effects[k])] = 1.0
        else:
            weights[k, : len(names)] = row
    return names + own, weights


def _combination(columns: FloatArray, target: FloatArray) -> FloatArray | None:
    same = np.flatnonzero((columns == target[:, None]).all(axis=0))
    if same.size:
        return np.asarray(np.eye(columns.shape[1])[same[0]])
    solution = np.linalg.lstsq(columns, target)[0]
    # Compared in the target's units, so that the answer does not depend on any predictor's.
    negligible = EXACT * float(np.abs(target).max())
    if np.abs(columns @ solution - target).max() > negligible:
        return None
    share = np.abs(solution) * np.abs(columns).max(axis=0)
    return np.asarray(np.where(share > negligible, solution, 0.0))


def _level_frame(
    factor: str, levels: list[str], effects: list[str], values: FloatArray
) -> pd.DataFrame:
    names = pd.DataFrame(
        {
            "factor": factor,
            "level": np.repeat(np.array(levels, dtype=object), len(effects)),
            "effect": np.tile(np.array(effects, dtype=object), len(levels)),
        }
    ).astype("str")
    flat = values.reshape(*values.shape[:2], -1)
    return names.assign(**estimates(flat))


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if frames:
        return pd.concat(frames, ignore_index=True)
    columns = ["factor", "level", "effect", "estimate", "sd", "lower", "upper"]
    return pd.DataFrame(columns=columns)

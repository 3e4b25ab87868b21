"""Rows of a model counted into cells and classes of levels, from its specification.

Equal rows of a level are one cell; levels whose cells are alike are one class.
"""

import numpy as np

from mixwell.infer.equal_rows import equal_rows
from mixwell.infer.exact.quadrature.row_constants import RowConstants
from mixwell.infer.exact.quadrature.tallies import Tallies, tally_of
from mixwell.infer.exact.quadrature.whole_rows import known_of_rows
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.specify.layout import FactorEffects
from mixwell.specify.spec import Spec

__all__ = ["build_tallies", "is_whole"]


def build_tallies(spec: Spec, found: FactorEffects | None) -> Tallies:
    """Collapse a specification's rows into cells within the levels of its grouping factor.

    Without a factor all rows are of one level.
    """
    response, design = spec.response, spec.design
    n = design.n
    level = np.zeros(n, dtype=np.int64) if found is None else found.index
    z = np.zeros((n, 0)) if found is None else found.values
    offset = np.zeros(n) if design.offset is None else design.offset
    x, y = design.mean.fixed.near(), response.values
    w = np.ones(n) if response.weights is None else response.weights
    n_levels = 1 if found is None else len(found.levels)
    if is_whole(spec):
        return _whole(spec, level, n_levels, x, z, offset, w)
    if tally_of(spec.family).by_row is not None:
        if spec.family.scale is None and response.trials is None:  # equal rows count together
            cells = np.column_stack([level, x, z, offset, y])
            _, first, cell = np.unique(cells, axis=0, return_index=True, return_inverse=True)
            w = np.bincount(cell.ravel(), w)
            level_of, x, z, offset, y = level[first], x[first], z[first], offset[first], y[first]
        else:
            level_of = level
        order = np.argsort(level_of, kind="stable")
        rows = spec, x[order], z[order], offset[order], y[order], w[order]
        return Tallies(
            *rows,
            index=level_of[order],
            level_class=np.arange(n_levels),
            away=np.zeros((n_levels, x.shape[1] + 1)),
            rows=RowConstants.of(spec, tally_of(spec.family), level, n_levels),
            known=None if response.se is None else response.se[order],
            trials=None if response.trials is None else response.trials[order],
        )
    trials = np.ones(n) if response.trials is None else response.trials
    _, first, cell = np.unique(
        np.column_stack([level, x, z, offset]), axis=0, return_index=True, return_inverse=True
    )
    s = np.bincount(cell.ravel(), w * y)
    m = np.bincount(cell.ravel(), w * trials)
    parts = (x[first], z[first], offset[first], s, m)
    constants = RowConstants.of(spec, tally_of(spec.family), level, n_levels)
    return _in_classes(spec, parts, level[first], n_levels, constants)


def is_whole(spec: Spec) -> bool:
    """Return whether rows keep all that is known of them, since they are cut off."""
    return spec.response.censoring is not None or spec.response.truncated


def _whole(
    spec: Spec,
    level: IntArray,
    n_levels: int,
    x: FloatArray,
    z: FloatArray,
    offset: FloatArray,
    weights: FloatArray,
) -> Tallies:
    """Keep rows, of equal ones the first, which counts for all where weights multiply densities."""
    response, cut = spec.response, known_of_rows(spec.response)
    rows = np.arange(len(level))
    if spec.family.scale is None and response.trials is None:
        columns = [level, x, z, offset, response.values, *cut.values()]
        found = equal_rows(columns, len(level))
        if found is not None:
            rows, weights = found[0], np.bincount(found[1], weights)
    order = np.argsort(level[rows], kind="stable")
    rows, weights = rows[order], weights[order]
    return Tallies(
        spec,
        x[rows],
        z[rows],
        offset[rows],
        response.values[rows],
        weights,
        index=level[rows],
        level_class=np.arange(n_levels),
        away=np.zeros((n_levels, x.shape[1] + 1)),
        rows=None,
        known=None if response.se is None else response.se[rows],
        trials=None if response.trials is None else response.trials[rows],
        cut={name: values[rows] for name, values in cut.items()},
    )


def _in_classes(
    spec: Spec,
    parts: tuple[FloatArray, ...],
    level: IntArray,
    n_levels: int,
    row_constants: RowConstants,
) -> Tallies:
    """Keep the cells of one level of each class; cells come sorted by level, then predictors."""
    x, z, offset, s, m = parts
    canonical = spec.family.canonical == spec.link
    alike = np.column_stack([x, z, offset, m] if canonical else [x, z, offset, m, s])
    _, kind = np.unique(alike, axis=0, return_inverse=True)
    kind = kind.ravel()
    ends = np.searchsorted(level, np.arange(n_levels + 1))
    scores = np.add.reduceat(z * s[:, None], ends[:-1], axis=0)
    classes: dict[bytes, int] = {}
    level_class = np.empty(n_levels, dtype=np.int64)
    first: list[int] = []
    for j in range(n_levels):
        key = kind[ends[j] : ends[j + 1]].tobytes()
        if canonical:
            key += scores[j].tobytes()
        if key not in classes:
            classes[key] = len(first)
            first.append(j)
        level_class[j] = classes[key]
    linear = np.column_stack([x, offset]) * s[:, None]
    own = np.add.reduceat(linear, ends[:-1], axis=0)
    representatives = np.array(first)
    kept = np.isin(level, representatives)
    cells = spec, x[kept], z[kept], offset[kept], s[kept], m[kept]
    return Tallies(
        *cells,
        index=level_class[level[kept]],
        level_class=level_class,
        away=own - own[representatives[level_class]],
        rows=row_constants,
    )

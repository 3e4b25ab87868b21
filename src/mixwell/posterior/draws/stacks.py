"""Draws as labeled stacks: the scalars of variables side by side, with their names."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.specify.naming import distinct_label, element, predictor_names, read_name, row_labels


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Scalar parameters side by side.

    `labels` has one name a parameter; `values` has the shape ``(chain, draw, parameter)``.
    """

    labels: tuple[str, ...]
    values: FloatArray


def draws_of(variable: xr.DataArray) -> FloatArray:
    """Return the draws of one variable, shape ``(chain, draw, ...)``."""
    return np.asarray(variable.transpose("chain", "draw", ...).values, dtype=np.float64)


def coordinate(variable: xr.DataArray, dim: str) -> list[str]:
    """Return the labels along one dimension as text; positions where there is no coordinate."""
    return [str(label) for label in variable[dim].values.tolist()]


def labels_of(variable: xr.DataArray) -> list[list[str]]:
    """Return the labels of a variable's elements, dim by dim; none for one without dims."""
    dims = [str(dim) for dim in variable.dims if dim not in ("chain", "draw")]
    return [coordinate(variable, dim) for dim in dims]


def stack_variable(variable: xr.DataArray, taken: Container[str] = ()) -> Stack:
    """Return the scalars of one variable with ArviZ's labels, ``name[level, effect]``.

    Coefficients go by their own names, or with that of their parameter before it (`b_sigma` gives
    `sigma_x`); those whose names are taken are written out, `b[x]`. Of a correlation matrix only
    the pairs below the diagonal are kept, each once, named first effect first.
    """
    values, labels = draws_of(variable), stack_labels(variable, taken)
    pairs = _pairs(variable)
    if pairs is not None:
        return Stack(labels, values[:, :, *pairs])
    return Stack(labels, values.reshape(*values.shape[:2], -1))


def stack_labels(variable: xr.DataArray, taken: Container[str] = ()) -> tuple[str, ...]:
    """Return the labels that `stack_variable` gives, without a look at the draws."""
    name, axes = str(variable.name), labels_of(variable)
    if not axes:
        return (name,)
    pairs = _pairs(variable)
    if pairs is not None:
        return tuple(element(name, axes[0][j], axes[0][i]) for i, j in zip(*pairs, strict=True))
    if read_name(name)[0] == "b" and len(axes) == 2:
        dim = next(str(dim) for dim in variable.dims if dim not in ("chain", "draw"))
        return row_labels(dim, *axes)
    joined = [""]
    for axis in axes:
        joined = [f"{left}, {label}" if left else label for left in joined for label in axis]
    return _labels(name, joined, taken)


def scalar_draws(variable: xr.DataArray, place: int) -> FloatArray:
    """Return the draws (chain, draw) of one of the scalars that `stack_labels` names."""
    pairs, whole = _pairs(variable), variable.transpose("chain", "draw", ...)
    where = np.unravel_index(place, whole.shape[2:]) if pairs is None else [x[place] for x in pairs]
    return draws_of(whole[(slice(None), slice(None), *map(int, where))])


def _pairs(variable: xr.DataArray) -> tuple[IntArray, IntArray] | None:
    """Return the places below the diagonal of a correlation matrix; None for what is none."""
    sizes = [size for dim, size in variable.sizes.items() if dim not in ("chain", "draw")]
    if read_name(str(variable.name))[0] != "corr" or len(sizes) != 2 or sizes[0] != sizes[1]:
        return None
    return np.tril_indices(sizes[0], -1)


def _labels(variable: str, elements: list[str], taken: Container[str]) -> tuple[str, ...]:
    # As the keys of priors: x, sigma_x, sd_user[x].
    kind, parameter = read_name(variable)
    if kind == "b":
        names = predictor_names(parameter)
        return tuple(distinct_label(names, effect, taken) for effect in elements)
    return tuple(element(variable, label) for label in elements)


def stack_variables(posterior: xr.Dataset, names: Iterable[str]) -> Stack:
    """Return several variables of a posterior as one stack, in the order of `names`."""
    return join_stacks([stack_variable(posterior[name]) for name in names], posterior)


def join_stacks(parts: Sequence[Stack], posterior: xr.Dataset) -> Stack:
    """Return stacks of one posterior side by side; none at all gives a stack without parameters.

    One alone is returned as it is, without a copy of its draws.
    """
    if len(parts) == 1:
        return parts[0]
    shape = (int(posterior.sizes["chain"]), int(posterior.sizes["draw"]), 0)
    return Stack(
        tuple(label for part in parts for label in part.labels),
        np.concatenate([np.empty(shape), *(part.values for part in parts)], axis=2),
    )

"""Whether the parts of a file belong together: formula, data, names and draws."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from mixwell.errors import DataError
from mixwell.numeric.finite_sums import has_finite_sum
from mixwell.posterior.labels import observed_data, posterior_dims, posterior_labels
from mixwell.posterior.level_deviations import made_when_read
from mixwell.posterior.storage.rows_apart import RowsApart
from mixwell.specify.spec import Spec
from mixwell.text.phrases import plural

__all__ = ["require_agreement", "unusable_draws"]

_SAMPLES = ("chain", "draw")


def require_agreement(
    source: object,
    spec: Spec,
    tree: xr.DataTree,
    *,
    whole: bool,
    apart: RowsApart | None = None,
) -> None:
    """Refuse draws that are not those of the specification, in a sentence that says what differs.

    `whole` says that no variable may be absent; `apart` is known of rows that were given again.
    Raises `DataError`.
    """
    groups = {str(name): node.to_dataset() for name, node in tree.children.items()}
    posterior = groups.get("posterior")
    if posterior is None or not all(posterior.sizes.get(dim) for dim in _SAMPLES):
        raise _contradiction(source, "it holds no draws")
    found = (
        *_chains(posterior, groups),
        *_variables(spec, posterior, whole=whole),
        *_labels(spec, posterior),
        *(_rows(spec, groups) if apart is None else ()),
    )
    for said in found:
        raise _contradiction(source, said) if apart is None else apart.others(source, said)
    for said in unusable_draws(posterior):
        raise DataError(
            f'"{source}" holds draws that are no finite numbers.',
            where=said,
            hint="xarray.open_datatree reads the file as it is.",
        )


def unusable_draws(posterior: xr.Dataset) -> Iterator[str]:
    """Say of every variable how many of its draws are no finite numbers, where there are any."""
    for name, variable in posterior.data_vars.items():
        if made_when_read(variable):
            continue  # of finite numbers: reading them all would take long
        values = np.asarray(variable.values)
        if values.dtype.kind != "f" or has_finite_sum(values):
            continue
        count = values.size - np.count_nonzero(np.isfinite(values))
        if count:
            yield f"{name}: {count:,} of {values.size:,} numbers"


def _chains(posterior: xr.Dataset, groups: Mapping[str, xr.Dataset]) -> Iterator[str]:
    for name, group in groups.items():
        for dim in _SAMPLES:
            own, wanted = group.sizes.get(dim), posterior.sizes[dim]
            if own is not None and own != wanted:
                yield f"{name} has {_count(own, dim)}, the posterior {wanted}"


def _variables(spec: Spec, posterior: xr.Dataset, *, whole: bool) -> Iterator[str]:
    wanted = posterior_dims(spec)
    for name in map(str, posterior.data_vars):
        if name not in wanted:
            yield f'the formula has no parameter "{name}", of which there are draws'
    for name, dims in wanted.items():
        if name not in posterior:
            if whole:
                yield f'the formula has a parameter "{name}", of which there are no draws'
        elif {*map(str, posterior[name].dims)} != {*_SAMPLES, *dims}:
            own = [str(dim) for dim in posterior[name].dims if dim not in _SAMPLES]
            yield f'"{name}" is along {_listed(own)}, by the formula along {_listed(dims)}'


def _labels(spec: Spec, posterior: xr.Dataset) -> Iterator[str]:
    for dim, labels in posterior_labels(spec).items():
        if dim not in posterior.dims:
            continue
        own = [str(label) for label in posterior[dim].values.tolist()]
        if own == labels:
            continue
        if len(own) != len(labels):
            yield f"{dim}: draws of {len(own):,} labels, by formula and data {len(labels):,}"
            continue
        k = next(i for i, pair in enumerate(zip(own, labels, strict=True)) if pair[0] != pair[1])
        yield f'{dim}: draws of "{own[k]}" where formula and data have "{labels[k]}"'


def _rows(spec: Spec, groups: Mapping[str, xr.Dataset]) -> Iterator[str]:
    observed, row_dim, name = groups.get("observed_data"), spec.layout.row_dim, spec.layout.observed
    if observed is None or name not in observed:
        yield f'the response "{name}" was not kept'
        return
    n = observed.sizes.get(row_dim, 0)
    if n != spec.design.n:
        yield f"the draws were made with {_count(n, 'row')}, of the data {spec.design.n:,} are used"
        return
    own, wanted = (_numbers(data[name].values) for data in (observed, observed_data(spec)))
    # a response that is computed may differ in its last digits on another machine
    digits = 1e-9 * np.abs(wanted[np.isfinite(wanted)]).max(initial=0)
    if not np.allclose(own, wanted, rtol=1e-9, atol=digits, equal_nan=True):
        yield f'the response "{name}" is not that which the draws were made with'
    constant = groups.get("constant_data", xr.Dataset())
    for factor in spec.layout.factors:
        index = constant.get(factor.index_name)
        if index is not None and not np.array_equal(index.values, factor.index):
            yield f"rows have other levels of {factor.factor} than those that were drawn with"


def _numbers(values: Any) -> Any:
    return values if values.dtype.kind in "iufb" else np.full(values.shape, np.nan)


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun if n == 1 else plural(noun)}"


def _listed(dims: Iterable[str]) -> str:
    return ", ".join(dims) or "nothing"


def _contradiction(source: object, said: str) -> DataError:
    return DataError(
        f'"{source}" contradicts itself: its formula, data and draws are not of one fit.',
        where=said,
        hint="Take another copy of it, or fit the model again.",
    )

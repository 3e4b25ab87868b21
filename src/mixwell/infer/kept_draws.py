"""Whether draws that were kept are a model's: of its shapes, and numbers that it can go on from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import xarray as xr

from mixwell.errors import DataError, MixwellError
from mixwell.infer.stretches import ChainStretch

__all__ = ["gone_on_with", "require_shapes"]


def require_shapes(
    stretches: Iterable[ChainStretch],
    chains: int,
    draws: Mapping[str, Sequence[int]],
    position: int,
    statistics: Iterable[str] = (),
) -> None:
    """Refuse stretches that are not of so many chains of a model.

    `draws` are the shapes of its variables by name, `position` the number of coordinates that a
    chain goes on from, `statistics` what must be known of every draw. Raises `DataError`.
    """
    for stretch in stretches:
        for said in _differences(stretch, chains, draws, position, statistics):
            raise _others(said)


def _differences(
    stretch: ChainStretch,
    chains: int,
    draws: Mapping[str, Sequence[int]],
    position: int,
    statistics: Iterable[str],
) -> Iterator[str]:
    if not 0 <= stretch.chain < chains:
        yield f"there is a chain {stretch.chain + 1}, of {chains} that were asked for"
    for name, shape in draws.items():
        yield from _shape(stretch.draws, name, tuple(shape))
    for name in sorted({*statistics, *map(str, stretch.statistics.data_vars)}):
        yield from _shape(stretch.statistics, name, ())
    if further := {*map(str, stretch.draws.data_vars)} - {*draws}:
        yield f"the model has no {min(further)}"
    if stretch.statistics.sizes.get("draw") != len(stretch):
        yield "there are other numbers of draws and of their statistics"
    values = stretch.position
    if values.shape != (position,) or values.dtype.kind != "f" or not np.isfinite(values).all():
        yield f"a chain's place is not {position:,} numbers"


def _shape(found: xr.Dataset, name: str, shape: tuple[int, ...]) -> Iterator[str]:
    """Say where a variable is not one of numbers, a row of that shape for each draw."""
    if name not in found:
        yield f"there is no {name}"
        return
    variable = found[name]
    if variable.dims[:1] != ("draw",) or variable.shape[1:] != shape:
        yield f"{name} has the shape {variable.shape[1:]} in each draw, by the model {shape}"
    if variable.dtype.kind not in "fiub":
        yield f"{name} holds no numbers"


@contextmanager
def gone_on_with() -> Iterator[None]:
    """Have draws refused that have the right shapes, and which no chain of a model can have left.

    Their checksums may be right: whatever going on with them raises is said of the draws.
    """
    try:
        yield
    except MixwellError:
        raise
    except Exception as error:
        raise _others("a chain cannot go on from them") from error


def _others(said: str) -> DataError:
    return DataError(
        "The draws that were kept are not of this model, or were changed since they were written.",
        where=said,
        hint="Take another copy of the folder, or begin a new run in another one.",
    )

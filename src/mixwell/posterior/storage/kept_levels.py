"""Deviations in files: what they are drawn from in place of draws, where that is how they are made.

4,000 draws of 200,000 deviations are 6.4 GB, what they are made from is 20 MB: the same bits.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import xarray as xr

from mixwell.posterior.level_deviations import MEAN, lazy_variable, redrawn
from mixwell.posterior.redrawn_levels import RedrawnLevels

__all__ = ["REDRAWN", "draws_apart", "with_redrawn"]

#: The group of what deviations are drawn from.
REDRAWN: Final = "redrawn"
_DIMS: Final[Mapping[str, tuple[str, ...]]] = {
    "gram": ("level", "pair"),
    "pointers": ("row",),
    "places": ("product",),
    "values": ("product",),
    "effects": ("column", "sample"),
    "root": ("sample", "effect", "effect_"),
    "variance": ("sample",),
    "unit": ("effect",),
}
_TYPES: Final = {"pointers": np.int64, "places": np.int32}


def draws_apart(posterior: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset | None]:
    """Return draws that are written as they are, and what those that are redrawn are made from.

    The latter is None where there are none.
    """
    for name, variable in posterior.data_vars.items():
        known = redrawn(variable) if variable.ndim == 4 else None
        if known is not None:
            kept = known.kept()
            made = {part: (dims, kept[part]) for part, dims in _DIMS.items()}
            notes = {"variable": str(name), "entropy": str(known.entropy)}
            notes["dims"] = " ".join(map(str, variable.dims))
            return posterior.drop_vars(str(name)), xr.Dataset(made, attrs=notes)
    return posterior, None


def with_redrawn(posterior: xr.Dataset, kept: xr.Dataset) -> xr.Dataset:
    """Return draws with those that are made from what a file kept.

    Raises `ValueError` for numbers that no fit has: nothing is read beyond an array's end.
    """
    name, dims = str(kept.attrs["variable"]), tuple(str(kept.attrs["dims"]).split(" "))
    sizes = tuple(int(posterior.sizes[dim]) for dim in dims)
    chains, draws, levels, effects = sizes
    parts = {
        part: np.ascontiguousarray(kept[part].to_numpy(), dtype=_TYPES.get(part, np.float64))
        for part in _DIMS
    }
    found = RedrawnLevels(**parts, entropy=int(kept.attrs["entropy"]))
    _require_sound(found, (chains * draws, levels, effects))
    variable = lazy_variable(dims, (chains, draws, levels, effects), found)
    variable.attrs[MEAN] = found.mean_of_levels()
    return posterior.assign({name: variable})


def _require_sound(found: RedrawnLevels, shape: tuple[int, int, int]) -> None:
    n, levels, q = shape
    pairs, columns = q * (q + 1) // 2, len(found.effects)
    shapes = {
        "gram": (levels, pairs),
        "pointers": (levels * q + 1,),
        "places": found.values.shape,
        "effects": (columns, n),
        "root": (n, q, q),
        "variance": (n,),
        "unit": (q,),
    }
    kept = found.kept()
    if any(kept[part].shape != wanted for part, wanted in shapes.items()):
        raise ValueError("parts of different sizes")
    if not all(np.isfinite(kept[part]).all() for part in _DIMS):
        raise ValueError("numbers that are not finite")
    ends = found.pointers
    ordered = ends[0] == 0 and ends[-1] == len(found.values) and bool((np.diff(ends) >= 0).all())
    inside = found.values.ndim == 1 and bool(((found.places >= 0) & (found.places < columns)).all())
    if not (ordered and inside and (found.variance > 0).all() and 0 <= found.entropy < 2**63):
        raise ValueError("places beyond the end")

"""Sums in files of fits: what a model without rows was made of, and is made of again."""

from typing import Any

import xarray as xr

from mixwell.design.sums.saved_sums import arrays_of_sums, sums_of_arrays
from mixwell.design.sums.sums import Sums

__all__ = ["kept_sums", "variables_of_sums"]

#: How the names of variables begin that are arrays of sums.
_MARK = "sums_"


def variables_of_sums(sums: Sums) -> dict[str, tuple[list[str], Any]]:
    """Return sums as variables, each along dimensions of its own."""
    made = {}
    for name, values in arrays_of_sums(sums).items():
        own = _MARK + name.replace(" ", "_")
        made[own] = [f"{own}_{axis}" for axis in range(values.ndim)], values
    return made


def kept_sums(choices: xr.Dataset) -> Sums | None:
    """Return the sums that a file holds, None where it holds rows.

    Raises `ValueError` for arrays that no sums have.
    """
    arrays = {
        str(name).removeprefix(_MARK).replace("_", " "): variable.to_numpy()
        for name, variable in choices.items()
        if str(name).startswith(_MARK)
    }
    return sums_of_arrays(arrays, Sums) if arrays else None

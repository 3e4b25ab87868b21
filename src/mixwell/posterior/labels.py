"""Coordinates of a posterior's dimensions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    import xarray as xr


def coordinates(labels: Mapping[str, Any]) -> "xr.Coordinates":
    """Return the coordinates of dimensions with these labels, each with its index.

    The indexes are built here, not by xarray: given plain values it asks whether these are sparse
    arrays, and loading `sparse` with numba takes longer than an exact fit.

    >>> coordinates({"effect": ["Intercept", "Days"]})["effect"].values.tolist()
    ['Intercept', 'Days']
    """
    import xarray as xr

    made = xr.Coordinates()
    for dim, given in labels.items():
        values = xr.Variable(dim, given).values
        kind = "object" if values.dtype.kind == "O" else None
        index = xr.indexes.PandasIndex(pd.Index(values, dtype=kind), dim, values.dtype)
        made = made.assign(xr.Coordinates.from_xindex(index))
    return made

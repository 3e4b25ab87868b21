"""Figures of posteriors made by hand."""

from types import SimpleNamespace

import pytest
import xarray as xr

from mixwell.plots.fit_figures import Plots


@pytest.fixture
def plots_of():
    """Return a maker of the figures of draws, with a specification that has the words only."""

    def made(idata: xr.DataTree, response: str = "y", link: str = "identity") -> Plots:
        design = SimpleNamespace(response=SimpleNamespace(name=response))
        return Plots(idata, SimpleNamespace(design=design, link=link))

    return made

"""Figures of posteriors made by hand."""

import pytest
import xarray as xr

from mixwell.plots.fit_figures import Plots


@pytest.fixture
def plots_of(spec_of):
    """Return a maker of the figures of draws."""

    def made(idata: xr.DataTree, response: str = "y", link: str = "identity") -> Plots:
        family = {"identity": "gaussian", "logit": "bernoulli"}[link]
        return Plots(idata, spec_of(idata, response, family))

    return made

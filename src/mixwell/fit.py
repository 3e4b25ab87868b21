"""`Fit`: a specification with its draws; every method is one call into the rooms below."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path

import pandas as pd
import xarray as xr

from mixwell import store
from mixwell.diagnose import Findings, check
from mixwell.recipe import Recipe
from mixwell.show import tables
from mixwell.show.plots import Plots
from mixwell.show.report import fit_report
from mixwell.show.summary import Report, as_html, as_text
from mixwell.specify.spec import Spec


@dataclass(frozen=True, repr=False, eq=False)
class Fit:
    """The posterior of one model: `print(fit)` is its summary.

    `spec` is the specification, `idata` the draws (`posterior`, `sample_stats`, `observed_data`,
    `constant_data`), `engine` says how they were made and why, `recipe` holds the user's choices.
    Tables have the columns `estimate`, `sd`, `lower`, `upper` (by ArviZ's settings
    `stats.point_estimate`, `stats.ci_prob`, `stats.ci_kind`), and where parameters are few `rhat`,
    `ess_bulk`, `ess_tail`, `mcse`.
    """

    spec: Spec
    idata: xr.DataTree
    engine: Mapping[str, str]
    recipe: Recipe

    @property
    def posterior(self) -> xr.Dataset:
        """The draws of all parameters."""
        return self.idata["posterior"].to_dataset()

    def summary(self) -> pd.DataFrame:
        """Return fixed effects, sds and correlations of the groups, and further parameters.

        The index holds the names, such as `Days`, `sd_Subject[Days]`,
        `corr_Subject[Intercept, Days]` and `sigma`.
        """
        return tables.all_parameters(self.posterior)

    def fixef(self) -> pd.DataFrame:
        """Return the fixed effects, one row each, on the link scale."""
        return tables.fixed_effects(self.posterior)

    def ranef(self) -> pd.DataFrame:
        """Return the deviations: one row a grouping factor (`factor`), `level` and `effect`."""
        return tables.random_effects(self.posterior)

    def coef(self) -> pd.DataFrame:
        """Return each level's own coefficients, fixed effect plus deviation in every draw.

        One row a grouping factor (`factor`), `level` and `effect`.
        """
        return tables.level_coefficients(self.posterior, self.spec.design.mean)

    def VarCorr(self) -> pd.DataFrame:
        """Return standard deviations and correlations of the random effects, and the residual.

        The name is that of lme4 and brms. One row each: `factor`, `kind` ("sd" or "corr"),
        `effect`, `effect_2`.
        """
        return tables.variance_components(self.posterior)

    def diagnose(self) -> Findings:
        """Return what is wrong with the draws, each finding with its threshold and a next step."""
        return self._findings

    @cached_property
    def _findings(self) -> Findings:
        return check(self.idata)

    @property
    def plot(self) -> Plots:
        """The figures: `fit.plot.coefficients()` and others, each returning a matplotlib figure."""
        response = self.spec.design.response
        return Plots(self.idata, response.name if response else "the response", self.spec.link)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write draws, data and choices to one netCDF file that `mixwell.load` reads.

        Raises `DataError` when the directory does not exist or the data cannot be stored.
        """
        return store.save(path, self.recipe, self.idata, dict(self.engine))

    def _report(self) -> Report:
        found = self.diagnose()
        return fit_report(self.spec, self.posterior, self.engine, found.verdict, ok=found.ok)

    def __str__(self) -> str:
        return as_text(self._report())

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return as_html(self._report())


def load(
    path: str | PathLike[str],
    *,
    functions: Mapping[str, Callable[..., object]] | None = None,
    priors: Mapping[str, object] | None = None,
) -> Fit:
    """Read a fit that `Fit.save` wrote; nothing is sampled or compiled.

    `functions` and `priors` give again what cannot be written to a file: Python functions used in
    the formula, PyMC distributions used as priors. Raises `DataError` when the file is not one of
    mixwell's.
    """
    stored = store.load(path, functions=functions, priors=priors)
    return Fit(stored.recipe.specify(), stored.idata, stored.engine, stored.recipe)

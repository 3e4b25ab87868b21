"""`Fit`: a specification with its draws; every method is one call into the rooms below."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import xarray as xr

from mixwell.answers.average_answers import AverageAnswers
from mixwell.answers.check_answers import CheckAnswers
from mixwell.answers.table_answers import TableAnswers
from mixwell.answers.time_answers import TimeAnswers
from mixwell.errors import warn
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.choose import run
from mixwell.infer.coordinates.free_variables import with_free_variables
from mixwell.infer.settings import Settings
from mixwell.plots.fit_figures import Plots
from mixwell.posterior.storage import store
from mixwell.public_calls import public_methods
from mixwell.recipe import Recipe
from mixwell.refits.changed_choices import changed_choices, edited_model
from mixwell.refits.checkpoints import kept_run
from mixwell.report.fit_page import fit_page
from mixwell.report.paper import ModelReport, report
from mixwell.show.page import Page, page_html, page_text
from mixwell.specify.spec import Spec


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class Fit(TableAnswers, AverageAnswers, TimeAnswers, CheckAnswers):
    """The posterior of one model: `print(fit)` is its summary.

    `spec` is the specification, `tree` holds the draws, `made` says how they were made and why,
    `recipe` holds the user's choices, and `built` the PyMC model.
    Tables have the columns `estimate`, `sd`, `lower`, `upper`, and where parameters are few `rhat`,
    `ess_bulk`, `ess_tail`, `mcse`. `ci_prob=` is the probability of intervals in every table and
    figure, without it that of `mixwell.options`; their kind and the point estimate follow ArviZ's
    settings `stats.ci_kind` and `stats.point_estimate`. `DataError` is raised for what is no
    probability.

    >>> import mixwell as mw
    >>> model = mw.Model("angle ~ recipe + temp + (1 | replicate)", mw.load_data("cake"))
    >>> fit = model.fit(seed=1)  # the fit of all examples here
    >>> fit.engine["name"]
    'exact'
    """

    recipe: Recipe
    built: BuiltModel | None = None

    @cached_property
    def idata(self) -> xr.DataTree:
        """The draws for PyMC and ArviZ: `posterior`, `sample_stats`, `observed_data` and others.

        The posterior holds the free variables of `model.pymc` too, after either engine, so that
        `pm.sample_posterior_predictive(fit.idata)` inside `model.pymc` takes them. Where they would
        exceed `mixwell.options.memory`, PyMC refuses what stands in their place.
        """
        if self.spec.design.elsewhere is not None:  # PyMC has no model of rows that stay elsewhere
            return self.tree
        geometry = (self.built or BuiltModel(self.spec)).geometry
        return with_free_variables(self.tree, self.spec, geometry)

    @property
    def engine(self) -> Mapping[str, str]:
        """Which engine drew (`name`), how (`label`, `parameterization`, `geometry`) and why."""
        return self.made.summary

    def report(self, *, ci_prob: float | None = None) -> ModelReport:
        """Return a few plain sentences and a table for a paper: model, priors, draws, effects.

        `.text` has the sentences, `.table` the numbers behind them, `.to_markdown()` both.

        >>> print(fit.report().text)
        A Bayesian linear mixed model (gaussian family, identity link) was fitted to 270 ...
        """
        verdict = self.diagnose().verdict
        summary = self.summary(ci_prob=ci_prob)
        return report(self.drawn, summary, self.made.label, verdict, ci_prob)

    def refit(self, **changes: Any) -> "Fit":
        """Draw again with some choices changed, all others as they were.

        Changes are arguments of `Model.fit` (`target_accept=0.99`, `parameterization="centered"`),
        of the sampler, or of `Model` (`formula`, `data`, `family`, `priors`, ...). `priors` are
        added to those there are; the seed stays unless it is changed. Where `model.pymc` was edited
        by hand, that model is sampled again. Raises as these two, and `SamplingError` where the
        edits are not at hand or a change asks for another model.

        >>> fit.refit(draws=100).posterior.sizes["draw"]
        100
        """
        chosen = changed_choices(self.recipe, self.spec, self.made, changes)
        if not self.made.edited:
            return draw(*chosen)
        return draw(*chosen, edited_model(self.built, self.made.edited, chosen[1] is self.recipe))

    @property
    def plot(self) -> Plots:
        """The figures: `fit.plot.coefficients()` and others, each returning a matplotlib figure.

        >>> fit.plot.coefficients()
        <Figure size ...>
        """
        return Plots(self.tree, self.spec)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write draws, data and choices to one netCDF file that `mixwell.load` reads.

        Rows that lie elsewhere stay there: `mixwell.load(path, data=table)` gives them again.
        Raises `DataError` when the directory does not exist or the data cannot be stored.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     fit.save(f"{folder}/cake.nc").name
        'cake.nc'
        """
        return store.save(path, self.recipe, self.tree, self.made, self.spec)

    @property
    def _page(self) -> Page:
        found = self.diagnose()
        return fit_page(self.drawn, self.made, found.verdict, ok=found.ok)

    def __str__(self) -> str:
        return page_text(self._page)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return page_html(self._page)


def draw(spec: Spec, recipe: Recipe, settings: Settings, built: BuiltModel | None = None) -> Fit:
    """Draw from the posterior of a specification; raises as `mixwell.infer.choose.run`."""
    built = built or BuiltModel(spec)
    if reason := store.why_not_saved(recipe):
        warn(f"The fit cannot be saved. {reason}")
    if settings.checkpoint is None:
        tree, made = run(spec, settings, built)
    else:
        tree, made = kept_run(spec, recipe, settings, built)
    return Fit(spec.with_notes(made.notes), tree, made, recipe, built)

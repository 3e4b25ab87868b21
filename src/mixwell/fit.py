"""`Fit`: a specification with its draws; every method is one call into the rooms below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import xarray as xr

from mixwell.diagnose import Findings, check
from mixwell.diagnose.parallel_effects import ParallelEffects, parallel_effects
from mixwell.errors import warn
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.choose import independent_engine, run
from mixwell.infer.coordinates.free_variables import with_free_variables
from mixwell.infer.exact.evidence import Evidence, evidence
from mixwell.infer.exact.leave_group_out import LeftOut, leave_one_group_out
from mixwell.infer.modes.point_estimate import PointEstimate
from mixwell.infer.modes.posterior_mode import point_estimate
from mixwell.infer.settings import Settings
from mixwell.interpret.changes.comparisons import comparisons as _compare
from mixwell.interpret.changes.slopes import slopes as _slopes
from mixwell.interpret.estimates.estimates import Estimates, judge
from mixwell.interpret.estimates.practical_equivalence import Rope
from mixwell.interpret.groups.treatments import Groups
from mixwell.interpret.hypotheses.parameter_draws import parameter_draws
from mixwell.interpret.means import estimands
from mixwell.interpret.means.averaging_task import Names, require_options
from mixwell.interpret.means.marginal_coefficients import marginal_coefficients
from mixwell.interpret.means.predictions import predictions as _predict
from mixwell.interpret.residuals.residuals import ResidualKind
from mixwell.interpret.residuals.residuals import residuals as _residuals
from mixwell.interpret.sentences.explain import explain_fit
from mixwell.interpret.sentences.explanation import Entry, Explanation
from mixwell.interpret.survival import effect_ratios, survival_curves
from mixwell.plots.fit_figures import Plots
from mixwell.posterior import parameter_tables as tables
from mixwell.posterior.explained_variance import explained_variance, intraclass_correlation
from mixwell.posterior.made import Made, require_unedited
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import leave_one_out, posterior_predictive
from mixwell.posterior.storage import store
from mixwell.public_calls import public_methods
from mixwell.recipe import Recipe
from mixwell.refits.changed_choices import changed_choices, edited_model
from mixwell.refits.checkpoints import kept_run
from mixwell.report.fit_page import fit_page
from mixwell.report.paper import ModelReport, report
from mixwell.show.page import Page, page_html, page_text
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    from arviz_stats.utils import ELPDDataLOO


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class Fit:
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

    spec: Spec
    tree: xr.DataTree
    made: Made
    recipe: Recipe
    built: BuiltModel | None = None

    @cached_property
    def idata(self) -> xr.DataTree:
        """The draws for PyMC and ArviZ: `posterior`, `sample_stats`, `observed_data` and others.

        The posterior holds the free variables of `model.pymc` too, after either engine, so that
        `pm.sample_posterior_predictive(fit.idata)` inside `model.pymc` takes them. Where they would
        exceed `mixwell.options.memory`, PyMC refuses what stands in their place.
        """
        geometry = (self.built or BuiltModel(self.spec)).geometry
        return with_free_variables(self.tree, self.spec, geometry)

    @property
    def engine(self) -> Mapping[str, str]:
        """Which engine drew (`name`), how (`label`, `parameterization`, `geometry`) and why."""
        return self.made.summary

    @property
    def posterior(self) -> xr.Dataset:
        """The draws of all parameters."""
        return self.tree["posterior"].to_dataset()

    @cached_property
    def drawn(self) -> Posterior:
        """The draws with the specification, as the rooms below read them."""
        return Posterior(self.posterior, self.spec)

    def summary(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return fixed effects, sds and correlations of the groups, and further parameters.

        The index holds the names, such as `Days`, `sd_Subject[Days]`,
        `corr_Subject[Intercept, Days]` and `sigma`.

        >>> list(fit.summary().index)
        ['Intercept', 'recipe[B]', 'recipe[C]', 'temp', 'sd_replicate[Intercept]', 'sigma']
        """
        return tables.all_parameters(self.drawn, ci_prob)

    def fixef(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return the fixed effects, one row each, on the link scale.

        >>> fit.fixef()["estimate"].round(1).to_dict()
        {'Intercept': 1.5, 'recipe[B]': -1.5, 'recipe[C]': -1.5, 'temp': 0.2}
        """
        return tables.fixed_effects(self.drawn, ci_prob)

    def ranef(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return the deviations: one row a grouping factor (`factor`), `level` and `effect`.

        >>> fit.ranef()["estimate"].round(0).tolist()[:2]
        [14.0, 13.0]
        """
        return tables.random_effects(self.drawn, ci_prob)

    def coef(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return each level's own coefficients, fixed effect plus deviation in every draw.

        One row a grouping factor (`factor`), `level` and `effect`.

        >>> fit.coef().query("level == '1'")["effect"].tolist()
        ['Intercept', 'recipe[B]', 'recipe[C]', 'temp']
        """
        return tables.level_coefficients(self.drawn, ci_prob)

    def VarCorr(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return standard deviations and correlations of the random effects, and the residual.

        The name is that of lme4 and brms. One row each: `factor`, `kind` ("sd" or "corr"),
        `effect`, `effect_2`.

        >>> fit.VarCorr()["estimate"].round(0).tolist()
        [7.0, 5.0]
        """
        return tables.variance_components(self.drawn, ci_prob)

    def explain(
        self, name: str | None = None, *, ci_prob: float | None = None
    ) -> Explanation | Entry:
        """Return what every parameter means, with its estimate; with a name, that one in detail.

        An entry has its sentence, its scale and its exact weights on the cells of the design.
        Raises `DataError` with the nearest names.

        >>> fit.explain("recipe[B]").sentence
        'B minus A'
        """
        explanation = explain_fit(self.drawn, ci_prob)
        return explanation if name is None else explanation[name]

    def means(
        self,
        of: Names,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        scale: Literal["response", "link", "score"] = "response",
        groups: Groups = "population",
        weights: str = "equal",
        **options: Any,
    ) -> Estimates:
        """Return estimated marginal means of `of` within `by` on a reference grid.

        See `mixwell.interpret.means.estimands.means` for `at`, `groups`, `weights` and the further
        options `average`, `over`, `rope`, `seed`, `ci_prob`.
        Source: Searle, Speed and Milliken 1980.

        >>> fit.means("recipe", at={"temp": 200})["estimate"].round(0).tolist()
        [33.0, 32.0, 32.0]
        """
        options |= {"scale": scale, "groups": groups, "weights": weights}
        return estimands.means(self.drawn, of, by, at, **options)

    def slopes(
        self,
        variable: str,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return the change of the mean per unit of a variable, within `by`.

        See `mixwell.interpret.changes.slopes.slopes` for the options `scale`, `groups`, `weights`,
        `over`, `delta`, `rope`, `seed`, `ci_prob`.

        >>> fit.slopes("temp")["estimate"].round(2).tolist()
        [0.16]
        """
        return _slopes(self.drawn, variable, by, at, **options)

    def contrasts(
        self,
        kind: object = "pairwise",
        of: Names = None,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Compare the marginal means of `of` within `by`; the labels say what is subtracted.

        `kind` is "pairwise", "revpairwise", "reference(level)", "sequential", "eff", "del.eff",
        "poly", "helmert", or weights of your own; `interaction=["sequential", "pairwise"]` gives
        differences of differences. Other options as for `means`.

        >>> fit.contrasts("reference", of="recipe")["contrast"].tolist()
        ['B - A', 'C - A']
        """
        return estimands.contrasts(self.drawn, kind, of, by, at, **options)

    def marginal_coefficients(
        self, *, rope: Rope | None = None, ci_prob: float | None = None
    ) -> Estimates:
        """Return the coefficients of the population's mean, averaged over groups in every draw.

        With a logit link they are log odds ratios in the population, nearer 0 than those of a
        typical group, which `fixef()` has. See
        `mixwell.interpret.means.marginal_coefficients.marginal_coefficients`.
        """
        return marginal_coefficients(self.drawn, rope=rope, ci_prob=ci_prob)

    def comparisons(
        self,
        variable: str,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return how the mean response changes when a variable does, within `by`.

        A number that has two values goes from the one to the other, another one from x to x + 1;
        `step` is another number, "sd", a pair (lo, hi), or for a factor "reference", "sequential",
        "pairwise"; `kind` "difference", "ratio" or "lift". See
        `mixwell.interpret.changes.comparisons.comparisons`.

        >>> fit.comparisons("temp", step=10)["estimate"].round(1).tolist()
        [1.6]
        """
        return _compare(self.drawn, variable, by, at, **options)

    def predictions(
        self,
        data: object = None,
        kind: Literal["mean", "response", "linear", "score"] = "mean",
        groups: Groups = "population",
        **options: Any,
    ) -> Estimates:
        """Predict the mean, the linear predictor or new responses of rows of data.

        `groups` is "population", "existing", "new" (levels drawn from the fitted covariance, one
        draw a level shared by its rows), "mixed" (known levels as they are, others drawn), or one
        of these a grouping factor: `{"user": "existing", "item": "population"}`. Many rows are
        worked on in blocks: their draws are not held but made where `.draws` is asked for. See
        `mixwell.interpret.means.predictions.predictions`.

        >>> import mixwell as mw
        >>> rows = mw.load_data("cake").head(2)
        >>> fit.predictions(rows, groups="existing")["estimate"].round(0).tolist()
        [43.0, 45.0]
        """
        require_options(_predict, options)
        return _predict(self.drawn, data, kind, groups=groups, **options)

    def survival(
        self,
        by: Names = None,
        times: object = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return survival curves: the probability that a time is longer than each of `times`.

        Curves are of cells of `by`, as means are; `kind="hazard"` and "cumulative hazard" are these
        instead, and `after` a time that is survived already. See
        `mixwell.interpret.survival.survival_curves.survival`.

        >>> import mixwell as mw
        >>> waits = mw.Model("time ~ sex", mw.load_data("kidney"), "exponential").fit(seed=1)
        >>> waits.survival("sex", times=[30, 100])["time"].tolist()
        [30.0, 100.0, 30.0, 100.0]
        """
        return survival_curves.survival(self.drawn, by, times, at, **options)

    def hazard_ratios(
        self,
        kind: object = "pairwise",
        of: Names = None,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return hazard ratios of the coefficients, or between the levels of `of` within `by`.

        Of families whose hazards are in proportion: weibull and exponential. See
        `mixwell.interpret.survival.effect_ratios.hazard_ratios`.

        >>> import mixwell as mw
        >>> waits = mw.Model("time ~ sex", mw.load_data("kidney"), "exponential").fit(seed=1)
        >>> waits.hazard_ratios()["effect"].tolist()
        ['sex[female]']
        """
        return effect_ratios.hazard_ratios(self.drawn, kind, of, by, at, **options)

    def time_ratios(
        self,
        kind: object = "pairwise",
        of: Names = None,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return time ratios of the coefficients, or between the levels of `of` within `by`.

        See `mixwell.interpret.survival.effect_ratios.time_ratios`.

        >>> import mixwell as mw
        >>> waits = mw.Model("time ~ sex", mw.load_data("kidney"), "exponential").fit(seed=1)
        >>> waits.time_ratios(of="sex")["contrast"].tolist()
        ['male / female']
        """
        return effect_ratios.time_ratios(self.drawn, kind, of, by, at, **options)

    def restricted_means(
        self,
        until: object,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return restricted mean survival times: the mean time up to each of `until`, within `by`.

        See `mixwell.interpret.survival.survival_curves.restricted_means`.

        >>> import mixwell as mw
        >>> waits = mw.Model("time ~ sex", mw.load_data("kidney"), "exponential").fit(seed=1)
        >>> waits.restricted_means(365, "sex").contrasts(compare="ratio")["contrast"].tolist()
        ['male / female']
        """
        return survival_curves.restricted_means(self.drawn, until, by, at, **options)

    def time_quantiles(
        self,
        shares: object = 0.5,
        by: Names = None,
        at: Mapping[str, object] | None = None,
        **options: Any,
    ) -> Estimates:
        """Return the times by which `shares` of cases have had their event: 0.5 is the median.

        See `mixwell.interpret.survival.survival_curves.time_quantiles`.

        >>> import mixwell as mw
        >>> waits = mw.Model("time ~ sex", mw.load_data("kidney"), "exponential").fit(seed=1)
        >>> waits.time_quantiles([0.25, 0.5])["share"].tolist()
        [0.25, 0.5]
        """
        return survival_curves.time_quantiles(self.drawn, shares, by, at, **options)

    def residuals(
        self,
        kind: ResidualKind = "response",
        *,
        seed: int | None = None,
        ci_prob: float | None = None,
        progressbar: bool | None = None,
    ) -> Estimates:
        """Return the residuals of the rows that the model used, with their groups' deviations.

        Observed less expected ("response"), in standard deviations ("pearson"), or as standard
        normal quantiles ("quantile", randomized with `seed` where responses are discrete). Rows
        are labeled as in the data: those that were dropped for missing values are not there. See
        `mixwell.interpret.residuals.residuals.residuals`.

        >>> len(fit.residuals("pearson"))
        270
        """
        options: dict[str, Any] = {"seed": seed, "ci_prob": ci_prob, "progressbar": progressbar}
        return _residuals(self.drawn, kind, **options)

    def hypothesis(
        self,
        hypotheses: str | Sequence[str] | Mapping[str, str],
        rope: float | tuple[float, float] | None = None,
        *,
        ci_prob: float | None = None,
    ) -> Estimates:
        """Weigh statements such as "block[b2] - block[b3] > 0" or "b = 0" with a rope.

        Gives the probability, the evidence ratio and the interval of each; the text is parsed,
        never run. Raises `FormulaError` with a caret, `DataError` with the nearest names.

        >>> fit.hypothesis("temp > 0")["probability"].tolist()
        [1.0]
        """
        known = parameter_draws(self.drawn)
        response = self.spec.design.response_name
        return judge(hypotheses, known, rope=rope, ci_prob=ci_prob, response=response)

    def mode(
        self, *, reml: bool = True, flat: bool = False, nodes: int | None = None
    ) -> PointEstimate:
        """Return the posterior mode of the same model; with `flat`, lmer's fit.

        See `Model.mode`, also for what is raised.

        >>> round(fit.mode(flat=True).log_likelihood, 1)
        -831.9
        """
        self._refuse_edits("the mode")
        return point_estimate(self.spec, reml=reml, flat=flat, nodes=nodes)

    def loo(
        self, group: str | None = None, *, progressbar: bool | None = None
    ) -> "ELPDDataLOO | LeftOut":
        """Return the expected log predictive density by PSIS leave-one-out (ArviZ's `ELPDData`).

        A warning names rows that weigh too much. The log likelihood is made in blocks of rows, with
        a progress bar for long work, and not kept (`log_weights` is None). With `group`, the name
        of a grouping factor, whole
        levels are left out in turn, their effects integrated out: how well others predict a level
        (`LeftOut`, with `.frame` and `.total`). Raises `DataError` for a factor that is not in the
        model, `SamplingError` where effects cannot be integrated out. What was edited in
        `model.pymc` by hand stays in, with a warning. Source: Vehtari, Gelman and Gabry (2017).

        >>> round(fit.loo().elpd)
        -818
        """
        if self.made.edited:
            warn(
                "Only the response's own density is left out: what was edited in model.pymc by "
                f"hand ({self.made.edited}) stays."
            )
        if group is not None:
            return leave_one_group_out(self.drawn, group)
        return leave_one_out(self.drawn, progressbar)

    def evidence(self) -> Evidence:
        """Return the log marginal likelihood of the data, with its Monte Carlo error.

        By importance sampling, for models that the exact engine can take, whichever engine drew.
        It depends on the priors, also on wide ones. Raises `SamplingError` for other models and
        for flat priors.

        >>> round(fit.evidence().log_density)
        -853
        """
        self._refuse_edits("the evidence")
        return evidence(self.spec, self.posterior)

    def ppc(
        self,
        seed: int | None = None,
        *,
        draws: int | None = None,
        progressbar: bool | None = None,
    ) -> xr.DataTree:
        """Draw a new response for every row in every draw, to hold against the observed one.

        The tree has `posterior_predictive` and `observed_data`, as ArviZ's `plot_ppc_*` take them.
        `draws` of all draws, evenly spaced, are used: without it as many as fit in
        `mixwell.options.memory`, and a `MixwellWarning` says where these are not all.

        >>> dict(fit.ppc(seed=1, draws=10)["posterior_predictive"].sizes)
        {'chain': 4, 'draw': 2, 'obs': 270}
        """
        drawn = posterior_predictive(self.drawn, seed, draws, progressbar)
        observed = self.tree["observed_data"].to_dataset().astype(drawn.dtype)
        groups = {"posterior_predictive": drawn.to_dataset(), "observed_data": observed}
        return xr.DataTree.from_dict(groups)

    def r2(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return Bayesian R2 with the groups' deviations (`conditional`) and without (`marginal`).

        Of counts out of trials it is that of the proportions.
        Source: Gelman, Goodrich, Gabry and Vehtari (2019).

        >>> fit.r2()["estimate"].round(1).tolist()
        [0.7, 0.1]
        """
        return explained_variance(self.drawn, ci_prob)

    def icc(self, *, ci_prob: float | None = None) -> pd.DataFrame:
        """Return each grouping factor's share of the variance not due to fixed effects.

        On the link scale. Raises `DataError` where that scale has no residual variance.

        >>> fit.icc()["factor"].tolist()
        ['replicate']
        """
        return intraclass_correlation(self.drawn, ci_prob)

    def report(self, *, ci_prob: float | None = None) -> ModelReport:
        """Return a few plain sentences and a table for a paper: model, priors, draws, effects.

        `.text` has the sentences, `.table` the numbers behind them, `.to_markdown()` both.

        >>> print(fit.report().text)
        A Bayesian linear mixed model (gaussian family, identity link) was fitted to 270 ...
        """
        verdict = self.diagnose().verdict
        summary = self.summary(ci_prob=ci_prob)
        return report(self.drawn, summary, self.made.label, verdict, ci_prob)

    def diagnose(self) -> Findings:
        """Return what is wrong with the draws, each finding with its threshold and a next step.

        >>> print(fit.diagnose())
        The draws are independent and can be relied on: ...
        """
        return self._findings

    def proportional_odds(
        self, *, draws: int | None = None, seed: int | None = None
    ) -> ParallelEffects:
        """Check whether effects on ratings are the same at every threshold, with a sentence each.

        What each effect is at every threshold by itself, and how often effects differ as much in
        replicated ratings: ten data sets in each of `draws` draws (100, fewer where rows are many).
        `fit.diagnose()` has the finding, too. Works for every family of ratings and every link;
        raises `DataError` for other responses. Source: Brant (1990).

        >>> import mixwell as mw
        >>> model = mw.Model("rating ~ treat", mw.load_data("inhaler"), "cumulative")
        >>> model.fit(draws=50, seed=1).proportional_odds(seed=1).differing
        ()
        """
        return parallel_effects(self.drawn, draws, seed)

    @cached_property
    def _findings(self) -> Findings:
        able = None if self.made.edited else independent_engine(self.spec)
        return check(self.tree, self.spec, independent=able)

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

        Raises `DataError` when the directory does not exist or the data cannot be stored.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     fit.save(f"{folder}/cake.nc").name
        'cake.nc'
        """
        return store.save(path, self.recipe, self.tree, self.made)

    def _refuse_edits(self, what: str) -> None:
        require_unedited(what, self.made.edited)

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

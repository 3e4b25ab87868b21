"""Answers about a model as a whole: hypotheses, evidence, what it leaves over and predicts."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import xarray as xr

from mixwell.answers.held_draws import HeldDraws
from mixwell.diagnose import Findings, check
from mixwell.diagnose.parallel_effects import ParallelEffects, parallel_effects
from mixwell.errors import warn
from mixwell.infer.choose import independent_engine
from mixwell.infer.exact.evidence import Evidence, evidence
from mixwell.infer.exact.leave_group_out import LeftOut, leave_one_group_out
from mixwell.infer.modes.point_estimate import PointEstimate
from mixwell.infer.modes.posterior_mode import point_estimate
from mixwell.interpret.estimates.estimates import Estimates, judge
from mixwell.interpret.hypotheses.parameter_draws import parameter_draws, parameters_before
from mixwell.interpret.residuals.residuals import ResidualKind
from mixwell.interpret.residuals.residuals import residuals as _residuals
from mixwell.interpret.sizes.term_sizes import joint_tests
from mixwell.posterior.predictive import leave_one_out, posterior_predictive
from mixwell.public_calls import public_methods

if TYPE_CHECKING:
    from arviz_stats.utils import ELPDDataLOO

__all__ = ["CheckAnswers"]


@public_methods
class CheckAnswers(HeldDraws):
    """Statements weighed, models weighed, and what speaks against them."""

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

        Gives the probability, the evidence ratio and the interval of each, of orders such as
        "b1 < b2 < b3" the Bayes factor against no order; the text is parsed, never run. Raises
        `FormulaError` with a caret, `DataError` with the nearest names.

        >>> fit.hypothesis("temp > 0")["probability"].tolist()
        [1.0]
        """
        known = parameter_draws(self.drawn)
        return judge(
            hypotheses,
            known,
            rope=rope,
            ci_prob=ci_prob,
            response=self.spec.design.response_name,
            prior=lambda: parameters_before(self._before),
        )

    def joint_tests(
        self,
        type: int | str = 3,
        *,
        at: float | Mapping[str, float] | None = None,
        parameter: str = "mean",
        rope: float | tuple[float, float] | None = None,
        ci_prob: float | None = None,
    ) -> Estimates:
        """Return every term as a whole, as an analysis of variance has them: how large each is.

        `estimate` is the sd over the data's rows of what a term contributes, in units of the linear
        predictor; `part_r2` its part of the variance, `p_rope` the probability that it is within
        `rope`, `wald_F` and `wald_p` a test of its `df` contrasts. `type` 3 compares levels, those
        of other factors counting the same, 2 each term after those that do not contain it; no
        number depends on the coding; nested levels count the same inside what they are nested in,
        and a term of which the data determine nothing has df 0 and a note. Covariates stand at
        their means, or where `at` has them. `parameter` names another linear predictor, "sigma" or
        that of a category, "muveg". See
        `mixwell.interpret.sizes.term_sizes.joint_tests`; `fit.mode(flat=True).joint_tests()` has
        F tests with degrees of freedom. Raises `DataError`.

        >>> fit.joint_tests()["term"].tolist()
        ['recipe', 'temp']
        """
        asked: dict[str, Any] = {"at": at, "parameter": parameter, "rope": rope}
        return joint_tests(self.drawn, type, **asked, ci_prob=ci_prob)

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
        of a grouping factor, whole levels are left out in turn, their effects integrated out: how
        well others predict a level (`LeftOut`, with `.frame` and `.total`). Raises `DataError` for
        a factor that is not in the model, `SamplingError` where effects cannot be integrated out.
        What was edited in `model.pymc` by hand stays in, with a warning. Source: Vehtari, Gelman
        and Gabry (2017).

        >>> round(fit.loo().elpd)
        -818
        """
        if self.made.edited:
            warn(
                "Only the response's own density is left out: what was edited in model.pymc by "
                f"hand ({self.made.edited}) stays."
            )
        if group is not None:
            return leave_one_group_out(self.drawn, group, progressbar)
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
